"""Violations, enforcement actions and inspections: one record per id, with its whole history."""

from typing import Any

import pytest

from enforcement.models import EnforcementAction, Inspection
from sync.models import DataQualityIssue, RecordChange
from violations.models import InspectionViolation, RegulatoryViolation

pytestmark = pytest.mark.django_db

VIOLATIONS = "smarts_violations"
EVENTS: dict[str, Any] = {
    VIOLATIONS: (RegulatoryViolation, "VIOLATION_ID", "violation_id", "VIOLATION_STATUS"),
    "smarts_enforcement_actions": (EnforcementAction, "ENFORCEMENT_ID", "enforcement_id", "ENFORCEMENT_STATUS"),
    "smarts_inspections": (Inspection, "INSPECTION_ID", "inspection_id", "INSPECTION_STATUS"),
}


def changes(**conditions):
    found = RecordChange.objects.filter(**conditions).order_by("pk")
    return list(found.values_list("kind", "record_key", "field", "old_value", "new_value"))


def violation(number: int, **cells: str) -> dict[str, str]:
    return {"VIOLATION_ID": str(number), **cells}


@pytest.mark.parametrize("resource", EVENTS)
class TestTheSameIdTwiceInOneFile:
    def test_with_equal_content_is_one_record_and_a_duplicate(self, publisher, resource):
        model, key, field, _ = EVENTS[resource]

        result = publisher.load(resource, {key: "1"}, {key: "1"}, {key: "2"}, {key: "1"})

        assert (result.read, result.inserted, result.duplicate, result.issues) == (4, 2, 2, 0)
        assert sorted(model.objects.values_list(field, flat=True)) == ["1", "2"]

    def test_with_other_content_keeps_the_last_and_reports_the_others(self, publisher, resource):
        model, key, _, status = EVENTS[resource]

        result = publisher.load(resource, {key: "1", status: "First"}, {key: "1", status: "Second"}, {key: "2"})

        assert (result.inserted, result.duplicate, result.issues) == (2, 1, 1)
        record = model.objects.get(status="Second")
        assert record.line == 3
        issue = DataQualityIssue.objects.get()
        assert (issue.line, issue.code, issue.raw_value, issue.stored_value) == (2, "conflicting_rows", "1", "line 3")

    def test_updates_the_stored_record_once(self, publisher, resource):
        model, key, _, status = EVENTS[resource]
        publisher.load(resource, {key: "1"})

        result = publisher.load(resource, {key: "1", status: "A"}, {key: "1", status: "B"}, {key: "1", status: "B"})

        assert (result.updated, result.duplicate) == (1, 2)
        assert model.objects.get().status == "B"


class TestCopiesOfThePublishersJoin:
    """One event comes out once per row of its facility; the copies differ only in the joined columns."""

    COPIES = (
        violation(1, PLACE_NAME="NA", PLACE_CITY="NA", PLACE_COUNTY="NA"),
        violation(1, PLACE_NAME="Harbor Metals East"),
        violation(1, PLACE_NAME="Harbor Metals West"),
        violation(2),
    )

    def test_are_one_record_without_an_issue(self, publisher):
        result = publisher.load(VIOLATIONS, *self.COPIES)

        assert (result.inserted, result.duplicate, result.issues) == (2, 2, 0)

    def test_give_the_fullest_and_the_same_one_whatever_the_order_of_the_file(self, publisher):
        publisher.load(VIOLATIONS, *self.COPIES)
        chosen = RegulatoryViolation.objects.get(violation_id="1").place_name
        assert chosen.startswith("Harbor Metals ")

        result = publisher.load(VIOLATIONS, *reversed(self.COPIES))

        assert (result.unchanged, result.updated, result.duplicate) == (2, 0, 2)
        assert RegulatoryViolation.objects.get(violation_id="1").place_name == chosen

    def test_do_not_hide_a_later_row_that_says_something_else_of_the_event(self, publisher):
        result = publisher.load(
            VIOLATIONS,
            violation(1, PLACE_NAME="Harbor Metals East"),
            violation(1, PLACE_NAME="NA", VIOLATION_STATUS="Dismissed"),
        )

        assert RegulatoryViolation.objects.get().status == "Dismissed"
        assert (result.duplicate, result.issues) == (1, 1)


class TestChanges:
    def test_one_changed_field_is_one_line_of_the_log(self, publisher):
        publisher.load(VIOLATIONS, violation(1), violation(2))
        first_seen = RegulatoryViolation.objects.get(violation_id="1").first_seen_at

        result = publisher.load(VIOLATIONS, violation(1, VIOLATION_STATUS="Dismissed"), violation(2))

        assert (result.updated, result.unchanged, result.inserted) == (1, 1, 0)
        assert changes() == [("updated", "1", "status", "Potential", "Dismissed")]
        change = RecordChange.objects.get()
        assert (change.run_id, change.resource.slug) == (result.run, VIOLATIONS)
        record = RegulatoryViolation.objects.get(violation_id="1")
        assert (record.run_id, record.first_seen_at) == (result.run, first_seen)
        assert record.changed_at > first_seen
        other = RegulatoryViolation.objects.get(violation_id="2")
        assert other.changed_at == first_seen

    def test_every_kind_of_field_is_logged_with_its_value_before_and_after(self, publisher):
        action = {"ENFORCEMENT_ID": "1"}
        publisher.load("smarts_enforcement_actions", action)

        publisher.load(
            "smarts_enforcement_actions",
            action
            | {
                "ISSUANCE_DATE": "2023-09-30",
                "TOTAL_ASSESSMENT": "NaN",
                "COUNT_OF_VIOLATIONS": "2",
                "ORDER_NUMBER": "R4-2023-1",
            },
        )

        assert changes() == [
            ("updated", "1", "issuance_date", "2023-08-01", "2023-09-30"),
            ("updated", "1", "order_number", None, "R4-2023-1"),
            ("updated", "1", "total_assessment", "1500", None),
            ("updated", "1", "violation_count", "1", "2"),
        ]

    def test_a_number_or_date_written_in_another_way_is_no_change(self, publisher):
        publisher.load("smarts_enforcement_actions", {})

        result = publisher.load(
            "smarts_enforcement_actions",
            {"TOTAL_ASSESSMENT": "1500.00", "ISSUANCE_DATE": "08/01/2023", "COUNT_OF_VIOLATIONS": "1.0"},
        )

        assert (result.unchanged, result.updated) == (1, 0)

    def test_what_the_publisher_joined_in_is_stored_and_not_logged(self, publisher):
        publisher.load(VIOLATIONS, violation(1))

        result = publisher.load(VIOLATIONS, violation(1, PLACE_NAME="Harbor Recycling", PLACE_TOTAL_SIZE="7"))

        assert result.updated == 1
        assert RegulatoryViolation.objects.get().place_name == "Harbor Recycling"
        assert changes() == []

    def test_a_new_record_is_no_change(self, publisher):
        publisher.load(VIOLATIONS, violation(1))

        result = publisher.load(VIOLATIONS, violation(1), violation(2))

        assert (result.inserted, result.unchanged) == (1, 1)
        assert changes() == []


@pytest.mark.parametrize("resource", EVENTS)
class TestVanishing:
    def rows(self, resource, *numbers):
        return [{EVENTS[resource][1]: str(number)} for number in numbers]

    def test_a_row_that_vanishes_is_marked_and_kept(self, publisher, resource):
        model, _, field, _ = EVENTS[resource]
        publisher.load(resource, *self.rows(resource, *range(1, 11)))

        result = publisher.load(resource, *self.rows(resource, *range(1, 10)))

        assert (result.removed, result.unchanged, result.read) == (1, 9, 9)
        gone = model.objects.get(removed_by__isnull=False)
        assert (getattr(gone, field), gone.removed_by_id) == ("10", result.run)
        assert changes() == [("removed", "10", "", None, None)]

    def test_it_is_removed_once(self, publisher, resource):
        model = EVENTS[resource][0]
        publisher.load(resource, *self.rows(resource, *range(1, 11)))
        first = publisher.load(resource, *self.rows(resource, *range(1, 10)))

        again = publisher.sync(resource, force=True)

        assert again.removed == 0
        assert model.objects.get(removed_by__isnull=False).removed_by_id == first.run
        assert len(changes()) == 1

    def test_a_row_that_returns_is_the_same_record_and_counts_as_updated(self, publisher, resource, run_of):
        model, _, field, _ = EVENTS[resource]
        publisher.load(resource, *self.rows(resource, *range(1, 11)))
        before = model.objects.get(**{field: "10"})
        publisher.load(resource, *self.rows(resource, *range(1, 10)))

        result = publisher.load(resource, *self.rows(resource, *range(1, 11)))

        assert (result.updated, result.unchanged, result.inserted, result.removed) == (1, 9, 0, 0)
        assert run_of(result).returned == 1
        back = model.objects.get(**{field: "10"})
        assert (back.pk, back.removed_by_id, back.first_seen_at) == (before.pk, None, before.first_seen_at)
        assert changes(run_id=result.run) == [("returned", "10", "", None, None)]

    def test_a_row_that_returns_changed_is_logged_as_both(self, publisher, resource):
        _, key, _, status = EVENTS[resource]
        publisher.load(resource, *self.rows(resource, *range(1, 11)))
        publisher.load(resource, *self.rows(resource, *range(1, 10)))

        result = publisher.load(resource, *self.rows(resource, *range(1, 10)), {key: "10", status: "Draft"})

        assert [(kind, name, new) for kind, _, name, _, new in changes(run_id=result.run)] == [
            ("returned", "", None),
            ("updated", "status", "Draft"),
        ]


class TestUnknownCodes:
    def test_are_accepted_as_they_are(self, publisher):
        result = publisher.load(
            VIOLATIONS,
            violation(
                1,
                VIOLATION_STATUS="Under Martian Review",
                VIOLATION_PRIORITY="Not Authorized to Assign Rank",
                REGIONAL_BOARD="Region 17 - Atlantis",
                PERMIT_TYPE="Caltrans",
                WDID="NA",
                APP_ID="not-a-number",
            ),
        )

        assert (result.inserted, result.issues, result.quarantined) == (1, 0, 0)
        record = RegulatoryViolation.objects.get()
        assert record.status == "Under Martian Review"
        assert (record.region_published, record.region_id) == ("Region 17 - Atlantis", None)
        assert (record.wdid, record.app_id) == (None, "not-a-number")


class TestOrphans:
    """An event whose facility is in neither file is kept with its raw ids, and linked when the facility appears."""

    INDUSTRIAL = "smarts_industrial_facilities"

    @pytest.mark.parametrize("resource", EVENTS)
    def test_are_linked_when_their_facility_appears(self, publisher, resource):
        model = EVENTS[resource][0]
        publisher.load(resource, {})
        orphan = model.objects.get()
        assert (orphan.enrollment, orphan.app_id, orphan.wdid) == (None, "400001", "4 19I020001")

        publisher.load(self.INDUSTRIAL, {})

        linked = model.objects.get()
        assert linked.enrollment.wdid == "4 19I020001"
        assert linked.changed_at == orphan.changed_at  # nothing was published of the event itself
        assert changes() == []

    def test_are_linked_at_once_if_the_facility_is_there(self, publisher):
        publisher.load(self.INDUSTRIAL, {})
        publisher.load(VIOLATIONS, {})

        assert RegulatoryViolation.objects.get().enrollment.app_id == "400001"

    def test_stay_orphans_if_only_one_of_two_ids_agrees(self, publisher):
        publisher.load(self.INDUSTRIAL, {"APP_ID": "400001", "WDID": "4 19I020001"})
        publisher.load(VIOLATIONS, {"APP_ID": "400001", "WDID": "4 19I099999"}, {"APP_ID": "499999"})

        assert list(RegulatoryViolation.objects.values_list("enrollment", flat=True)) == [None, None]

    @pytest.mark.parametrize("ids", [{"APP_ID": "NA"}, {"WDID": "NA"}])
    def test_with_one_id_belong_to_the_only_enrollment_that_has_it(self, publisher, ids):
        publisher.load(VIOLATIONS, ids)
        publisher.load(self.INDUSTRIAL, {})

        assert RegulatoryViolation.objects.get().enrollment.app_id == "400001"

    @pytest.mark.parametrize(
        "ids, second", [({"APP_ID": "NA"}, {"APP_ID": "400009"}), ({"WDID": "NA"}, {"WDID": "4 19NEC00001"})]
    )
    def test_with_one_id_that_names_two_enrollments_stay_orphans(self, publisher, ids, second):
        publisher.load(self.INDUSTRIAL, {"APP_ID": "400001"}, {"APP_ID": "400001"} | second)
        publisher.load(VIOLATIONS, ids)

        assert RegulatoryViolation.objects.get().enrollment is None

    def test_with_no_id_at_all_are_kept(self, publisher):
        publisher.load(self.INDUSTRIAL, {})
        result = publisher.load(VIOLATIONS, {"WDID": "NA", "APP_ID": ""})

        assert result.inserted == 1
        assert RegulatoryViolation.objects.get().enrollment is None

    def test_take_the_enrollment_of_their_permit_type_where_both_programs_have_the_ids(self, publisher):
        ids = {"APP_ID": "400001", "WDID": "4 19I020001"}
        publisher.load(self.INDUSTRIAL, ids)
        publisher.load("smarts_construction_facilities", ids)
        publisher.load(VIOLATIONS, violation(1), violation(2, PERMIT_TYPE="Construction"))

        found = RegulatoryViolation.objects.order_by("violation_id").values_list("enrollment__program", flat=True)
        assert list(found) == ["industrial", "construction"]

    def test_lose_their_link_when_their_ids_change(self, publisher):
        publisher.load(self.INDUSTRIAL, {})
        publisher.load(VIOLATIONS, violation(1))

        publisher.load(VIOLATIONS, violation(1, WDID="8 33I000001"))

        assert RegulatoryViolation.objects.get().enrollment is None

    def test_keep_their_link_while_the_facility_is_removed(self, publisher):
        publisher.load(self.INDUSTRIAL, *({"APP_ID": str(400001 + number)} for number in range(10)))
        publisher.load(VIOLATIONS, violation(1))

        publisher.load(self.INDUSTRIAL, *({"APP_ID": str(400001 + number)} for number in range(1, 10)))

        enrollment = RegulatoryViolation.objects.get().enrollment
        assert enrollment.removed_by is not None


class TestInspectionLinks:
    """VIOLATION_SOURCE `Inspection` makes the source id an INSPECTION_ID: the only exact link."""

    FOUND = {"VIOLATION_SOURCE": "Inspection", "VIOLATION_SOURCE_ID": "600001"}

    def links(self):
        return list(InspectionViolation.objects.values_list("violation__violation_id", "inspection__inspection_id"))

    @pytest.mark.parametrize("order", [("smarts_inspections", VIOLATIONS), (VIOLATIONS, "smarts_inspections")])
    def test_appear_whichever_comes_first(self, publisher, order):
        rows = {"smarts_inspections": {}, VIOLATIONS: violation(1, **self.FOUND)}
        for resource in order:
            publisher.load(resource, rows[resource])

        assert self.links() == [("1", "600001")]

    @pytest.mark.parametrize(
        "cells", [{"VIOLATION_SOURCE": "Report"}, {"VIOLATION_SOURCE": "NA"}, {"VIOLATION_SOURCE_ID": "600002"}]
    )
    def test_need_the_source_and_the_id(self, publisher, cells):
        publisher.load("smarts_inspections", {})
        publisher.load(VIOLATIONS, violation(1, **(self.FOUND | cells)))

        assert self.links() == []

    def test_do_not_care_for_the_case_of_the_source(self, publisher):
        publisher.load("smarts_inspections", {})
        publisher.load(VIOLATIONS, violation(1, **(self.FOUND | {"VIOLATION_SOURCE": "INSPECTION"})))

        assert self.links() == [("1", "600001")]

    def test_disappear_when_the_violation_names_another_source(self, publisher):
        publisher.load("smarts_inspections", {})
        publisher.load(VIOLATIONS, violation(1, **self.FOUND), violation(2, **self.FOUND))

        publisher.load(VIOLATIONS, violation(1), violation(2, **self.FOUND))

        assert self.links() == [("2", "600001")]

    def test_follow_to_another_inspection(self, publisher):
        publisher.load("smarts_inspections", {"INSPECTION_ID": "600001"}, {"INSPECTION_ID": "600002"})
        publisher.load(VIOLATIONS, violation(1, **self.FOUND))

        publisher.load(VIOLATIONS, violation(1, **(self.FOUND | {"VIOLATION_SOURCE_ID": "600002"})))

        assert self.links() == [("1", "600002")]

    def test_are_left_alone_by_a_run_that_changes_nothing(self, publisher):
        publisher.load("smarts_inspections", {})
        publisher.load(VIOLATIONS, violation(1, **self.FOUND))
        before = list(InspectionViolation.objects.values_list("pk", flat=True))

        publisher.sync(VIOLATIONS, force=True)
        publisher.sync("smarts_inspections", force=True)

        assert list(InspectionViolation.objects.values_list("pk", flat=True)) == before
