"""Enrollments: one per (APP_ID, WDID) and program, its current certification chosen by rule, the others kept."""

import pytest

from facilities.models import Facility, SmartsEnrollment, SupersededCertification
from sync.models import RecordChange

pytestmark = pytest.mark.django_db

INDUSTRIAL, CONSTRUCTION = "smarts_industrial_facilities", "smarts_construction_facilities"
IDS = {"APP_ID": "400001", "WDID": "4 19I020001"}


def certification(name: str, status: str, certified: str, processed: str) -> dict[str, str]:
    return IDS | {
        "OPERATOR_NAME": name,
        "STATUS": status,
        "CERTIFICATION_DATE": certified,
        "NOI_PROCESSED_DATE": processed,
    }


class TestTheCurrentRow:
    @pytest.mark.parametrize(
        "rows",
        [
            # An active one before any other, however old.
            [("right", "Active", "2010-01-01", "2010-01-01"), ("wrong", "Terminated", "2020-01-01", "2020-01-01")],
            [("right", "ACTIVE", "2010-01-01", ""), ("wrong", "NA", "2020-01-01", "")],
            # Of two active ones the one that was certified last.
            [("right", "Active", "2016-01-01", "2010-01-01"), ("wrong", "Active", "2015-01-01", "2020-01-01")],
            [
                ("right", "Active", "06-FEB-16 03.58.01.000000 PM", ""),
                ("wrong", "Active", "06-FEB-16 03.58.01.000000 AM", ""),
            ],
            [("right", "Active", "2016-01-01", ""), ("wrong", "Active", "", "2020-01-01")],
            # Certified at once: the later notice of intent.
            [("right", "Active", "2016-01-01", "2016-02-02"), ("wrong", "Active", "2016-01-01", "2016-02-01")],
            [("right", "Active", "", "2016-02-02"), ("wrong", "Active", "", "")],
            # None is active.
            [("right", "Terminated", "2020-01-01", ""), ("wrong", "Expired", "2016-01-01", "")],
        ],
    )
    @pytest.mark.parametrize("is_reversed", [False, True])
    def test_is_active_then_certified_last_then_processed_last(self, publisher, rows, is_reversed):
        rows = [certification(*row) for row in rows]

        result = publisher.load(INDUSTRIAL, *(rows[::-1] if is_reversed else rows))

        assert (result.inserted, result.duplicate) == (1, 1)
        assert SmartsEnrollment.objects.get().operator_name == "right"
        assert SupersededCertification.objects.get().values["operator_name"] == "wrong"

    def test_is_the_last_of_the_file_where_nothing_else_decides(self, publisher):
        rows = [certification(name, "Active", "2016-01-01", "2016-01-01") for name in ("wrong", "also wrong", "right")]

        publisher.load(INDUSTRIAL, *rows)

        assert SmartsEnrollment.objects.get().operator_name == "right"
        assert SmartsEnrollment.objects.get().line == 4

    def test_is_chosen_for_construction_in_the_same_way(self, publisher):
        ids = {"APP_ID": "500001", "WDID": "4 19C380001"}
        rows = [ids | {"OWNER_NAME": str(year), "CERTIFICATION_DATE": f"{year}-05-01"} for year in range(2001, 2021)]

        result = publisher.load(CONSTRUCTION, *rows[7:], *rows[:7][::-1])

        assert (result.inserted, result.duplicate) == (1, 19)
        assert SmartsEnrollment.objects.get().operator_name == "2020"
        assert SupersededCertification.objects.count() == 19


class TestSupersededCertifications:
    OLD = certification("Old Owner", "Terminated", "2010-01-01", "2010-01-01")
    NEW = certification("New Owner", "Active", "2020-01-01", "2020-01-01")

    def test_are_kept_with_their_values_and_line(self, publisher):
        result = publisher.load(
            INDUSTRIAL,
            self.OLD | {"PRIMARY_SIC": "4953", "FACILITY_LONGITUDE": "118.2", "FACILITY_TOTAL_SIZE": "2.50"},
            self.NEW,
        )

        kept = SupersededCertification.objects.get()
        assert (kept.run_id, kept.line, kept.enrollment.operator_name) == (result.run, 2, "New Owner")
        assert kept.values["operator_name"] == "Old Owner"
        assert kept.values["noi_processed_date"] == "2010-01-01"
        assert kept.values["certified_at"].startswith("2010-01-01T08:00:00")  # midnight in California
        assert (kept.values["longitude"], kept.values["total_size"]) == (-118.2, 2.5)
        assert kept.values["primary_sic"] == "4953"
        assert kept.values["app_id"] == "400001"

    def test_are_not_kept_for_exact_repeats(self, publisher):
        result = publisher.load(INDUSTRIAL, self.NEW, self.NEW, self.NEW)

        assert (result.inserted, result.duplicate) == (1, 2)
        assert not SupersededCertification.objects.exists()

    def test_are_kept_once_each_however_often_they_are_repeated(self, publisher):
        result = publisher.load(INDUSTRIAL, self.OLD, self.OLD, self.NEW, self.OLD)

        assert (result.inserted, result.duplicate) == (1, 3)
        assert SupersededCertification.objects.get().line == 2

    def test_follow_when_another_row_becomes_the_current_one(self, publisher):
        publisher.load(INDUSTRIAL, self.OLD, self.NEW)
        newest = certification("Newest Owner", "Active", "2024-01-01", "2024-01-01")

        result = publisher.load(INDUSTRIAL, self.OLD, self.NEW, newest)

        assert (result.updated, result.duplicate) == (1, 2)
        assert SmartsEnrollment.objects.get().operator_name == "Newest Owner"
        kept = SupersededCertification.objects.values_list("values__operator_name", flat=True)
        assert sorted(kept) == ["New Owner", "Old Owner"]

    def test_that_become_current_again_are_superseded_no_more(self, publisher):
        publisher.load(INDUSTRIAL, self.OLD, self.NEW)

        publisher.load(INDUSTRIAL, self.OLD, self.OLD)

        assert SmartsEnrollment.objects.get().operator_name == "Old Owner"
        assert not SupersededCertification.objects.exists()

    def test_that_the_publisher_takes_back_are_gone_without_moving_the_enrollment(self, publisher):
        publisher.load(INDUSTRIAL, self.OLD, self.NEW)
        changed = SmartsEnrollment.objects.get().changed_at

        result = publisher.load(INDUSTRIAL, self.NEW, self.NEW)

        assert result.unchanged == 1
        assert not SupersededCertification.objects.exists()
        assert SmartsEnrollment.objects.get().changed_at == changed

    def test_belong_to_their_own_enrollment_and_program(self, publisher):
        other = {"APP_ID": "400002", "WDID": "4 19I020002"}
        publisher.load(INDUSTRIAL, self.OLD, self.NEW, other)
        publisher.load(CONSTRUCTION, IDS | {"STATUS": "Terminated"}, IDS)

        publisher.load(INDUSTRIAL, self.NEW, self.NEW, other)

        assert SupersededCertification.objects.get().enrollment.program == "construction"


class TestIds:
    def test_a_row_needs_one_of_the_two(self, publisher):
        result = publisher.load(
            INDUSTRIAL, {"APP_ID": "NA", "WDID": "NA"}, {"APP_ID": "", "WDID": "4 19I1"}, {"APP_ID": "1", "WDID": "NA"}
        )

        assert (result.inserted, result.quarantined) == (2, 1)
        found = SmartsEnrollment.objects.order_by("wdid").values_list("app_id", "wdid")
        assert list(found) == [(None, "4 19I1"), ("1", None)]

    @pytest.mark.parametrize("null", ["", "NA", "NaN"])
    def test_half_a_key_is_a_key_of_its_own_and_stays_the_same_record(self, publisher, null):
        rows = [{"APP_ID": "1", "WDID": null}, {"APP_ID": null, "WDID": "W"}, {"APP_ID": "1", "WDID": "W"}]
        first = publisher.load(INDUSTRIAL, *rows)
        again = publisher.load(INDUSTRIAL, *(row | {"STATUS": "Terminated"} for row in rows))

        assert (first.inserted, again.updated, again.inserted) == (3, 3, 0)
        keys = RecordChange.objects.filter(field="status").values_list("record_key", flat=True)
        assert sorted(keys) == ["1|", "1|W", "|W"]

    def test_the_same_ids_in_both_programs_are_two_enrollments(self, publisher):
        publisher.load(INDUSTRIAL, IDS)
        result = publisher.load(CONSTRUCTION, IDS)

        assert result.inserted == 1
        assert sorted(SmartsEnrollment.objects.values_list("program", flat=True)) == ["construction", "industrial"]
        assert publisher.sync(INDUSTRIAL, force=True).unchanged == 1

    def test_one_program_does_not_remove_the_other(self, publisher):
        publisher.load(INDUSTRIAL, IDS)
        result = publisher.load(CONSTRUCTION, {})

        assert result.removed == 0
        assert not SmartsEnrollment.objects.filter(removed_by__isnull=False).exists()

    def test_an_odd_wdid_is_kept_as_it_is(self, publisher):
        publisher.load(INDUSTRIAL, {"APP_ID": "1", "WDID": "5A327021N05"}, {"APP_ID": "2", "WDID": "?? what / 'now'"})

        assert SmartsEnrollment.objects.filter(wdid="?? what / 'now'").exists()


class TestDetails:
    def test_change_with_their_enrollment_and_are_logged(self, publisher):
        publisher.load(INDUSTRIAL, {})

        result = publisher.load(INDUSTRIAL, {"PRIMARY_SIC": "4953", "STATUS": "Terminated"})

        assert result.updated == 1
        assert SmartsEnrollment.objects.get().industrial_detail.primary_sic == "4953"
        logged = RecordChange.objects.order_by("field").values_list("record_key", "field", "old_value", "new_value")
        assert list(logged) == [
            ("400001|4 19I020001", "primary_sic", "5093", "4953"),
            ("400001|4 19I020001", "status", "Active", "Terminated"),
        ]

    def test_of_construction_change_too(self, publisher):
        publisher.load(CONSTRUCTION, {})
        publisher.load(CONSTRUCTION, {"PROJECT_COMBINED_RISK": "Level 3"})

        assert SmartsEnrollment.objects.get().construction_detail.combined_risk == "Level 3"
        assert RecordChange.objects.get().field == "combined_risk"


class TestFacilities:
    def test_several_wdids_of_one_app_id_are_one_site(self, publisher):
        publisher.load(
            INDUSTRIAL,
            {"APP_ID": "400001", "WDID": "4 19I020001", "STATUS": "Terminated"},
            {"APP_ID": "400001", "WDID": "4 19NEC00777", "FACILITY_NAME": "Harbor Metals NEC"},
            {"APP_ID": "400002", "WDID": "4 19I020002"},
        )

        assert sorted(Facility.objects.values_list("public_id", flat=True)) == ["fac-a400001", "fac-a400002"]
        site = Facility.objects.get(public_id="fac-a400001")
        assert site.enrollments.count() == 2
        assert site.name == "Harbor Metals NEC"  # the active member names it
        assert (site.has_smarts, site.has_esmr) == (True, False)

    def test_a_wdid_that_appears_later_joins_the_site_of_its_app_id(self, publisher):
        first, second = {"APP_ID": "400001", "WDID": "4 19I020001"}, {"APP_ID": "400001", "WDID": "4 19NEC00777"}
        publisher.load(INDUSTRIAL, first)
        publisher.load(INDUSTRIAL, first, second)

        assert Facility.objects.get().enrollments.count() == 2

    def test_an_app_id_in_both_programs_is_one_site(self, publisher):
        publisher.load(INDUSTRIAL, {"APP_ID": "7", "WDID": "4 19I1"})
        publisher.load(CONSTRUCTION, {"APP_ID": "7", "WDID": "4 19C1"})

        assert Facility.objects.count() == 1

    @pytest.mark.parametrize("is_reversed", [False, True])
    def test_a_site_is_described_by_its_industrial_enrollment_and_not_by_a_project_on_it(self, publisher, is_reversed):
        ended = {"FACILITY_NAME": "Harbor Metals", "STATUS": "Terminated", "CERTIFICATION_DATE": "2015-07-01"}
        project = {"SITE_NAME": "Dock Street Widening", "OWNER_NAME": "Harbor Builders", "STATUS": "Active"}
        loads = [
            (INDUSTRIAL, {"APP_ID": "7", "WDID": "4 19I1", "OPERATOR_NAME": "Harbor Metals Inc"} | ended),
            (CONSTRUCTION, {"APP_ID": "7", "WDID": "4 19C1", "CERTIFICATION_DATE": "2022-07-01"} | project),
        ]
        for load in reversed(loads) if is_reversed else loads:
            publisher.load(*load)

        site = Facility.objects.get()
        assert (site.name, site.operator_name) == ("Harbor Metals", "Harbor Metals Inc")

    def test_an_enrollment_without_app_id_is_a_site_by_its_wdid(self, publisher):
        publisher.load(INDUSTRIAL, {"APP_ID": "NA", "WDID": "4 19I020001"}, {"APP_ID": "", "WDID": "8 33I?"})

        first, second = Facility.objects.order_by("public_id").values_list("public_id", flat=True)
        assert first == "fac-w4_19I020001"
        assert second.startswith("fac-y")

    def test_a_site_whose_last_enrollment_is_removed_stays_and_says_so(self, publisher):
        rows = [{"APP_ID": str(400001 + number)} for number in range(10)]
        publisher.load(INDUSTRIAL, *rows)

        publisher.load(INDUSTRIAL, *rows[1:])
        assert Facility.objects.get(public_id="fac-a400001").has_smarts is False
        assert Facility.objects.filter(has_smarts=True).count() == 9

        publisher.load(INDUSTRIAL, *rows)
        assert Facility.objects.filter(has_smarts=True).count() == 10

    def test_the_site_follows_its_enrollment(self, publisher):
        publisher.load(INDUSTRIAL, {})
        publisher.load(
            INDUSTRIAL, {"FACILITY_NAME": "Harbor Recycling", "FACILITY_LATITUDE": "0", "FACILITY_LONGITUDE": "0"}
        )

        site = Facility.objects.get()
        assert (site.name, site.latitude, site.longitude) == ("Harbor Recycling", None, None)
