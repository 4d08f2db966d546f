"""Bad rows go to quarantine, bad cells become null: both are written down, and nothing is lost in silence."""

import pytest

from facilities.models import SmartsEnrollment
from monitoring.models import SmartsLocation, SmartsSample
from sync.models import DataQualityIssue, QuarantinedRow
from tests.published_files import columns, csv_bytes
from violations.models import RegulatoryViolation

pytestmark = pytest.mark.django_db

VIOLATIONS = "smarts_violations"


def quarantine():
    return list(QuarantinedRow.objects.order_by("line").values_list("line", "reason", "detail", "raw_text"))


def issues():
    found = DataQualityIssue.objects.order_by("line", "column")
    return list(found.values_list("line", "column", "code", "raw_value", "stored_value"))


class TestQuarantine:
    def test_a_ragged_row_keeps_its_line_text_and_reason(self, publisher):
        lines = csv_bytes(VIOLATIONS, [{}, {}]).splitlines()
        publisher.publish_bytes(VIOLATIONS, b"\n".join([*lines[:2], b'1,"two",3', *lines[2:], b"", b""]))

        result = publisher.sync(VIOLATIONS)

        assert (result.read, result.inserted, result.quarantined) == (3, 2, 1)
        width = len(columns(VIOLATIONS))
        assert quarantine() == [(3, "ragged_row", f"3 cells where the header has {width}.", '1,"two",3')]
        assert RegulatoryViolation.objects.get(violation_id="800002").line == 4

    def test_a_stray_quote_costs_one_row_and_not_the_rest_of_the_file(self, publisher):
        content = csv_bytes(VIOLATIONS, [{}, {"MEMO": "HERE"}, *[{}] * 30]).replace(b"HERE", b'"never closed')
        publisher.publish_bytes(VIOLATIONS, content)

        result = publisher.sync(VIOLATIONS)

        assert (result.read, result.inserted, result.quarantined) == (32, 31, 1)
        ((line, reason, _, text),) = quarantine()
        assert (line, reason) == (3, "stray_quote")
        assert '"never closed' in text

    def test_a_row_without_its_key_is_shown_as_it_was(self, publisher):
        publisher.publish(VIOLATIONS, {}, {"VIOLATION_ID": "NA", "MEMO": 'a "quoted" memo'}, {"VIOLATION_ID": " "})

        result = publisher.sync(VIOLATIONS)

        assert (result.read, result.inserted, result.quarantined) == (3, 1, 2)
        assert [(line, reason, detail) for line, reason, detail, _ in quarantine()] == [
            (3, "missing_key", "No VIOLATION_ID."),
            (4, "missing_key", "No VIOLATION_ID."),
        ]
        assert 'a ""quoted"" memo' in quarantine()[0][3]

    def test_a_row_without_either_of_two_ids_says_so(self, publisher):
        publisher.load("smarts_industrial_facilities", {}, {"APP_ID": "NA", "WDID": "NaN"})

        assert [(line, detail) for line, _, detail, _ in quarantine()] == [(3, "No APP_ID and no WDID.")]

    def test_a_bad_row_has_no_issues_of_its_cells(self, publisher):
        result = publisher.load(VIOLATIONS, {}, {"VIOLATION_ID": "NA", "OCCURRENCE_DATE": "31 February"})

        assert (result.quarantined, result.issues) == (1, 0)

    def test_a_file_of_nothing_but_bad_rows_is_held_however_short(self, publisher):
        """The guard on shares begins at 1,000 rows; without this one a file of three could empty the table."""
        publisher.load(VIOLATIONS, {})

        publisher.publish(VIOLATIONS, {"VIOLATION_ID": "NA"})
        result = publisher.sync(VIOLATIONS)

        assert (result.status, result.quarantined, result.removed) == ("held", 1, 0)
        assert RegulatoryViolation.objects.filter(removed_by=None).count() == 1

    def test_nul_bytes_and_wrong_bytes_are_kept_legibly(self, publisher):
        content = csv_bytes(VIOLATIONS, [{"VIOLATION_ID": "NA", "MEMO": "HERE"}]).replace(b"HERE", b"a\x00b\xe9")
        publisher.publish_bytes(VIOLATIONS, content)

        result = publisher.sync(VIOLATIONS)

        assert result.quarantined == 1
        assert "a\u2400b\\xe9" in quarantine()[0][3]

    def test_each_run_keeps_its_own(self, publisher):
        publisher.load(VIOLATIONS, {}, {"VIOLATION_ID": "NA"})
        publisher.load(VIOLATIONS, {}, {"VIOLATION_ID": "NA", "MEMO": "again"})

        assert QuarantinedRow.objects.count() == 2


class TestIssues:
    def test_a_cell_that_is_no_value_becomes_null_with_its_text_and_reason(self, publisher):
        publisher.load(
            "smarts_enforcement_actions",
            {
                "ISSUANCE_DATE": "31 February",
                "DUE_DATE": "0202-05-06",
                "TOTAL_ASSESSMENT": "1,200",
                "COUNT_OF_VIOLATIONS": "1.5",
                "DIRECTLY": "maybe",
                "RECEIVED_AMOUNT": "NaN",
            },
        )

        assert issues() == [
            (2, "COUNT_OF_VIOLATIONS", "not_a_whole_number", "1.5", None),
            (2, "DIRECTLY", "not_a_flag", "maybe", None),
            (2, "DUE_DATE", "implausible_date", "0202-05-06", None),
            (2, "ISSUANCE_DATE", "not_a_date", "31 February", None),
            (2, "TOTAL_ASSESSMENT", "not_a_number", "1,200", None),
        ]

    def test_coordinates_are_repaired_or_emptied_as_a_pair_and_reported(self, publisher):
        def at(latitude, longitude):
            return {"FACILITY_LATITUDE": latitude, "FACILITY_LONGITUDE": longitude}

        result = publisher.load(
            "smarts_industrial_facilities",
            *(
                {"APP_ID": str(number)} | place
                for number, place in enumerate(
                    [
                        at("33.78", "118.26"),
                        at("0", "0"),
                        at("44.3", "-85.6"),
                        at("33.78", "NaN"),
                        at("north", "-118.26"),
                        at("NaN", "NaN"),
                        at("33.78", "-118.26"),
                    ]
                )
            ),
        )

        assert issues() == [
            (2, "FACILITY_LONGITUDE", "longitude_sign_repaired", "118.26", "-118.26"),
            (3, "FACILITY_LATITUDE", "coordinate_outside_california", "0", None),
            (3, "FACILITY_LONGITUDE", "coordinate_outside_california", "0", None),
            (4, "FACILITY_LATITUDE", "coordinate_outside_california", "44.3", None),
            (4, "FACILITY_LONGITUDE", "coordinate_outside_california", "-85.6", None),
            (5, "FACILITY_LATITUDE", "half_a_coordinate", "33.78", None),
            (6, "FACILITY_LATITUDE", "not_a_number", "north", None),
            (6, "FACILITY_LONGITUDE", "half_a_coordinate", "-118.26", None),
        ]
        assert result.issues == len(issues())
        kept = SmartsEnrollment.objects.order_by("line").values_list("latitude", "longitude")
        nowhere = (None, None)
        assert list(kept) == [(33.78, -118.26), nowhere, nowhere, nowhere, nowhere, nowhere, (33.78, -118.26)]

    def test_the_database_itself_refuses_no_repaired_or_emptied_coordinate_of_samples(self, publisher):
        publisher.load(
            "smarts_industrial_monitoring", {"MONITORING_LONGITUDE": "118.261"}, {"MONITORING_LATITUDE": "0"}
        )

        found = SmartsLocation.objects.order_by("line").values_list("latitude", "longitude")
        assert list(found) == [(33.781, -118.261), (None, None)]

    def test_tomorrow_is_refused_for_what_has_happened_and_allowed_for_what_is_due(self, publisher, time_machine):
        time_machine.move_to("2023-08-01 21:00 -0700")  # already the next day in UTC

        publisher.load(
            "smarts_enforcement_actions",
            {"ISSUANCE_DATE": "2023-08-01"},
            {"ISSUANCE_DATE": "2023-08-02", "DUE_DATE": "2024-02-01"},
        )

        assert issues() == [(3, "ISSUANCE_DATE", "future_date", "2023-08-02", None)]

    def test_a_repaired_line_is_reported_with_its_text(self, publisher):
        content = csv_bytes(VIOLATIONS, [{"MEMO": "HERE"}, {}]).replace(b"HERE", b"caf\xe9")
        publisher.publish_bytes(VIOLATIONS, content)

        result = publisher.sync(VIOLATIONS)

        assert (result.inserted, result.issues) == (2, 1)
        assert RegulatoryViolation.objects.get(line=2).memo == "caf\u00e9"
        ((line, column, code, raw, _),) = issues()
        assert (line, column, code) == (2, "", "invalid_utf8")
        assert "caf\\xe9" in raw

    def test_they_are_about_the_file_that_is_published_now(self, publisher, run_of):
        first = publisher.load(VIOLATIONS, {"OCCURRENCE_DATE": "31 February"})
        publisher.load(VIOLATIONS, {})

        assert issues() == []
        assert run_of(first).issues == 1  # the count stays

    def test_a_held_file_keeps_those_of_the_published_one(self, publisher):
        publisher.load(VIOLATIONS, {"OCCURRENCE_DATE": "31 February"})
        publisher.publish(VIOLATIONS)
        assert publisher.sync(VIOLATIONS).status == "held"

        assert [code for _, _, code, _, _ in issues()] == ["not_a_date"]

    def test_an_emptied_cell_is_an_issue_each_time_and_no_change(self, publisher):
        publisher.load(VIOLATIONS, {"OCCURRENCE_DATE": "31 February"})

        result = publisher.load(VIOLATIONS, {"OCCURRENCE_DATE": "30 February"})

        assert (result.unchanged, result.issues) == (1, 1)


class TestOddFiles:
    def test_a_file_whose_every_line_is_broken_another_way_is_accounted_for(self, publisher):
        lines = csv_bytes(VIOLATIONS, [{"MEMO": "M"}] * 8, bom=False).splitlines()
        lines[2] = lines[2].replace(b",M,", b',"two\r\nlines",')
        lines[3] = lines[3].replace(b",M,", b",a\x00b,")
        lines[4] = lines[4].replace(b",M,", b',"open,')
        lines[5] += b",one,more"
        lines[6] = lines[6].replace(b",M,", b",\xff,")
        lines[7] = lines[7].replace(b",M,", b',"x" y,')
        publisher.publish_bytes(VIOLATIONS, b"\r\n".join([*lines, b"", b"   ", b""]))

        result = publisher.sync(VIOLATIONS)

        assert (result.read, result.inserted, result.quarantined) == (8, 6, 2)
        assert sorted(RegulatoryViolation.objects.values_list("line", "memo")) == [
            (2, "M"),
            (3, "two\nlines"),
            (5, "ab"),
            (8, "\u00ff"),
            (9, "x y"),
            (10, "M"),
        ]
        assert [(line, reason) for line, reason, _, _ in quarantine()] == [(6, "stray_quote"), (7, "ragged_row")]
        assert [(line, code) for line, _, code, _, _ in issues()] == [
            (5, "control_character"),
            (8, "invalid_utf8"),
            (9, "stray_quote"),
        ]

    def test_a_cell_of_two_megabytes_is_stored_whole(self, publisher):
        big = "x" * (2 << 20)

        publisher.load(VIOLATIONS, {"MEMO": big})

        assert RegulatoryViolation.objects.get().memo == big

    def test_backslashes_and_copys_own_signs_are_text(self, publisher):
        memos = ["\\N", "\\.", "\\", "a\\nb", "\n\\.\n", '"', "\t"]

        publisher.load(VIOLATIONS, *({"MEMO": memo} for memo in memos))

        found = RegulatoryViolation.objects.order_by("line").values_list("memo", flat=True)
        assert list(found) == memos

    def test_a_formula_or_a_statement_in_a_name_is_text(self, publisher):
        names = ["=cmd()", "'; DROP TABLE sync_run; --", "%s %(x)s", "{0}", "Robert'); --"]

        publisher.load("smarts_industrial_monitoring", *({"PARAMETER": name, "UNITS": name} for name in names))

        found = SmartsSample.objects.order_by("line").values_list("parameter__name", "unit__name")
        assert list(found) == [(name, name) for name in names]
