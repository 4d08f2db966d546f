"""Every page of the admin answers, over data of all eight datasets that went through the pipeline; nobody can edit."""

from datetime import date
from io import StringIO

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from enforcement.models import EnforcementAction
from facilities.models import AwaitedDecision, CrosswalkEntry, Facility, MatchCandidate, SmartsEnrollment
from facilities.services.decisions import decide_candidate
from facilities.services.matching import run_matching
from monitoring.models import EsmrSample, SmartsSample
from stormwater.admin.records import PRIVATE_HEADING
from stormwater.fields import is_private
from sync.contracts import CONTRACTS
from sync.models import Alert, DataQualityIssue, Dataset, FollowUp, QuarantinedRow, RecordChange
from tests.kept_world import kept_world
from tests.sync.conftest import Publisher
from tests.violations.listed_world import ListedWorld
from violations.deciding import decide_duplicate, dismiss_exceedance
from violations.models import InferredEnforcementLink, RegulatoryViolation
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances, import_permit_limits

# One worker loads the world, which takes longer than most of the tests.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("admin_pages")]
DAY = date(2024, 1, 9)

APPS = ("sync", "facilities", "monitoring", "violations", "enforcement")
MODELS = [model for model in admin.site._registry if model._meta.app_label in APPS]


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The folder of the raw files of a world that has something in every table."""
    folder = tmp_path_factory.mktemp("admin_pages")
    (folder / "published").mkdir()
    with kept_world(django_db_blocker, folder):
        load(Publisher(folder / "published"))
        yield folder / "raw"


@pytest.fixture
def loaded(world, db, settings):
    settings.RAW_DIR = world


def load(publisher):
    """All eight datasets, with an older certification, a rejected row, a bad cell, a change and a removal."""
    older = {"APP_ID": "400001", "WDID": "4 19I020001", "STATUS": "Terminated", "FACILITY_NAME": "Older Metals"}
    publisher.publish(
        "smarts_industrial_facilities",
        {},
        older | {"CERTIFICATION_DATE": "2010-01-01", "FACILITY_EMAIL": "a@b.example"},
    )
    publisher.publish("smarts_construction_facilities", {})
    publisher.publish("smarts_inspections", {})
    publisher.publish(
        "smarts_violations",
        {"VIOLATION_SOURCE": "Inspection", "VIOLATION_SOURCE_ID": "600001", "OCCURRENCE_DATE": "soon"},
        {},
        {"VIOLATION_ID": "NA", "MEMO": "two  <b>spaces</b>"},
    )
    publisher.publish("smarts_enforcement_actions", {})
    publisher.publish("smarts_industrial_monitoring", {}, {"PARAMETER": "Iron, Total", "UNITS": "mg/kg"})
    publisher.publish("smarts_construction_monitoring", {})
    publisher.publish(
        "esmr:2023",
        {},
        {
            "parameter": "Total Suspended Solids (TSS)",
            "calculated_method": "Average Monthly (AMEL)",
            "qualifier": "<",
            "result": "50",
            "units": "mg/L",
        },
    )
    assert not publisher.sync_all().has_failed
    publisher.load(
        "smarts_violations",
        {"VIOLATION_STATUS": "Dismissed", "OCCURRENCE_DATE": "soon"},
        {"VIOLATION_ID": "NA", "MEMO": "two  <b>spaces</b>"},
        *[{"VIOLATION_ID": str(810000 + number)} for number in range(3)],
    )
    import_permit_limits(
        stream=StringIO("npdes_number,parameter,statistical_base,limit,unit\nCA0099999,TSS,Average Monthly,30,mg/L\n")
    )
    compute_exceedances()
    match_something()
    review_something()
    now = timezone.now()
    Alert.objects.create(cause="queue:sync", sentence="It grows.", opened_at=now)
    FollowUp.objects.create(name="matching", status="done", started_at=now, finished_at=now, heartbeat_at=now)


def match_something():
    """A crosswalk, a pair that it brings together, a verdict, and a decision that waits for its records."""
    CrosswalkEntry.objects.create(
        place_id=1001, name="Harbor Metals", agency_name="Harbor Metals Inc", address="1 Dock St", city="Wilmington",
        file_name="list.csv", line=2, imported_at=timezone.now(),
    )  # fmt: skip
    AwaitedDecision.objects.create(
        place_id=9,
        wdid="4 19I020009",
        values={"verdict": "match"},
        file_name="x.csv",
        line=2,
        received_at=timezone.now(),
    )
    run_matching()
    candidate = MatchCandidate.objects.get()
    decide_candidate(
        candidate_id=candidate.pk,
        verdict="match",
        reviewer=get_user_model().objects.create_user("rivera"),
        expected_version=candidate.version,
        reason_code="same_address",
    )


def review_something():
    """A violation that an exceedance doubles, a verdict on the two, a dismissal, and an inferred link."""
    world = ListedWorld()
    enrollment = world.enrollment("5 39C777777", "construction", facility=world.facility())
    finding = world.exceedance(enrollment, rule="cgp_ph_nal", pollutant="ph", start=DAY, end=DAY, public_id="exc-a")
    violation = world.violation(enrollment, DAY, violation_type="Effluent Limitation", description="pH 9.8")
    refresh_violations()
    (pair,) = finding.duplicate_pairs.all()
    reviewer = get_user_model().objects.create_user("okafor")
    decide_duplicate(pair_id=pair.pk, verdict="confirmed", reviewer=reviewer, expected_version=pair.version)
    dismiss_exceedance(
        exceedance_id=finding.pk, reason="Other unit", reviewer=reviewer, expected_inputs=str(finding.inputs_hash)
    )
    action = EnforcementAction.objects.earliest("pk")
    InferredEnforcementLink.objects.create(enforcement_action=action, violation=violation, score=0.5, reasons=["Near"])


def test_list_and_page_of_every_table_answer(loaded, admin_client):
    for model in MODELS:
        listed = admin_client.get(address(model, "changelist"), follow=True)
        assert listed.status_code == 200, model
        obj = model._default_manager.first()
        assert obj is not None, f"the loaded data has no {model}"
        shown = admin_client.get(address(model, "change", obj.pk))
        assert shown.status_code == 200, model
        assert "Save" not in shown.content.decode()


def test_search_answers_whatever_is_typed(loaded, admin_client):
    for model in MODELS:
        for term in ("4 19I020001", "1001", "no such thing", "%", "99999999999999999999", "'", "\0"):
            found = admin_client.get(address(model, "changelist"), {"q": term}, follow=True)
            assert found.status_code == 200, (model, term)


def test_superuser_cannot_add_change_or_delete(loaded, admin_client):
    for model in MODELS:
        obj = model._default_manager.first()
        assert admin_client.get(address(model, "add")).status_code == 403, model
        assert admin_client.post(address(model, "change", obj.pk), {}).status_code == 403, model
        assert admin_client.post(address(model, "delete", obj.pk), {"post": "yes"}).status_code == 403, model
        assert model._default_manager.filter(pk=obj.pk).exists(), model


def test_staff_without_permission_see_nothing(loaded, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("viewer", is_staff=True))
    for model in MODELS:
        listed = client.get(address(model, "changelist"), follow=True)
        assert listed.status_code == 403, model


def test_viewer_sees_what_the_permission_is_for(loaded, client, django_user_model):
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_facility"))
    client.force_login(viewer)
    assert client.get(address(Facility, "changelist")).status_code == 200
    assert client.get(address(SmartsEnrollment, "changelist")).status_code == 403
    assert b"Ledger" not in client.get(reverse("admin:index")).content


def test_index_begins_with_the_ledger(admin_client):
    page = admin_client.get(reverse("admin:index"))
    groups = [group["name"] for group in page.context["app_list"]]
    assert groups[0].startswith("Ledger")
    assert groups[1:] == [
        "Facilities",
        "Matching",
        "Violations and enforcement",
        "Computed from samples (no violations of the permit)",
        "Monitoring",
        "Reference data",
        "Operation",
        "Authentication and Authorization",
    ]
    assert page.context["site_header"] == "Stormwater Watch"
    assert address(Dataset, "changelist") in page.content.decode()


SEARCHES = [
    (Facility, "4 19I020001", 1),
    (Facility, "fac-a400001", 1),
    (SmartsEnrollment, "4 19i020001", 1),  # as people type it
    (SmartsEnrollment, "400001", 1),
    (SmartsEnrollment, "40000", 0),
    (SmartsSample, "4 19I020001", 3),
    (EsmrSample, "1001", 2),
    (RegulatoryViolation, "800001", 1),
    (RecordChange, "800002", 1),
    (RecordChange, "no such key", 0),
]


def test_search_finds_by_exact_id(loaded, admin_client):
    for model, term, count in SEARCHES:
        page = admin_client.get(address(model, "changelist"), {"q": term})
        found = [obj.pk for obj in page.context["cl"].result_list]
        assert len(found) == len(set(found)) == count, (model, term)


def test_links_of_a_record_lead_to_its_own_rows(loaded, admin_client):
    enrollment = SmartsEnrollment.objects.get(program="industrial")
    page = admin_client.get(address(SmartsEnrollment, "change", enrollment.pk))
    for words, link in page.context["related_links"]:
        listed = admin_client.get(link)
        assert listed.status_code == 200, words
    samples = admin_client.get(dict(page.context["related_links"])["Samples"])
    assert {sample.enrollment_id for sample in samples.context["cl"].result_list} == {enrollment.pk}
    assert str(enrollment) in samples.content.decode()  # the filter can be seen, and taken off


def test_enrollment_shows_its_detail_and_how_an_older_certification_differs(loaded, admin_client):
    enrollment = SmartsEnrollment.objects.get(program="industrial")
    page = admin_client.get(address(SmartsEnrollment, "change", enrollment.pk)).content.decode()
    assert "5093" in page  # industrial detail
    assert "Older Metals (now: Harbor Metals)" in page
    assert "Terminated (now: Active)" in page
    assert "line 2 of industrial_application_specific_data" in page


def test_personal_contact_data_are_folded_away_under_their_warning(loaded, admin_client):
    enrollment = SmartsEnrollment.objects.get(program="industrial")
    page = admin_client.get(address(SmartsEnrollment, "change", enrollment.pk))
    for fieldset in page.context["adminform"]:
        private = {name for name in fieldset.fields if name in {"contact_email", "contact_phone", "certifier_name"}}
        assert not private or (fieldset.name == PRIVATE_HEADING and fieldset.is_collapsible)
    assert f"<details><summary>{PRIVATE_HEADING}</summary>" in page.content.decode()  # of the older certification


def test_contracts_and_models_agree_on_what_is_private():
    for contract in CONTRACTS.values():
        models = [apps.get_model(contract.target)]
        models += [apps.get_model(contract.detail)] if contract.detail else []
        models += [apps.get_model(dimension.target) for dimension in contract.dimensions]
        fields = {(model, field.name): field for model in models for field in model._meta.concrete_fields}
        for column in contract.kept_columns:
            found = [field for (_, name), field in fields.items() if name == column.field]
            assert any(is_private(field) == column.private for field in found), column


def test_record_leads_to_its_line_as_published(loaded, admin_client):
    violation = RegulatoryViolation.objects.get(violation_id="800001")
    page = admin_client.get(address(RegulatoryViolation, "change", violation.pk)).content.decode()
    link = reverse("admin:sync_rawfile_line", args=[violation.run.raw_file_id, violation.line])
    assert link in page
    line = admin_client.get(link)
    assert dict(line.context["cells"])["VIOLATION_ID"] == "800001"
    assert dict(line.context["cells"])["VIOLATION_STATUS"] == "Dismissed"


def test_line_beyond_the_end_of_the_file_is_not_found(loaded, admin_client):
    raw_file = RegulatoryViolation.objects.first().run.raw_file
    assert admin_client.get(reverse("admin:sync_rawfile_line", args=[raw_file.pk, 10_000])).status_code == 404
    assert admin_client.get(reverse("admin:sync_rawfile_line", args=[raw_file.pk, 1])).status_code == 200


def test_quarantined_row_keeps_its_spaces_and_is_no_markup(loaded, admin_client):
    row = QuarantinedRow.objects.order_by("-pk").first()
    for page in (address(QuarantinedRow, "changelist"), address(QuarantinedRow, "change", row.pk)):
        content = admin_client.get(page).content.decode()
        assert '<pre class="raw">' in content
        assert "two  &lt;b&gt;spaces&lt;/b&gt;" in content


NARROWED = [
    (QuarantinedRow, {"resource": "smarts_violations"}, {"resource": "esmr:2023"}),
    (QuarantinedRow, {"reason": "missing_key"}, {"reason": "ragged_row"}),
    (DataQualityIssue, {"code": "not_a_date", "column": "OCCURRENCE_DATE"}, {"code": "future_date"}),
    (RecordChange, {"resource": "smarts_violations", "field": "status"}, {"resource": "smarts_inspections"}),
    (RecordChange, {"kind__exact": "removed", "field": "-"}, {"kind__exact": "returned"}),
]


def test_findings_can_be_narrowed(loaded, admin_client):
    run = str(RecordChange.objects.first().run_id)
    for model, filters, others in [*NARROWED, (RecordChange, {"run": run}, {"run": "no run"})]:
        assert admin_client.get(address(model, "changelist"), filters).context["cl"].result_list, filters
        assert not admin_client.get(address(model, "changelist"), others).context["cl"].result_list, others
