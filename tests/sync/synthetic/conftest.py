"""What the tests of the synthetic world share: what a sync left behind, in the words of the manifest."""

from collections import Counter
from typing import Any

import pytest

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
from sync.contracts import CONTRACTS
from sync.models import DataQualityIssue, QuarantinedRow, RecordChange, Resource, Run
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.world import World, write_world
from violations.models import InspectionViolation, RegulatoryViolation

EVENTS: dict[str, Any] = {
    "smarts_inspections": Inspection,
    "smarts_violations": RegulatoryViolation,
    "smarts_enforcement_actions": EnforcementAction,
}


def resources_now(report):
    """What the ledger says of the runs of a sync, as the manifest has it."""
    return {result.dataset: _resource(Run.objects.get(pk=result.run)) for result in report.runs}


def _resource(run):
    issues = Counter(DataQualityIssue.objects.filter(run=run).values_list("column", "code"))
    changes = Counter(RecordChange.objects.filter(run=run).values_list("kind", "field"))
    reasons = Counter(QuarantinedRow.objects.filter(run=run).values_list("reason", flat=True))
    assert run.issues == issues.total()
    assert run.quarantined == reasons.total()
    names = ("inserted", "updated", "unchanged", "removed", "returned", "duplicate")
    return {
        "status": str(run.status),
        "read": run.rows_read,
        **{name: getattr(run, name) for name in names},
        "quarantined": dict(sorted(reasons.items())),
        "issues": [{"column": column, "code": code, "rows": rows} for (column, code), rows in sorted(issues.items())],
        "changes": [{"kind": kind, "field": field, "rows": rows} for (kind, field), rows in sorted(changes.items())],
    }


def tables_now():
    """Rows per table, as the manifest has them."""
    return {
        "enrollments": {
            program: _lives(SmartsEnrollment.objects.filter(program=program))
            for program in ("industrial", "construction")
        },
        "superseded_certifications": SupersededCertification.objects.count(),
        "events": {
            slug: _lives(model.objects) | {"orphans": model.objects.filter(enrollment=None).count()}
            for slug, model in EVENTS.items()
        },
        "inspection_violation_links": InspectionViolation.objects.count(),
        "samples": {
            resource.slug: _lives(model.objects.filter(resource=resource))
            for resource in Resource.objects.all()
            for model in [EsmrSample if resource.slug.startswith("esmr") else SmartsSample]
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


def _lives(records):
    live = records.filter(removed_by=None).count()
    return {"live": live, "removed": records.count() - live}


@pytest.fixture
def sync_folder(transactional_db):
    """Sync a folder; answers with the runs and the tables in the manifest's words."""

    def sync(folder):
        report = sync_datasets(source=DirectorySource(folder, CONTRACTS))
        assert {run.status for run in report.runs} <= {"published", "unchanged"}, [run.message for run in report.runs]
        return resources_now(report), tables_now()

    return sync


@pytest.fixture(scope="session")
def worlds(tmp_path_factory):
    """Folders of worlds, each written once per test run, with their manifests."""
    written = {}

    def world(*, seed=1, scale=0.02, week=0):
        key = (seed, scale, week)
        if key not in written:
            folder = tmp_path_factory.mktemp("world")
            written[key] = (folder, write_world(folder, World(*key)))
        return written[key]

    return world
