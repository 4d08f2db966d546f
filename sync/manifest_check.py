"""What syncs of a synthetic world left in the database, in the words of its manifest."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from enforcement.models import EnforcementAction, Inspection
from facilities.models import EsmrFacility, Facility, SmartsEnrollment, SupersededCertification
from monitoring.models import (
    EsmrLocation,
    EsmrReport,
    EsmrSample,
    Method,
    Parameter,
    SmartsLocation,
    SmartsReport,
    SmartsSample,
    Unit,
)
from sync.models import DataQualityIssue, QuarantinedRow, RecordChange, Resource, Run
from violations.models import InspectionViolation, RegulatoryViolation
from violations.selectors.findings import summarize_findings

_EVENTS: dict[str, Any] = {
    "smarts_inspections": Inspection,
    "smarts_violations": RegulatoryViolation,
    "smarts_enforcement_actions": EnforcementAction,
}
_COUNTS = ("inserted", "updated", "unchanged", "removed", "returned", "duplicate")


def resource_now(run: Run) -> dict[str, Any]:
    """What the ledger says of a run, as the manifest has it; findings are counted row by row."""
    issues = Counter(DataQualityIssue.objects.filter(run=run).values_list("column", "code"))
    changes = Counter(RecordChange.objects.filter(run=run).values_list("kind", "field"))
    reasons = Counter(QuarantinedRow.objects.filter(run=run).values_list("reason", flat=True))
    return {
        "status": str(run.status),
        "read": run.rows_read,
        **{name: getattr(run, name) for name in _COUNTS},
        "quarantined": dict(sorted(reasons.items())),
        "issues": [{"column": column, "code": code, "rows": rows} for (column, code), rows in sorted(issues.items())],
        "changes": [{"kind": kind, "field": field, "rows": rows} for (kind, field), rows in sorted(changes.items())],
    }


def tables_now() -> dict[str, Any]:
    """Rows per table, as the manifest has them."""
    return {
        "enrollments": {
            program: _lives(SmartsEnrollment.objects.filter(program=program))
            for program in ("industrial", "construction")
        },
        "superseded_certifications": SupersededCertification.objects.count(),
        "events": {
            slug: _lives(model.objects.all()) | {"orphans": model.objects.filter(enrollment=None).count()}
            for slug, model in _EVENTS.items()
        },
        "inspection_violation_links": InspectionViolation.objects.count(),
        "samples": {
            resource.slug: _lives(_samples_of(resource))
            for resource in Resource.objects.all()
            if resource.slug.startswith("esmr") or resource.slug.endswith("monitoring")
        },
        "smarts_orphans": {
            "samples": SmartsSample.objects.filter(enrollment=None).count(),
            "reports": SmartsReport.objects.filter(enrollment=None).count(),
            "locations": SmartsLocation.objects.filter(enrollment=None).count(),
        },
        "smarts_reports": SmartsReport.objects.count(),
        "smarts_locations": SmartsLocation.objects.count(),
        "esmr_reports": EsmrReport.objects.count(),
        "esmr_locations": EsmrLocation.objects.count(),
        "esmr_facilities": EsmrFacility.objects.count(),
        "parameters": Parameter.objects.count(),
        "units": Unit.objects.count(),
        "methods": Method.objects.count(),
        "facilities": Facility.objects.count(),
    }


def findings_now() -> dict[str, Any]:
    """Totals of what was computed, as the manifest has them; to be computed as of the manifest's day."""
    summary = summarize_findings()
    totals = {rule.rule: rule.findings for rule in summary.rules} | {
        f"era_{level}": number for level, number in summary.levels.items()
    }
    return {
        "totals": _without_zeros(totals),
        "provisional": _without_zeros({rule.rule: rule.provisional for rule in summary.rules}),
        "indeterminate": _without_zeros({rule.rule: rule.indeterminate for rule in summary.rules}),
        "unusable": summary.as_json()["unusable"],
    }


def ledger_differences(manifest: Mapping[str, Any], runs: Mapping[str, int]) -> list[str]:
    """How a sync's runs (resource -> number) differ from the manifest's week; empty if they do not."""
    found = []
    for slug, expected in manifest["resources"].items():
        now = resource_now(Run.objects.get(pk=runs[slug])) if slug in runs else None
        if now is not None and now["status"] == expected["status"] == "unchanged":  # the file was skipped
            continue
        found += _differences(f"week {manifest['week']}, {slug}", expected, now)
    return found


def table_differences(manifest: Mapping[str, Any]) -> list[str]:
    """How the tables differ from the manifest. Facilities are left out: it counts them as they are before matching."""
    now, expected = tables_now(), manifest["tables"]
    names = expected.keys() - {"facilities"}
    return [
        line
        for name in sorted(names)
        for line in _differences(f"week {manifest['week']}, table {name}", expected[name], now[name])
    ]


def finding_differences(manifest: Mapping[str, Any]) -> list[str]:
    """How findings that were computed as of the manifest's day differ from it."""
    now, stated = findings_now(), manifest["findings"]
    expected = {
        "totals": _without_zeros(stated["totals"]),
        # Levels are provisional in the manifest, and not among the findings that a rule makes.
        "provisional": _without_zeros(
            {name: number for name, number in stated["provisional"].items() if name != "era_level"}
        ),
        "indeterminate": _without_zeros(stated["indeterminate"]),
        "unusable": stated["unusable"],
    }
    return [line for name, value in expected.items() for line in _differences(f"findings, {name}", value, now[name])]


def _differences(what: str, expected: Any, found: Any) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, not {expected}"]


def _without_zeros(numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number}


def _samples_of(resource: Resource) -> QuerySet[Any]:
    model: Any = EsmrSample if resource.slug.startswith("esmr") else SmartsSample
    return model.objects.filter(resource=resource)


def _lives(records: QuerySet[Any]) -> dict[str, int]:
    live = records.filter(removed_by=None).count()
    return {"live": live, "removed": records.count() - live}
