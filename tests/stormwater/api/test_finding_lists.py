"""The lists of what is computed from samples: whole, explained by their inputs, found by whatever one knows."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from facilities.models import EsmrFacility, SmartsEnrollment
from monitoring.models import EsmrSample, SmartsSample
from violations.models import EraLevel, Exceedance, UnusableResults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

ADDRESS = "/api/exceedances"


def ids(rows):
    return {row["id"] for row in rows}


def a_stormwater_finding():
    return Exceedance.objects.filter(rule="igp_annual_nal").order_by("pk").select_related("enrollment__facility")[0]


def a_plant_finding():
    return (
        Exceedance.objects.filter(esmr_facility__isnull=False)
        .order_by("pk")
        .select_related("esmr_facility__facility")[0]
    )


class TestInputs:
    def test_a_mean_can_be_worked_out_again_from_the_samples_that_an_exceedance_names(self, api):
        rows = api.rows(ADDRESS, rule="igp_annual_nal", include="samples", page_size=500)
        assert rows
        for row in rows:
            assert row["source"] == "SMARTS_COMPUTED"
            assert [sample["id"] for sample in row["samples"]] == row["sample_ids"]
            assert len(row["samples"]) == row["results"]
            if row["unit"] == "mg/L" and row["censored"] == 0 and {s["unit"] for s in row["samples"]} == {"mg/L"}:
                mean = sum(Decimal(str(sample["result"])) for sample in row["samples"]) / row["results"]
                assert float(mean) == pytest.approx(row["value"])
                assert row["value"] > row["limit_high"]

    def test_samples_of_plants_come_from_the_other_systems_table(self, api):
        found = a_plant_finding()
        row = api.json(f"{ADDRESS}/{found.public_id}", include="samples")
        assert row["source"] == "ESMR_COMPUTED"
        (sample,) = EsmrSample.objects.filter(pk__in=found.sample_ids[:1]).select_related("parameter")
        assert row["samples"][0]["parameter"] == sample.parameter.name
        assert row["samples"][0]["sample_date"] == sample.sampling_date.isoformat()
        listed = api.json(f"/api/esmr/samples/{sample.pk}")
        assert listed["result"] == row["samples"][0]["result"]

    def test_a_finding_says_which_order_and_section_its_limit_is_from(self, api):
        row = api.json(f"{ADDRESS}/{a_stormwater_finding().public_id}")
        assert "2014-0057" in row["order"]
        assert row["section"]
        assert row["is_limit_confirmed"] in {True, False}
        assert row["rule_version"] == 1

    def test_only_findings_that_stand_are_listed(self, api):
        gone = a_stormwater_finding()
        Exceedance.objects.filter(pk=gone.pk).update(went_at=timezone.now())
        assert gone.public_id not in ids(api.rows(ADDRESS, page_size=500))
        api.problem(f"{ADDRESS}/{gone.public_id}", 404)

    def test_nothing_is_called_a_violation_of_the_permit(self, api):
        document = api.json("/api/schema", format="json")
        for path in ("/api/exceedances", "/api/era-levels"):
            described = document["paths"][path]["get"]
            assert "not a violation of the permit" in described["description"]
            assert "violation" not in described["summary"].lower()
        assert "not violations" in api.json(ADDRESS)["meta"]["disclaimer"]


class TestFilters:
    def test_by_facility_both_what_its_enrollments_and_what_its_plants_exceed(self, api):
        enrolled, plant = a_stormwater_finding(), a_plant_finding()
        facility = enrolled.enrollment.facility
        EsmrFacility.objects.filter(pk=plant.esmr_facility_id).update(facility=facility)
        found = ids(api.rows(ADDRESS, facility=facility.public_id, page_size=500))
        assert {enrolled.public_id, plant.public_id} <= found
        expected = Exceedance.objects.filter(enrollment__facility=facility) | Exceedance.objects.filter(
            esmr_facility__facility=facility
        )
        assert found == {finding.public_id for finding in expected}

    def test_by_wdid_with_and_without_its_space(self, api):
        enrollment = a_stormwater_finding().enrollment
        SmartsEnrollment.objects.filter(pk=enrollment.pk).update(wdid="4 19I099999")
        expected = set(Exceedance.objects.filter(enrollment=enrollment).values_list("public_id", flat=True))
        assert ids(api.rows(ADDRESS, wdid="4 19I099999", page_size=500)) == expected
        assert ids(api.rows(ADDRESS, wdid="419I099999", page_size=500)) == expected

    def test_by_app_id_and_by_place_id(self, api):
        enrollment, plant = a_stormwater_finding().enrollment, a_plant_finding().esmr_facility
        assert {row["app_id"] for row in api.rows(ADDRESS, app_id=enrollment.app_id)} == {enrollment.app_id}
        assert {row["place_id"] for row in api.rows(ADDRESS, place_id=plant.place_id)} == {plant.place_id}

    @pytest.mark.parametrize(
        "parameter, field",
        [("county", "county"), ("region", "region"), ("pollutant", "pollutant"), ("rule", "rule"), ("family", "family"),
         ("reporting_year", "reporting_year"), ("program", "program"), ("sensitivity", "sensitivity"),
         ("confidence", "confidence")],
    )  # fmt: skip
    def test_by_each_value_exactly_the_rows_that_have_it(self, api, parameter, field):
        rows = api.rows(ADDRESS, page_size=500)
        values = {row[field] for row in rows} - {None}
        assert values
        for value in values:
            found = api.rows(ADDRESS, page_size=500, **{parameter: value})
            assert ids(found) == {row["id"] for row in rows if row[field] == value}

    @pytest.mark.parametrize("flag", ["is_provisional", "is_serious", "is_dismissed", "has_suspect_units"])
    def test_by_each_flag(self, api, flag):
        first, second, *_ = Exceedance.objects.order_by("pk")
        first.is_provisional, first.is_serious, first.suspect_unit_ids = True, True, first.sample_ids[:1]
        first.dismissed_at, first.dismissed_inputs_hash = timezone.now(), first.inputs_hash
        first.save()
        second.is_provisional, second.is_serious = False, False
        second.dismissed_at, second.dismissed_inputs_hash = timezone.now(), None  # its inputs have changed since
        second.save()
        for text, wanted in (("true", True), ("false", False)):
            rows = api.rows(ADDRESS, page_size=500, **{flag: text})
            assert {row[flag] for row in rows} == {wanted}
            assert (first.public_id in ids(rows)) is wanted
            assert (second.public_id in ids(rows)) is not wanted

    def test_by_period_inclusive(self, api):
        starts = sorted(Exceedance.objects.values_list("period_start", flat=True))
        day = starts[len(starts) // 2]
        rows = api.rows(ADDRESS, period_start__gte=day, period_start__lte=day, page_size=500)
        assert {row["period_start"] for row in rows} == {day.isoformat()}
        assert len(rows) == starts.count(day)

    def test_a_pollutant_or_rule_that_there_is_not_is_named(self, api):
        assert api.wrong(ADDRESS, pollutant="kryptonite", rule="igp") == ["pollutant", "rule"]


class TestWhatIsNoFinding:
    def test_comparisons_that_cannot_be_made_are_listed_apart(self, api):
        rows = api.rows("/api/indeterminate", include="samples")
        assert {row["id"] for row in rows} == {"ind-0", "ind-1"}
        assert all(row["samples"] for row in rows)
        assert not ids(rows) & ids(api.rows(ADDRESS, page_size=500))

    def test_results_that_no_rule_could_use_are_counted(self, api):
        rows = api.rows("/api/unusable-results", page_size=500)
        assert sum(row["results"] for row in rows) == sum(UnusableResults.objects.values_list("results", flat=True)) > 0
        reason = rows[0]["reason"]
        assert {row["reason"] for row in api.rows("/api/unusable-results", reason=reason)} == {reason}


class TestLevels:
    def test_the_level_in_force_in_a_year(self, api):
        level = EraLevel.objects.filter(level="level_2").order_by("pk").select_related("enrollment", "pollutant")[0]
        (row,) = api.rows(
            "/api/era-levels",
            wdid=level.enrollment.wdid,
            app_id=level.enrollment.app_id,
            pollutant=level.pollutant.key,
            reporting_year=level.reporting_year,
        )
        assert (row["level"], row["entered_year"]) == ("level_2", level.entered_year)
        assert date.fromisoformat(row["action_plan_due"]).month == 1

    def test_by_level_exactly_the_rows_that_have_it(self, api):
        for level in ("baseline", "level_1", "level_2"):
            rows = api.walk("/api/era-levels", level=level, page_size=100)
            assert len(rows) == EraLevel.objects.filter(level=level).count()
            assert {row["level"] for row in rows} == {level}

    def test_an_exceeded_year_has_an_exceedance_in_the_list(self, api):
        row = api.rows("/api/era-levels", is_exceeded="true", page_size=1)[0]
        found = api.rows(
            ADDRESS,
            wdid=row["wdid"],
            app_id=row["app_id"],
            pollutant=row["pollutant"],
            reporting_year=row["reporting_year"],
            family="igp",
        )
        assert found
        assert SmartsSample.objects.filter(pk__in=found[0]["sample_ids"]).count() == found[0]["results"]
