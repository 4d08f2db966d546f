"""Worked examples of the two general permits, computed by hand."""

from datetime import date
from decimal import Decimal

import pytest

from tests.violations.rules.examples import AFTER_ALL, TSS, ZINC, judged, results
from violations.rules import cgp
from violations.rules.era_levels import Deadlines, deadlines_of, levels_in_force
from violations.rules.findings import Bounds
from violations.rules.igp_annual import find_annual
from violations.rules.igp_instantaneous import find_instantaneous
from violations.rules.reporting_year import is_open, reporting_year
from violations.rules.sensitivity import would_exceed
from violations.rules.suspect_units import find_suspects

TSS_NAL, ZINC_NAL = Bounds(high=Decimal(100)), Bounds(high=Decimal("0.26"))
TSS_MAXIMUM, PH_RANGE = Bounds(high=Decimal(400)), Bounds(Decimal("6.0"), Decimal("9.0"))


def annual(parameter, bounds, *values, **more):
    return find_annual(results(parameter, *values, **more), bounds, 2023, AFTER_ALL)


def instantaneous(parameter, bounds, *values, **more):
    return find_instantaneous(results(parameter, *values, **more), bounds, 2023, AFTER_ALL)


class TestTheReportingYear:
    def test_begins_in_july_and_goes_by_its_first_year(self):
        assert reporting_year(date(2024, 6, 30)) == 2023
        assert reporting_year(date(2024, 7, 1)) == 2024

    def test_is_open_to_the_end_of_june(self):
        assert is_open(2023, date(2024, 6, 30))
        assert not is_open(2023, date(2024, 7, 1))


class TestTheAnnualActionLevel:
    def test_is_of_all_outfalls_together(self):
        # Outfall 1: 130 + 110 + 90 + 80 = 410, outfall 2: 200 + 170 + 100 + 120 = 590; 1000 / 8 = 125 > 100
        found = annual(TSS, TSS_NAL, "130", "110", "90", "80", "200", "170", "100", "120")
        assert (found.value, found.results, found.is_provisional) == (125, 8, False)
        assert found.sample_ids == (1, 2, 3, 4, 5, 6, 7, 8)

    def test_exactly_met_is_no_exceedance(self):
        assert annual(TSS, TSS_NAL, "100") is None
        assert annual(TSS, TSS_NAL, "50", "150") is None  # mean 100
        assert annual(TSS, TSS_NAL, "100.1") is not None
        # 0.26 + 0.26 + 0.26 = 0.78 = 3 x 0.26 exactly; in binary floating point it is not
        assert annual(ZINC, ZINC_NAL, "0.26", "0.26", "0.26") is None

    def test_keeps_non_detects_in_the_denominator(self):
        # (0.5 + 0) / 2 = 0.25, not above 0.26; without the denominator it would be 0.5
        assert annual(ZINC, ZINC_NAL, "0.5", ("ND", None)) is None
        # (0.6 + 0) / 2 = 0.3
        found = annual(ZINC, ZINC_NAL, "0.6", ("ND", None))
        assert (found.value, found.results, found.censored, found.sensitivity) == (Decimal("0.3"), 2, 1, "unchanged")

    def test_takes_at_least_at_its_value_and_says_so(self):
        found = annual(TSS, TSS_NAL, (">", "500"), "1")
        assert (found.value, found.is_lower_bound) == (Decimal("250.5"), True)

    def test_of_an_open_year_is_provisional(self):
        assert find_annual(results(TSS, "101"), TSS_NAL, 2023, date(2024, 6, 30)).is_provisional

    def test_says_whether_censored_results_at_their_limit_would_change_the_verdict(self):
        # As zero (0.5 + 0) / 2 = 0.25; at the reporting limit of 0.05: 0.55 / 2 = 0.275 > 0.26
        assert would_exceed([judged(ZINC, "0.5"), judged(ZINC, None, "ND", rl="0.05")], ZINC_NAL)
        # At 0.02: 0.52 / 2 = 0.26, which is none
        assert not would_exceed([judged(ZINC, "0.5"), judged(ZINC, None, "ND", rl="0.02")], ZINC_NAL)
        assert not would_exceed([judged(ZINC, "0.9"), judged(ZINC, None, "ND", rl="0.05")], ZINC_NAL)


class TestTheInstantaneousMaximum:
    def test_takes_two(self):
        assert instantaneous(TSS, TSS_MAXIMUM, "450", "10") is None
        found = instantaneous(TSS, TSS_MAXIMUM, "450", "610", "10")
        assert (found.value, found.results, found.results_over) == (610, 3, 2)

    def test_exactly_met_is_no_exceedance(self):
        assert instantaneous(TSS, TSS_MAXIMUM, "400", "400") is None
        assert instantaneous("pH", PH_RANGE, "6.0", "9.0", "6", "9", unit="SU") is None

    def test_of_ph_is_a_range_whose_two_sides_add_up(self):
        found = instantaneous("pH", PH_RANGE, "5.9", "9.3", "7", unit="SU")
        assert (found.value, found.results_over) == (Decimal("9.3"), 2)  # 0.3 outside against 0.1
        assert instantaneous("pH", PH_RANGE, "5.5", "9.3", unit="SU").value == Decimal("5.5")

    def test_does_not_count_what_is_below_a_limit(self):
        assert instantaneous(TSS, TSS_MAXIMUM, "450", ("<", "900")) is None

    def test_of_an_open_year_is_provisional(self):
        assert find_instantaneous(results(TSS, "401", "402"), TSS_MAXIMUM, 2023, date(2024, 1, 1)).is_provisional


class TestTheEraLevel:
    def levels(self, first, exceeded, today=date(2021, 3, 1)):
        return {found.reporting_year: found.level for found in levels_in_force(first, exceeded, today)}

    def test_goes_up_on_the_july_1_after_an_exceedance(self):
        assert self.levels(2018, [2018]) == {2018: "baseline", 2019: "level_1", 2020: "level_1"}

    def test_goes_to_level_2_only_from_level_1(self):
        assert self.levels(2017, [2017, 2018]) == {
            2017: "baseline", 2018: "level_1", 2019: "level_2", 2020: "level_2",
        }  # fmt: skip
        assert "level_2" not in self.levels(2017, [2017]).values()

    def test_stays_where_it_is_in_clean_years_and_in_years_without_samples(self):
        assert self.levels(2016, [2016, 2019])[2019] == "level_1"
        assert self.levels(2016, [2016, 2019])[2020] == "level_2"

    def test_never_goes_beyond_level_2(self):
        assert self.levels(2016, [2016, 2017, 2018, 2019])[2020] == "level_2"

    def test_of_the_current_year_does_not_know_its_own_exceedance(self):
        assert self.levels(2020, [2020]) == {2020: "baseline"}

    def test_says_what_is_due_when(self):
        first, second = levels_in_force(2018, [2018, 2019], date(2021, 3, 1))[1:]
        assert deadlines_of(first.level, first.entered_year) == Deadlines(date(2019, 10, 1), date(2020, 1, 1))
        assert deadlines_of(second.level, second.entered_year) == Deadlines(
            action_plan=date(2021, 1, 1), technical_report=date(2022, 1, 1)
        )
        assert deadlines_of("baseline", None) == Deadlines()


class TestConstruction:
    TURBIDITY, PH = Bounds(high=Decimal(250)), Bounds(Decimal("6.5"), Decimal("8.5"))

    def of_day(self, parameter, bounds, *values, unit):
        return cgp.find_of_day(results(parameter, *values, unit=unit), bounds, date(2023, 12, 1), AFTER_ALL)

    def test_compares_the_mean_of_a_day(self):
        assert self.of_day("Turbidity", self.TURBIDITY, "400", "100", unit="NTU") is None  # mean 250
        found = self.of_day("Turbidity", self.TURBIDITY, "400", "101", unit="NTU")
        assert (found.value, found.rule, found.reporting_year) == (Decimal("250.5"), "cgp_turbidity_nal", 2023)

    def test_takes_undetected_turbidity_as_zero(self):
        assert self.of_day("Turbidity", self.TURBIDITY, "500", ("ND", None), unit="NTU") is None

    def test_holds_ph_to_its_own_range(self):
        assert self.of_day("pH", self.PH, "6.5", "8.5", unit="SU") is None
        assert self.of_day("pH", self.PH, "6.4", unit="SU").value == Decimal("6.4")
        assert self.of_day("pH", self.PH, "8.6", unit="SU").rule == "cgp_ph_nal"

    @pytest.mark.parametrize("risk", ["Level 1", "1", "Risk Level 1", "LEVEL 1"])
    def test_leaves_risk_level_1_out(self, risk):
        assert not cgp.is_held_to_action_levels(risk)

    @pytest.mark.parametrize("risk", ["Level 2", "Level 3", None, "LUP Type 1", "Level 12"])
    def test_judges_every_other_and_flags_an_unknown_one(self, risk):
        assert cgp.is_held_to_action_levels(risk)
        assert cgp.confidence_of(risk) == ("computed" if risk else "computed, risk level unknown")

    @pytest.mark.parametrize(
        "day, enrolled, order",
        [
            (date(2023, 8, 31), None, "2009-0009-DWQ"),
            (date(2023, 9, 1), None, "2022-0057-DWQ"),
            (date(2024, 1, 1), date(2022, 1, 1), "2009-0009-DWQ"),
            (date(2025, 8, 31), date(2023, 8, 31), "2009-0009-DWQ"),
            (date(2025, 9, 1), date(2022, 1, 1), "2022-0057-DWQ"),
            (date(2024, 1, 1), date(2023, 9, 1), "2022-0057-DWQ"),
        ],
    )
    def test_goes_by_the_order_of_enrollment_and_day(self, day, enrolled, order):
        assert cgp.order_of(day, enrolled) == order


def test_a_metal_a_thousand_times_over_the_median_is_suspect():
    # Median of 0.01, 0.012, 0.009, 12 is 0.011; 12 is 1091 times that
    rows = results("Copper, Total", "0.01", "0.012", "0.009", "12", ("ND", None))
    assert find_suspects(rows) == [4]
    assert find_suspects(results("Copper, Total", "0.01", "0.012", "0.009", "10")) == []  # 1000 x 0.011 = 11
    assert find_suspects([]) == []
