"""Inferred links between enforcement actions and violations, worked out anew for enrollments that changed."""

from itertools import groupby

from violations.computation.statements import execute, fetch
from violations.refreshing.scope import ENROLLMENTS, RefreshScope, load_table
from violations.rules.enforcement_links import DAYS_BEFORE, ActionFacts, ViolationFacts, infer_links

_LINKED = "refresh_link"
_COLUMNS = "enforcement_action_id bigint, violation_id bigint, score double precision, reasons text[]"


def refresh_links(scope: RefreshScope) -> int:
    """Bring the inferred links of the scope's enrollments in line; returns how many were written."""
    links = load_table(_LINKED, _COLUMNS, _infer(scope))
    scoped = (
        "true"
        if scope.is_everything
        else f"""x.id IN (
        SELECT x.id FROM {ENROLLMENTS} s CROSS JOIN LATERAL (
            SELECT id FROM enforcement_enforcementaction a WHERE a.enrollment_id = s.id
        ) a JOIN violations_inferredenforcementlink x ON x.enforcement_action_id = a.id
        UNION ALL
        SELECT x.id FROM {ENROLLMENTS} s CROSS JOIN LATERAL (
            SELECT id FROM violations_regulatoryviolation v WHERE v.enrollment_id = s.id
        ) v JOIN violations_inferredenforcementlink x ON x.violation_id = v.id
    )"""
    )
    written = execute(f"""
        DELETE FROM violations_inferredenforcementlink x WHERE {scoped} AND NOT EXISTS (
            SELECT FROM {links} n
            WHERE n.enforcement_action_id = x.enforcement_action_id AND n.violation_id = x.violation_id
        )
    """)
    return written + execute(f"""
        INSERT INTO violations_inferredenforcementlink AS x (enforcement_action_id, violation_id, score, reasons)
        SELECT * FROM {links} ORDER BY enforcement_action_id, violation_id
        ON CONFLICT (enforcement_action_id, violation_id) DO UPDATE SET
            score = EXCLUDED.score, reasons = EXCLUDED.reasons
        WHERE (x.score, x.reasons) IS DISTINCT FROM (EXCLUDED.score, EXCLUDED.reasons)
    """)


def _infer(scope: RefreshScope) -> list[tuple[int, int, float, list[str]]]:
    """The links of every published action of the scope that has a date: action, violation, score and reasons."""
    actions, violations = "enforcement_enforcementaction a", "violations_regulatoryviolation v"
    scoped = f"{actions} WHERE a.enrollment_id IS NOT NULL"
    if not scope.is_everything:
        scoped = (
            f"{ENROLLMENTS} s CROSS JOIN LATERAL (SELECT * FROM {actions} WHERE a.enrollment_id = s.id) a WHERE true"
        )
    rows = fetch(f"""
        SELECT a.id, a.issuance_date, a.enforcement_type, a.violation_count,
            v.id, v.known_on, v.status, v.linked_enforcement_action
        FROM (
            SELECT a.* FROM {scoped} AND a.removed_by_id IS NULL AND a.issuance_date IS NOT NULL OFFSET 0
        ) a CROSS JOIN LATERAL (
            SELECT *, coalesce(v.discovery_date, v.occurrence_date) AS known_on FROM {violations}
            WHERE v.enrollment_id = a.enrollment_id AND v.removed_by_id IS NULL
        ) v
        WHERE v.known_on BETWEEN a.issuance_date - {DAYS_BEFORE} AND a.issuance_date
        ORDER BY a.id, v.id
    """)
    found = []
    for (action, *facts), candidates in groupby(rows, key=lambda row: row[:4]):
        violations_of_it = [ViolationFacts(*row[4:]) for row in candidates]
        found += [
            (action, link.violation_id, link.score, list(link.reasons))
            for link in infer_links(ActionFacts(*facts), violations_of_it)
        ]
    return found
