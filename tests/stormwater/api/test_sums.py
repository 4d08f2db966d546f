"""`/api/violations/stats`, `/api/dashboard` and `complete`: equal to the lists that they sum up, in few queries."""

from collections import Counter

import jsonschema_rs
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from violations.models import FacilitySummary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

STATS, DASHBOARD = "/api/violations/stats", "/api/dashboard"


def busiest(api):
    summary = FacilitySummary.objects.order_by("-exceedances_smarts", "-violations_on_record", "pk").first()
    assert summary is not None
    return summary.facility.public_id


def year_of(day):
    return int(day[:4]) if day else None


def assert_as_documented(api, path, answer):
    document = api.json("/api/schema", format="json")
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.validator_for({**schema, "components": document["components"]}, validate_formats=True)
    assert [error.message for error in validator.iter_errors(answer)] == []


class TestStats:
    def test_every_number_is_that_of_the_list(self, api):
        rows, stats = api.walk("/api/violations"), api.json(STATS)
        assert len({row["source"] for row in rows}) == 3
        assert stats["findings"] == len(rows)
        assert stats["serious"] == sum(row["is_serious"] is True for row in rows)
        for member in ("type", "status", "county", "region", "reporting_year"):
            found = {(row["source"], row[member]): row["findings"] for row in stats[f"by_{member}"]}
            assert found == Counter((row["source"], row[member]) for row in rows), member

    @pytest.mark.parametrize("source", ["esmr", "smarts", "SMARTS_REGULATORY"])
    def test_filters_are_those_of_the_list(self, api, source):
        for county in ({}, {"county": "Los Angeles"}, {"region": "5"}):
            rows = api.walk("/api/violations", source=source, **county)
            assert api.json(STATS, source=source, **county)["findings"] == len(rows)

    def test_a_day_stands_for_its_month(self, api):
        rows = [row for row in api.walk("/api/violations") if row["event_date"]]
        first, last = "2024-02", "2025-03"
        expected = sum(first <= row["event_date"][:7] <= last for row in rows)
        assert 0 < expected < len(rows)
        assert api.json(STATS, date_from=f"{first}-20", date_to=f"{last}-01")["findings"] == expected

    def test_a_wrong_parameter_is_named(self, api):
        assert api.wrong(STATS, source="nobody") == ["source"]
        assert api.wrong(STATS, county="Atlantis", date_from="soon") == ["county", "date_from"]
        assert api.wrong(STATS, date_form="2024-01-01") == ["date_form"]

    def test_is_as_the_document_says(self, api):
        assert_as_documented(api, STATS, api.json(STATS))


class TestDashboard:
    def test_totals_are_those_of_the_lists(self, api):
        totals = api.json(DASHBOARD)["totals"]
        found = Counter((row["source"], row["status"]) for row in api.walk("/api/violations"))
        record = {status: number for (source, status), number in found.items() if source == "SMARTS_REGULATORY"}
        apart = {status: record.pop(status, 0) for status in ("Violation", "Potential", "Dismissed")}
        facilities = api.walk("/api/facilities")
        assert totals == {
            "facilities": len(facilities),
            "facilities_in_esmr": sum(row["has_esmr"] for row in facilities),
            "facilities_in_smarts": sum(row["has_smarts"] for row in facilities),
            "facilities_in_both": sum(row["has_esmr"] and row["has_smarts"] for row in facilities),
            "violations_on_record": apart["Violation"],
            "violations_potential": apart["Potential"],
            "violations_dismissed": apart["Dismissed"],
            "violations_of_other_status": sum(record.values()),
            "exceedances_esmr": found["ESMR_COMPUTED", "Exceedance"],
            "exceedances_smarts": found["SMARTS_COMPUTED", "Exceedance"],
            "exceedances_dismissed": sum(number for (_, status), number in found.items() if "dismissed" in str(status)),
            "enforcement_actions": len(api.walk("/api/enforcement")),
            "inspections": len(api.walk("/api/inspections")),
        }

    def test_numbers_by_kind_place_and_year_are_those_of_the_lists(self, api):
        answer, rows = api.json(DASHBOARD), api.walk("/api/violations")
        for member in ("type", "status", "county", "region"):
            found = {(row["source"], row[member]): row["findings"] for row in answer[f"violations_by_{member}"]}
            assert found == Counter((row["source"], row[member]) for row in rows), member
        serious = {row["year"]: 0 for row in answer["violations_by_year"]}
        for row in answer["violations_by_year"]:
            serious[row["year"]] += row["serious"]
        assert +Counter(serious) == Counter(year_of(row["event_date"]) for row in rows if row["is_serious"])

        actions = api.walk("/api/enforcement")
        for member, field in (("type", "enforcement_type"), ("status", "status"), ("region", "region")):
            found = {row[member]: row["findings"] for row in answer[f"enforcement_by_{member}"]}
            assert found == Counter(row[field] for row in actions), member
        found = {row["year"]: row["findings"] for row in answer["enforcement_by_year"]}
        assert found == Counter(year_of(row["issuance_date"]) for row in actions)

    @pytest.mark.parametrize("scope", [{}, {"county": "Los Angeles"}, {"region": "5", "date_from": "2024-01-01"}])
    def test_reads_the_kept_numbers_once_whatever_is_asked(self, api, scope):
        api.json(DASHBOARD)  # the first asks the ledger, too
        with CaptureQueriesContext(connection) as queries:
            api.json(DASHBOARD, **scope, format="json")
        assert sum("violations_findingcount" in query["sql"] for query in queries) == 1
        assert len(queries) <= 8

    def test_the_timeline_has_every_dated_event_in_its_month(self, api):
        timeline = api.json(DASHBOARD)["timeline"]
        dates = [row["issuance_date"] for row in api.walk("/api/enforcement") if row["issuance_date"]]
        found = {(row["year"], row["month"]): row["enforcement_actions"] for row in timeline}
        expected = Counter((int(day[:4]), int(day[5:7])) for day in dates)
        assert {month: number for month, number in found.items() if number} == expected
        assert list(found) == sorted(found)

    def test_recent_is_the_beginning_of_each_list(self, api):
        recent = api.json(DASHBOARD, county="Los Angeles")["recent"]
        first = api.rows("/api/violations", county="Los Angeles", ordering="-event_date", page_size=10)
        assert recent["violations"] == first
        assert set(recent) == {"violations", "enforcement", "inspections"}

    def test_top_facilities_are_those_of_the_place(self, api):
        for row in api.json(DASHBOARD, county="Los Angeles")["top_facilities"]:
            assert api.json(f"/api/facilities/{row['facility_id']}")["county"] == "Los Angeles"
        top = [row["violations_on_record"] for row in api.json(DASHBOARD)["top_facilities"]]
        assert top == sorted(top, reverse=True)
        assert top

    def test_is_as_the_document_says(self, api):
        assert_as_documented(api, DASHBOARD, api.json(DASHBOARD))


class TestComplete:
    def test_every_part_is_the_beginning_of_its_list(self, api):
        answer = api.json(f"/api/facilities/{busiest(api)}/complete")
        parts = [name for name, part in answer.items() if isinstance(part, dict) and "url" in part]
        assert len(parts) == 7
        for name in parts:
            whole = api.json(f"{answer[name]['url']}&page_size=500")
            assert answer[name]["results"] == whole["results"][: len(answer[name]["results"])], name
            assert answer[name]["has_more"] is (len(whole["results"]) > len(answer[name]["results"])), name
        assert answer["violations"]["results"]
        assert answer["facility"] == {
            name: value
            for name, value in api.json(f"/api/facilities/{answer['facility']['id']}").items()
            if name != "meta"
        }

    def test_monitoring_counts_the_samples(self, api):
        for facility in (busiest(api), api.rows("/api/facilities", has_esmr="true")[0]["id"]):
            measured = api.json(f"/api/facilities/{facility}/complete")["monitoring"]
            smarts = api.walk("/api/smarts/monitoring", facility=facility)
            esmr = api.walk("/api/esmr/samples", facility=facility)
            assert sum(row["samples"] for row in measured["parameters"]) == len(smarts) + len(esmr) > 0
            assert len(measured["urls"]) == 2

    def test_takes_the_same_number_of_queries_for_any_facility(self, api):
        numbers = set()
        for row in api.rows("/api/facilities", page_size=20):
            with CaptureQueriesContext(connection) as queries:
                api.json(f"/api/facilities/{row['id']}/complete")
            numbers.add(len(queries))
        assert max(numbers) <= min(numbers) + 1 <= 16  # the first asks the ledger, too

    def test_an_unknown_facility_is_not_found(self, api):
        api.problem("/api/facilities/fac-nobody/complete", 404)

    def test_is_as_the_document_says(self, api):
        answer = api.json(f"/api/facilities/{busiest(api)}/complete")
        assert_as_documented(api, "/api/facilities/{key}/complete", answer)
