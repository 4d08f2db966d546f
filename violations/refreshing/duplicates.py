"""Pairs of a violation and an exceedance that are probably one event, and the groups that they make in the list.

The rows of the list are the candidates, facility by facility; whether they are a pair says
`violations.rules.duplicates`. What staff decided stays.
"""

from collections.abc import Iterator

from violations.computation.statements import execute, fetch
from violations.models import PairState
from violations.refreshing.scope import FACILITIES, RefreshScope, load_table, make_table
from violations.rules import unified
from violations.rules.duplicates import (
    DAYS_APART,
    HeldPair,
    Mention,
    Pair,
    compare,
    group_pairs,
    may_be_computed,
    read_mention,
)

_MENTIONED = "refresh_mentioned"  # id of a row of the list whose violation may be about what is computed
_PROPOSED = "refresh_pair"
_COLUMNS = "violation_id bigint, exceedance_id bigint, score double precision, reasons text[]"


def refresh_duplicates(scope: RefreshScope) -> int:
    """Bring the pairs of the scope's facilities in line with the list; returns how many were written.

    A pair that is no longer proposed goes, unless staff ever decided about it.
    """
    if scope.is_everything:
        make_table(FACILITIES, "SELECT id FROM facilities_facility")
    load_table(_PROPOSED, _COLUMNS, list(_proposals(_read_mentions())))
    decided = "EXISTS (SELECT FROM violations_duplicatedecision d WHERE d.pair_id = x.id)"
    gone = f"""
        SELECT x.* FROM violations_duplicatepair x JOIN ({_stored(scope)}) s ON s.id = x.id
        WHERE NOT EXISTS (
            SELECT FROM {_PROPOSED} n WHERE n.violation_id = x.violation_id AND n.exceedance_id = x.exceedance_id
        )
    """
    written = execute(f"""
        UPDATE violations_duplicatepair x SET is_proposed = false, version = x.version + 1, changed_at = now()
        FROM ({gone}) g WHERE g.id = x.id AND x.is_proposed AND {decided}
    """)
    written += execute(f"DELETE FROM violations_duplicatepair x USING ({gone}) g WHERE g.id = x.id AND NOT {decided}")
    return written + execute(f"""
        INSERT INTO violations_duplicatepair AS x
            (violation_id, exceedance_id, score, reasons, is_proposed, state, version, changed_at)
        SELECT violation_id, exceedance_id, score, reasons, true, '{PairState.PROBABLE}', 1, now() FROM {_PROPOSED}
        ORDER BY violation_id, exceedance_id
        ON CONFLICT (violation_id, exceedance_id) DO UPDATE SET
            score = EXCLUDED.score, reasons = EXCLUDED.reasons, is_proposed = true, version = x.version + 1,
            changed_at = now()
        WHERE (x.score, x.reasons, x.is_proposed) IS DISTINCT FROM (EXCLUDED.score, EXCLUDED.reasons, true)
    """)


def refresh_groups() -> int:
    """Write into the list which rows are probably one event; returns how many rows were written.

    A pair holds if staff confirmed it, or the rules propose it and staff did not reject it. All pairs that hold
    are read: they are few, and one that staff confirmed can join the groups of two others.
    """
    rows = fetch(f"""
        SELECT v.public_id, f.public_id, x.score, x.state = '{PairState.CONFIRMED}',
            coalesce(lower(v.status) = 'dismissed', false)
        FROM violations_duplicatepair x
        JOIN violations_unifiedfinding v ON v.violation_id = x.violation_id
        JOIN violations_unifiedfinding f ON f.exceedance_id = x.exceedance_id
        WHERE x.state = '{PairState.CONFIRMED}' OR (x.is_proposed AND x.state = '{PairState.PROBABLE}')
    """)
    holding = [HeldPair(*row) for row in rows]
    groups = group_pairs(holding)
    confirmed = {name for pair in holding if pair.is_confirmed for name in (pair.violation, pair.exceedance)}
    table = load_table(
        "refresh_group",
        "public_id text, duplicate_group text, is_confirmed boolean, is_lead boolean",
        [(name, lead, name in confirmed, name == lead) for name, lead in groups.items()],
    )
    return execute(f"""
        UPDATE violations_unifiedfinding u SET duplicate_group = d.duplicate_group,
            is_confirmed_duplicate = d.is_confirmed, is_group_lead = d.is_lead, changed_at = now()
        FROM (
            SELECT u.id, g.duplicate_group, g.is_confirmed, coalesce(g.is_lead, true) AS is_lead
            FROM (
                SELECT id, public_id FROM violations_unifiedfinding WHERE duplicate_group IS NOT NULL
                UNION
                SELECT u.id, u.public_id FROM {table} g CROSS JOIN LATERAL (
                    SELECT * FROM violations_unifiedfinding u WHERE u.public_id = g.public_id
                ) u
            ) u LEFT JOIN {table} g ON g.public_id = u.public_id
        ) d
        WHERE d.id = u.id AND (u.duplicate_group, u.is_confirmed_duplicate, u.is_group_lead)
            IS DISTINCT FROM (d.duplicate_group, d.is_confirmed, d.is_lead)
    """)


def _read_mentions() -> dict[int, Mention]:
    """What the violations of the scope's facilities say, by row of the list; only those that may be computed, too."""
    rows = fetch(f"""
        SELECT u.id, v.violation_type, v.description, v.memo FROM {FACILITIES} s
        CROSS JOIN LATERAL (
            SELECT * FROM violations_unifiedfinding u WHERE u.facility_id = s.id
                AND u.source = '{unified.SMARTS_REGULATORY}' AND u.event_date IS NOT NULL
        ) u JOIN violations_regulatoryviolation v ON v.id = u.violation_id
    """)
    mentions = {row: read_mention(kind, *texts) for row, kind, *texts in rows}
    return {row: mention for row, mention in mentions.items() if may_be_computed(mention)}


def _proposals(mentions: dict[int, Mention]) -> Iterator[tuple[int, int, float, list[str]]]:
    """The pairs that the rules propose: violation, exceedance, score and reasons."""
    mentioned = load_table(_MENTIONED, "id bigint", [(row,) for row in mentions])
    candidates = fetch(f"""
        SELECT v.id, v.violation_id, f.exceedance_id, v.event_date, p.key, f.period_start, f.period_end,
            coalesce(v.enrollment_id = f.enrollment_id, false)
        FROM {mentioned} m
        CROSS JOIN LATERAL (SELECT * FROM violations_unifiedfinding v WHERE v.id = m.id) v
        CROSS JOIN LATERAL (
            SELECT * FROM violations_unifiedfinding f WHERE f.facility_id = v.facility_id
                AND f.source <> '{unified.SMARTS_REGULATORY}'
                AND v.event_date BETWEEN f.period_start - {DAYS_APART} AND f.period_end + {DAYS_APART}
        ) f
        JOIN violations_pollutant p ON p.id = f.pollutant_id
    """)
    for row, violation, exceedance, day, pollutant, start, end, is_same in candidates:
        if likeness := compare(Pair(mentions[row], day, pollutant, start, end, is_same)):
            yield violation, exceedance, likeness.score, list(likeness.reasons)


def _stored(scope: RefreshScope) -> str:
    """Query of the ids of the stored pairs to look at: those with a side at one of the scope's facilities."""
    if scope.is_everything:
        return "SELECT id FROM violations_duplicatepair"
    return f"""
        SELECT x.id FROM violations_duplicatepair x
        JOIN violations_regulatoryviolation v ON v.id = x.violation_id
        JOIN violations_exceedance f ON f.id = x.exceedance_id
        LEFT JOIN facilities_smartsenrollment e ON e.id = v.enrollment_id
        LEFT JOIN facilities_smartsenrollment d ON d.id = f.enrollment_id
        LEFT JOIN facilities_esmrfacility p ON p.id = f.esmr_facility_id
        WHERE e.facility_id IN (SELECT id FROM {FACILITIES}) OR d.facility_id IN (SELECT id FROM {FACILITIES})
            OR p.facility_id IN (SELECT id FROM {FACILITIES})
    """
