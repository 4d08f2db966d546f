"""What becomes of findings when samples, enrollments, time, limits or staff change something."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from facilities.models import ConstructionDetail
from monitoring.models import SmartsReport, SmartsSample
from stormwater.api.families import Family
from stormwater.api.selectors import get_data_versions
from stormwater.errors import UserError
from sync.linking import link_orphans
from tests.violations.stored_world import CONSTRUCTION, INDUSTRIAL, StoredWorld, assert_equal_to_the_rules
from violations.computation.stormwater_readings import reporting_year_of
from violations.deciding import dismiss_exceedance, undo_dismissal
from violations.models import Benchmark, Computation, EraLevel, Exceedance, FindingChange, Indeterminate, PermitLimit
from violations.refreshing.refresh import refresh_violations
from violations.rules.reporting_year import reporting_year
from violations.selectors.findings import HalfYear, list_silent_enrollments
from violations.services import compute_exceedances, import_permit_limits

pytestmark = pytest.mark.django_db

TODAY = date(2024, 5, 1)
ZINC = "Zinc, Total"
TSS = "Total Suspended Solids (TSS)"
WDID = "4 19I000001"


@pytest.fixture
def world():
    return StoredWorld()


@pytest.fixture
def run(world):
    return world.publish(INDUSTRIAL)


@pytest.fixture
def enrollment(world):
    return world.enrollment(WDID)


def standing():
    return list(Exceedance.objects.filter(went_at=None).order_by("rule", "period_start"))


def violations_version():
    return get_data_versions([Family.VIOLATIONS]).label


def kinds():
    return list(FindingChange.objects.order_by("pk").values_list("kind", flat=True))


class TestSamplesThatChange:
    def test_a_late_result_of_a_closed_year_takes_the_finding_away_and_its_withdrawal_brings_it_back(
        self, world, run, enrollment
    ):
        world.stormwater(run, enrollment, ZINC, "0.5", day=date(2019, 12, 1))
        compute_exceedances(as_of=TODAY)
        (found,) = standing()
        second = world.publish(INDUSTRIAL)
        late = world.stormwater(second, enrollment, ZINC, None, qualifier="ND", day=date(2020, 1, 1))
        compute_exceedances(as_of=TODAY)  # (0.5 + 0) / 2 = 0.25
        assert standing() == []
        third = world.publish(INDUSTRIAL)
        SmartsSample.objects.filter(pk=late.pk).update(removed_by=third)
        compute_exceedances(as_of=TODAY)
        assert [finding.public_id for finding in standing()] == [found.public_id]
        changes = FindingChange.objects.order_by("pk")
        assert [(change.kind, change.run_id) for change in changes] == [
            ("appeared", None), ("went", second.pk), ("appeared", third.pk),
        ]  # fmt: skip

    def test_a_correction_changes_the_finding_and_the_log_has_both_values(self, world, run, enrollment):
        wrong = world.stormwater(run, enrollment, ZINC, "0.5", day=date(2019, 12, 1))
        compute_exceedances(as_of=TODAY)
        second = world.publish(INDUSTRIAL)
        SmartsSample.objects.filter(pk=wrong.pk).update(removed_by=second)
        right = world.stormwater(second, enrollment, ZINC, "0.6", day=date(2019, 12, 1))
        compute_exceedances(as_of=TODAY)
        change = FindingChange.objects.get(kind="changed")
        assert change.old_values is not None
        assert change.new_values is not None
        assert (change.old_values["value"], change.new_values["value"]) == (0.5, 0.6)
        assert (change.old_values["sample_ids"], change.new_values["sample_ids"]) == ([wrong.pk], [right.pk])
        assert change.run_id == second.pk

    def test_a_second_computation_writes_nothing(self, world, run, enrollment):
        world.stormwater(run, enrollment, ZINC, "0.5", day=date(2019, 12, 1))
        compute_exceedances(as_of=TODAY)
        before = list(Exceedance.objects.values()), Computation.objects.count()
        assert compute_exceedances(as_of=TODAY).computation is None
        assert compute_exceedances(as_of=TODAY, is_full=True).computation is None
        assert (list(Exceedance.objects.values()), Computation.objects.count()) == before

    def test_no_run_is_missed_by_asking_for_later_ones(self, world, run, enrollment):
        compute_exceedances(as_of=TODAY)
        missed = world.publish(INDUSTRIAL)
        world.stormwater(missed, enrollment, ZINC, "0.5", day=date(2019, 12, 1))
        later = world.publish(INDUSTRIAL)
        assert compute_exceedances(as_of=TODAY, since=later.pk).runs == [missed.pk, later.pk]
        assert len(standing()) == 1

    def test_an_orphan_that_finds_its_enrollment_is_judged(self, world, run):
        sample = world.stormwater(run, None, ZINC, "0.5", day=date(2019, 12, 1))
        SmartsReport.objects.filter(pk=sample.report_id).update(wdid=WDID, app_id="77")
        compute_exceedances(as_of=TODAY)
        assert standing() == []
        enrollment = world.enrollment(WDID)
        type(enrollment).objects.filter(pk=enrollment.pk).update(app_id="77")
        facilities = world.publish("smarts_industrial_facilities")
        link_orphans(facilities)
        compute_exceedances(as_of=TODAY)
        assert [finding.enrollment_id for finding in standing()] == [enrollment.pk]
        assert FindingChange.objects.get().run_id == facilities.pk

    def test_a_site_whose_risk_level_changes_is_judged_again(self, world):
        run = world.publish(CONSTRUCTION)
        site = world.enrollment("4 19C000001", "construction", "Level 1")
        world.stormwater(run, site, "Turbidity", "300", unit="NTU", day=date(2022, 12, 1))
        compute_exceedances(as_of=TODAY)
        assert standing() == []
        facilities = world.publish("smarts_construction_facilities")
        ConstructionDetail.objects.filter(pk=site.pk).update(combined_risk="Level 3")
        type(site).objects.filter(pk=site.pk).update(run=facilities)
        compute_exceedances(as_of=TODAY)
        assert [finding.rule for finding in standing()] == ["cgp_turbidity_nal"]

    @pytest.mark.parametrize("risk, confidence", [
        ("Level 2", "computed"), ("LUP Type 3", "computed"), ("Unknown", "computed, risk level unknown"),
        (None, "computed, risk level unknown"),
    ])  # fmt: skip
    def test_a_site_of_no_known_risk_level_is_judged_and_the_finding_says_so(self, world, risk, confidence):
        run = world.publish(CONSTRUCTION)
        site = world.enrollment("4 19C000001", "construction", risk)
        world.stormwater(run, site, "Turbidity", "300", unit="NTU", day=date(2022, 12, 1))
        compute_exceedances(as_of=TODAY)
        assert [finding.confidence for finding in standing()] == [confidence]
        assert_equal_to_the_rules(TODAY)


class TestTwoNamesOfOnePollutant:
    def test_in_one_sample_count_once(self, world, run, enrollment):
        names = {"Phosphorus, Total (as P)": "3", "Phosphorus, Total (as PO4)": "9.2"}  # 9.2 x 0.3261 = 3.0
        for name, result in names.items():
            world.stormwater(run, enrollment, name, result, day=date(2022, 12, 1))
        world.stormwater(run, enrollment, "Phosphorus, Total (as P)", "0.5", day=date(2023, 1, 1), code="2")
        compute_exceedances(as_of=TODAY)
        assert standing() == []  # (3 + 0.5) / 2 = 1.75, not above 2.0
        world.stormwater(run, enrollment, "Phosphorus, Total (as PO4)", "9.2", day=date(2023, 2, 1), code="3")
        compute_exceedances(as_of=TODAY, is_full=True)
        (found,) = standing()
        assert (found.results, float(found.value)) == (3, 2.166706667)  # (3 + 0.5 + 3.00012) / 3
        assert_equal_to_the_rules(TODAY)


class TestLowerBounds:
    """pH above 5 may well be 7."""

    def test_are_no_exceedance_of_a_lower_action_level(self, world, run, enrollment):
        for qualifier in (">", ">=", ">", "="):
            world.stormwater(run, enrollment, "pH", "5", qualifier=qualifier, unit="SU", day=date(2022, 12, 1))
        construction = world.publish(CONSTRUCTION)
        site = world.enrollment("4 19C000001", "construction", "Level 2")
        for qualifier, result in ((">", "5"), ("=", "6")):
            world.stormwater(construction, site, "pH", result, qualifier=qualifier, unit="SU", day=date(2022, 12, 1))
        compute_exceedances(as_of=TODAY)
        assert standing() == []
        assert set(EraLevel.objects.values_list("level", flat=True)) == {"baseline"}
        assert_equal_to_the_rules(TODAY)

    def test_are_exceedances_of_an_upper_one(self, world, run, enrollment):
        for qualifier in (">", ">="):
            world.stormwater(run, enrollment, "pH", "9.5", qualifier=qualifier, unit="SU", day=date(2022, 12, 1))
        compute_exceedances(as_of=TODAY)
        assert [(finding.rule, finding.results_over, finding.is_lower_bound) for finding in standing()] == [
            ("igp_instantaneous_nal", 2, True)
        ]
        assert_equal_to_the_rules(TODAY)

    def test_of_a_plant_below_its_lower_limit_are_indeterminate(self, world):
        plant, run = world.plant(501), world.publish("esmr:2023")
        for day, qualifier in enumerate((">", "=", ">="), 1):
            world.effluent(run, plant, "pH", "5", qualifier=qualifier, unit="SU", day=date(2023, 3, day))
        world.effluent(run, plant, "pH", "7", qualifier=">", unit="SU", day=date(2023, 3, 4))
        compute_exceedances(as_of=TODAY)
        assert [finding.period_start.day for finding in standing()] == [2]
        found = Indeterminate.objects.order_by("period_start").values_list("period_start__day", "value")
        assert [(day, float(value)) for day, value in found] == [(1, 5), (3, 5)]
        assert_equal_to_the_rules(TODAY)
        output = StringIO()
        call_command("explain", "esmr:501", stdout=output)
        assert "reported as above 5 SU, a number below the limit" in output.getvalue()


class TestTime:
    def test_closes_years_and_begins_levels_on_july_1(self, world, run, enrollment):
        world.stormwater(run, enrollment, ZINC, "0.5", day=date(2023, 12, 1))
        compute_exceedances(as_of=date(2024, 6, 30))
        assert [finding.is_provisional for finding in standing()] == [True]
        assert list(EraLevel.objects.values_list("reporting_year", "level")) == [(2023, "baseline")]
        result = compute_exceedances(as_of=date(2024, 7, 1))
        assert (result.is_full, result.changes.changed) == (False, 1)
        assert [finding.is_provisional for finding in standing()] == [False]
        assert list(EraLevel.objects.values_list("reporting_year", "level")) == [(2023, "baseline"), (2024, "level_1")]
        assert_equal_to_the_rules(date(2024, 7, 1))

    def test_closes_the_sampling_year_of_plants_on_january_1(self, world):
        run = world.publish("esmr:2023")
        plant = world.plant(501)
        world.effluent(run, plant, TSS, "31", base="Average Monthly (AMEL)", day=date(2023, 8, 31))
        for day, is_provisional in ((date(2023, 12, 31), True), (date(2024, 1, 1), False)):
            compute_exceedances(as_of=day)
            assert [finding.is_provisional for finding in standing()] == [is_provisional]


def test_a_benchmark_that_is_put_right_has_everything_judged_again(world, run, enrollment):
    world.stormwater(run, enrollment, ZINC, "0.5", day=date(2019, 12, 1))
    compute_exceedances(as_of=TODAY)
    Benchmark.objects.filter(rule="igp_annual_nal", pollutant__key="zinc").update(high="0.6")
    assert compute_exceedances(as_of=TODAY).is_full
    assert standing() == []


def test_a_dismissal_holds_until_the_inputs_change(world, run, enrollment):
    world.stormwater(run, enrollment, ZINC, "0.5", day=date(2019, 12, 1))
    compute_exceedances(as_of=TODAY)
    (found,) = standing()
    Exceedance.objects.update(dismissed_at=timezone.now(), dismissed_inputs_hash=found.inputs_hash)
    assert standing()[0].is_dismissed
    world.stormwater(world.publish(INDUSTRIAL), enrollment, ZINC, "0.7", day=date(2020, 1, 1))
    compute_exceedances(as_of=TODAY)
    assert not standing()[0].is_dismissed


def test_results_typed_in_the_wrong_unit_are_flagged_and_change_nothing(world, run, enrollment):
    for year in range(2016, 2020):
        world.stormwater(run, enrollment, "Copper, Total", "0.01", day=date(year, 12, 1))
    slip = world.stormwater(run, enrollment, "Copper, Total", "12", day=date(2019, 12, 2))
    compute_exceedances(as_of=TODAY)
    (found,) = standing()
    assert (found.suspect_unit_ids, float(found.value)) == ([slip.pk], 6.005)


class TestPermitLimits:
    HEADER = (
        "facility_place_id,npdes_number,location,parameter,statistical_base,limit,limit_low,unit,valid_from,median,"
        "source\n"
    )
    GOOD = "501,,EFF-001,Total Suspended Solids (TSS),Average Monthly (AMEL),20,,mg/L,2020-01-01,,Order R4 section IV\n"

    def load(self, *rows):
        return import_permit_limits(stream=StringIO(self.HEADER + "".join(rows)))

    def test_are_imported_once(self, world):
        world.plant(501)
        first, second = self.load(self.GOOD), self.load(self.GOOD)
        assert (first.inserted, first.unresolved, first.bad) == (1, 0, [])
        assert (second.inserted, second.updated, second.unchanged) == (0, 0, 1)
        changed = self.load(self.GOOD.replace(",20,", ",25,"))
        assert (changed.inserted, changed.updated) == (0, 1)

    def test_make_answers_stale_when_they_change_and_only_then(self, world):
        world.plant(501)
        versions = [violations_version()]
        for rows in (self.GOOD, self.GOOD.replace(",20,", ",25,"), self.GOOD.replace(",20,", ",25,")):
            self.load(rows)
            versions.append(violations_version())
        assert len(set(versions)) == 3
        assert versions[2] == versions[3]

    def test_with_another_source_are_shown_with_it_by_the_api_and_the_unified_list(self, world, client):
        def shown():
            refresh_violations()
            answers = [client.get(f"/api/{name}").json()["results"] for name in ("exceedances", "violations")]
            return answers[0][0]["limit_source"], answers[1][0]["permit"]

        plant, run = world.plant(501), world.publish("esmr:2023")
        self.load(self.GOOD)
        world.effluent(run, plant, TSS, "28", base="Average Monthly (AMEL)", day=date(2023, 1, 28))
        compute_exceedances(as_of=TODAY)
        assert shown() == ("Order R4 section IV", "Order R4 section IV")
        self.load(self.GOOD.replace("section IV", "section V"))
        assert shown() == ("Order R4 section V", "Order R4 section V")

    @pytest.mark.parametrize(
        "row, reason",
        [
            (",,EFF-001,TSS,Average Monthly,20,,mg/L,,,\n", "names no plant"),
            ("501,,,Unobtainium,Average Monthly,20,,mg/L,,,\n", "No pollutant"),
            ("501,,,tss,Fortnightly,20,,mg/L,,,\n", "No statistic"),
            ("501,,,tss,Average Monthly,,,mg/L,,,\n", "no limit"),
            ("501,,,tss,Average Monthly,NaN1,,mg/L,,,\n", "no number"),
            ("501,,,tss,Average Monthly,Infinity,,mg/L,,,\n", "no number"),
            ("501,,,tss,Average Monthly,20,,mg/kg,,,\n", "unit"),
            ("501,,,tss,Average Monthly,20,,mg/L,31.12.2020,,\n", "YYYY-MM-DD"),
            ("501,,,tss,Average Monthly,20,,mg/L,,maybe,\n", "neither Y nor N"),
            (",12,,tss,Average Monthly,20,,mg/L,,,\n", "npdes_number"),
            ("501,,,tss\n", "as many cells"),
        ],
    )
    def test_are_refused_with_their_line_and_the_others_loaded(self, world, row, reason):
        result = self.load(self.GOOD, row)
        assert (result.inserted, [bad.line for bad in result.bad]) == (1, [3])
        assert reason in result.bad[0].reason

    def test_of_an_unknown_plant_wait_for_it(self, world):
        assert self.load(self.GOOD).unresolved == 1
        world.plant(501)
        world.publish("esmr:2023")
        compute_exceedances(as_of=TODAY)
        assert PermitLimit.objects.get().esmr_facility.place_id == 501

    def test_need_their_columns(self, world):
        with pytest.raises(UserError, match="column"):
            import_permit_limits(stream=StringIO("plant,limit\n1,2\n"))

    def test_are_compared_with_their_statistic_and_unit_and_classified(self, world):
        plant, run = world.plant(501), world.publish("esmr:2023")
        self.load(self.GOOD)
        for month, result in ((1, "28"), (2, "27.9"), (3, "21"), (4, "21"), (11, "21")):
            world.effluent(run, plant, TSS, result, base="Average Monthly (AMEL)", day=date(2023, month, 28))
        world.effluent(run, plant, TSS, "900", base="Average Monthly (AMEL)", unit="lb/day", day=date(2023, 1, 28))
        world.effluent(run, plant, TSS, "900", day=date(2023, 1, 28))  # a laboratory's result
        compute_exceedances(as_of=TODAY)
        found = [finding for finding in standing() if finding.rule == "permit_limit"]
        assert [(float(finding.value), finding.is_serious, finding.is_chronic) for finding in found] == [
            (28, True, True), (27.9, False, True), (21, False, True), (21, False, True), (21, False, False),
        ]  # fmt: skip  # 20 x 1.4 = 28; four from January to April

    DAILY = "501,,EFF-001,Total Suspended Solids (TSS),Maximum Daily (MDEL),20,,mg/L,2020-01-01,,\n"

    def test_are_chronically_exceeded_by_four_days_and_not_by_four_results_of_one(self, world):
        plant, run = world.plant(501), world.publish("esmr:2023")
        self.load(self.DAILY)
        for result in ("21", "22", "23"):
            world.effluent(run, plant, TSS, result, day=date(2023, 1, 10))
        world.effluent(run, plant, TSS, "23", base="Daily Maximum", day=date(2023, 1, 10))
        compute_exceedances(as_of=TODAY)
        assert [finding.is_chronic for finding in standing()] == [False] * 4
        run = world.publish("esmr:2023")
        for day in (date(2023, 2, 1), date(2023, 3, 1), date(2023, 7, 9)):  # the last is the 180th after
            world.effluent(run, plant, TSS, "21", day=day)
        compute_exceedances(as_of=TODAY)
        assert [finding.is_chronic for finding in standing()] == [True] * 7

    def test_are_not_chronically_exceeded_by_what_staff_dismissed(self, world):
        plant, run = world.plant(501), world.publish("esmr:2023")
        self.load(self.DAILY)
        for day in (date(2023, 1, 10), date(2023, 2, 1), date(2023, 3, 1), date(2023, 4, 1)):
            world.effluent(run, plant, TSS, "21", day=day)
        compute_exceedances(as_of=TODAY)
        assert [finding.is_chronic for finding in standing()] == [True] * 4
        officer = get_user_model().objects.create_user("officer")
        first = standing()[0]
        decision = dismiss_exceedance(
            exceedance_id=first.pk, reason="typed wrongly", reviewer=officer, expected_inputs=str(first.inputs_hash)
        )
        assert [finding.is_chronic for finding in standing()] == [False] * 4
        compute_exceedances(as_of=TODAY, is_full=True)
        assert [finding.is_chronic for finding in standing()] == [False] * 4
        undo_dismissal(decision_id=decision.pk, reviewer=officer)
        assert [finding.is_chronic for finding in standing()] == [True] * 4

    def test_of_a_minimum_are_what_must_be_reached_in_whichever_column_they_stand(self, world):
        plant, run = world.plant(501), world.publish("esmr:2023")
        row = "501,,EFF-001,pH,Instantaneous Minimum (IMIN),{},{},SU,2020-01-01,,\n"
        assert self.load(row.format("6.5", "")).inserted == 1
        again = self.load(row.format("", "6.5"))
        assert (again.unchanged, again.bad) == (1, [])
        for day, result in enumerate(("6.4", "6.5", "7.2"), 1):
            world.effluent(run, plant, "pH", result, unit="SU", day=date(2023, 3, day))
        compute_exceedances(as_of=TODAY)
        (found,) = standing()
        assert (found.rule, float(found.value), found.limit_low, found.limit_high) == ("permit_limit", 6.4, 6.5, None)

    def test_of_a_median_are_not_missed_by_results_below_detection(self, world):
        plant, run = world.plant(501), world.publish("esmr:2023")
        self.load(self.GOOD.replace(",20,,mg/L,2020-01-01,,", ",,10,mg/L,2020-01-01,Y,"))
        for month, results in (
            (3, [("<", "50"), ("ND", None), ("=", "90")]),
            (4, [("=", "9"), ("ND", None), ("=", "9")]),
        ):
            for day, (qualifier, result) in enumerate(results, 1):
                world.effluent(run, plant, TSS, result, qualifier=qualifier, day=date(2023, month, day))
        compute_exceedances(as_of=TODAY)
        # March: ND, <50, 90: what lies below 50 may be above 10. April: ND, 9, 9: 9 is below 10.
        assert [(found.period_start.month, float(found.value)) for found in standing()] == [(4, 9)]

    def test_that_ask_for_it_are_compared_with_the_median(self, world):
        plant, run = world.plant(501), world.publish("esmr:2023")
        self.load(self.GOOD.replace(",20,,mg/L,2020-01-01,,", ",20,,mg/L,2020-01-01,Y,"))
        for day, (qualifier, result) in enumerate([("ND", None), ("=", "22"), ("=", "24"), ("=", "26")], 1):
            world.effluent(run, plant, TSS, result, qualifier=qualifier, day=date(2023, 3, day))
        for day, (qualifier, result) in enumerate([("ND", None), ("DNQ", "3"), ("=", "90"), ("=", "91")], 1):
            world.effluent(run, plant, TSS, result, qualifier=qualifier, day=date(2023, 4, day))
        compute_exceedances(as_of=TODAY)
        # March: ND, 22, 24, 26: (22 + 24) / 2 = 23. April: ND, DNQ, 90, 91: DNQ, which is no value.
        assert [(float(found.value), found.results, found.censored) for found in standing()] == [(23, 4, 1)]


class TestMissingResults:
    def test_are_of_active_industrial_enrollments_alone(self, world, run):
        silent = world.enrollment("4 19I000001", status="Active")
        world.enrollment("4 19NEC000002", status="Active")
        world.enrollment("4 19I000003", status="Terminated")
        world.enrollment("4 19I000004", status="Active", noi_processed_date=date(2024, 1, 1))
        sampling = world.enrollment("4 19I000005", status="Active")
        world.stormwater(run, sampling, ZINC, "0.1", day=date(2023, 12, 31))
        half = HalfYear.before(TODAY)
        assert str(half) == "2023-07-01 to 2023-12-31"
        assert [found.wdid for found in list_silent_enrollments(half)] == [silent.wdid]
        spring = list_silent_enrollments(HalfYear.named("2023-2"))
        assert [found.wdid for found in spring] == ["4 19I000001", "4 19I000004", "4 19I000005"]
        assert spring[2].last_sample_date == date(2023, 12, 31)

    @pytest.mark.parametrize("name", ["2023", "2023-3", "x-1", "20231-1", ""])
    def test_of_no_half_year_are_an_error(self, name):
        with pytest.raises(UserError, match="half-year"):
            HalfYear.named(name)

    def test_are_not_called_non_compliance(self, world, run, capsys):
        world.enrollment("4 19I000001", status="Active")
        call_command("list_missing_results", half="2023-1")
        assert "1 active industrial enrollments without a result" in capsys.readouterr().out


def test_the_database_counts_reporting_years_as_the_calendar_has_them():
    """On both sides of every July 1 and every end of February, before and after the days that are counted, too."""
    edges = [date(year, month, 1) for year in range(1900, 2102) for month in (3, 7)]
    days = [edge + timedelta(days=offset) for edge in edges for offset in (-2, -1, 0, 1)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT d, {reporting_year_of('d')} FROM unnest(%s::date[]) AS d", [days])
        assert dict(cursor.fetchall()) == {day: reporting_year(day) for day in days}
