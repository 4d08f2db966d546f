"""The oracles say what the domain's text says, on cases that a person can check."""

from datetime import date
from io import StringIO

import pytest

from sync.synthetic import cgp_truth, igp_truth
from sync.synthetic.findings import FindingsFile
from sync.synthetic.judging import judge
from sync.synthetic.readings import smarts_reading
from sync.synthetic.storms import NO_STORM, STORM, Outfall, Report, Sample
from sync.synthetic.weeks import FIRST_DAY, LAST_DAY, Life, day_of, happens, times, today_in

TSS, ZINC = "Total Suspended Solids (TSS)", "Zinc, Total"
TODAY = date(2026, 5, 4)


def reading(parameter, result, qualifier="=", unit="mg/L", **limits):
    return smarts_reading(parameter, qualifier, result, unit, None, **limits)


def sample(day, *readings, event=STORM):
    return Sample(Report("", "", event), Outfall(""), "1", day, "", "", list(readings))


@pytest.fixture
def igp():
    def evaluate(*samples, today=TODAY):
        findings = FindingsFile(StringIO(), StringIO())
        igp_truth.evaluate("W", [(one, one.readings) for one in samples], today, findings)
        return findings

    return evaluate


@pytest.fixture
def cgp():
    def evaluate(*samples, risk="Level 2"):
        findings = FindingsFile(StringIO(), StringIO())
        cgp_truth.evaluate("W", risk, [(one, one.readings) for one in samples], TODAY, findings)
        return findings

    return evaluate


class TestTheAnnualMean:
    def test_above_the_action_level_is_an_exceedance_and_equal_to_it_is_none(self, igp):
        assert igp(sample("2019-12-01", reading(ZINC, "0.26"))).totals["igp_annual_nal"] == 0
        assert igp(sample("2019-12-01", reading(ZINC, "0.261"))).totals["igp_annual_nal"] == 1

    def test_takes_non_detects_as_zero_and_in_the_denominator(self, igp):
        detected, not_detected = reading(ZINC, "0.52"), reading(ZINC, None, "ND")
        below = reading(ZINC, "0.9", rl="1.0")
        assert igp(sample("2019-12-01", detected), sample("2019-12-02", not_detected)).totals["igp_annual_nal"] == 0
        assert igp(sample("2019-12-01", detected), sample("2019-12-02", below)).totals["igp_annual_nal"] == 0

    def test_is_of_a_reporting_year_that_begins_in_july(self, igp):
        days = ("2019-06-30", "2019-07-01")
        findings = igp(*(sample(day, reading(ZINC, "0.5")) for day in days))
        assert findings.totals["igp_annual_nal"] == 2

    def test_leaves_out_other_discharges_and_days_before_the_order(self, igp):
        findings = igp(
            sample("2019-12-01", reading(ZINC, "9"), event=NO_STORM), sample("2015-06-30", reading(ZINC, "9"))
        )
        assert not findings.totals
        assert not findings.unusable

    def test_converts_units_and_takes_none_that_it_does_not_know(self, igp):
        assert igp(sample("2019-12-01", reading(ZINC, "300", unit="ug/L"))).totals["igp_annual_nal"] == 1
        assert igp(sample("2019-12-01", reading(ZINC, "300", unit="mg/kg"))).unusable == {("igp", "unit"): 1}
        assert igp(sample("2019-12-01", reading(ZINC, None))).unusable == {("igp", "null_result"): 1}
        assert igp(sample(None, reading(ZINC, "300"))).unusable == {("igp", "bad_date"): 1}


class TestTheInstantaneousMaximum:
    @pytest.mark.parametrize(
        "results, expected", [(["450", "401"], 1), (["450", "400"], 0), (["450"], 0), (["400", "400"], 0)]
    )
    def test_needs_two_results_above_it(self, igp, results, expected):
        findings = igp(*(sample(f"2019-12-0{day}", reading(TSS, result)) for day, result in enumerate(results, 1)))
        assert findings.totals["igp_instantaneous_nal"] == expected

    def test_of_ph_is_a_range_and_ph_has_no_mean(self, igp):
        outside = [
            sample("2019-12-01", reading("pH", "5.9", unit="SU")),
            sample("2019-12-02", reading("pH", "9.1", unit="mg/L")),
        ]
        assert igp(*outside).totals["igp_instantaneous_nal"] == 1
        assert igp(*outside).totals["igp_annual_nal"] == 0
        assert (
            igp(outside[0], sample("2019-12-02", reading("pH", "91", unit="SU"))).totals["igp_instantaneous_nal"] == 0
        )


class TestTheLevel:
    def levels(self, findings):
        rows = [line.split(",") for line in findings.stream.getvalue().splitlines()]
        return {int(row[3]): row[6] for row in rows if row[0] == "era_level"}

    def test_goes_up_the_year_after_an_exceedance_and_by_one(self, igp):
        years = {2018: "0.1", 2019: "0.5", 2020: "0.1", 2021: "0.5", 2022: "0.5"}
        findings = igp(*(sample(f"{year}-12-01", reading(ZINC, result)) for year, result in years.items()))
        assert self.levels(findings) == {
            2020: "level_1", 2021: "level_1", 2022: "level_2", 2023: "level_2", 2024: "level_2", 2025: "level_2",
        }  # fmt: skip
        assert findings.totals["era_baseline"] == 2  # 2018 and 2019

    def test_of_two_exceedances_in_a_row_is_two(self, igp):
        findings = igp(*(sample(f"{year}-12-01", reading(ZINC, "0.5")) for year in (2023, 2024)))
        assert self.levels(findings) == {2024: "level_1", 2025: "level_2"}


class TestConstruction:
    def test_compares_the_mean_of_a_day(self, cgp):
        high, low = reading("Turbidity", "400", unit="NTU"), reading("Turbidity", "100", unit="NTU")
        assert (
            cgp(sample("2022-12-01", high), sample("2022-12-01", low)).totals["cgp_turbidity_nal"] == 0
        )  # exactly 250
        assert cgp(sample("2022-12-01", high), sample("2022-12-02", low)).totals["cgp_turbidity_nal"] == 1

    def test_leaves_out_risk_level_1_and_flags_an_unknown_one(self, cgp):
        high = sample("2022-12-01", reading("pH", "8.6", unit="SU"))
        assert not cgp(high, risk="Level 1").totals
        assert cgp(high, risk=None).stream.getvalue().strip().endswith("risk unknown")


def test_a_name_with_arsenic_in_it_is_not_arsenic():
    assert judge(reading("Nitrate, Total (as N)", "1")).pollutant is None
    assert judge(reading("Zinc, Dissolved", "1")).pollutant is None
    assert judge(reading("ZINC,  Total", "1")).pollutant == "zinc"


class TestTheCalendar:
    def test_stops_on_the_last_day(self):
        assert day_of(0) == FIRST_DAY
        assert today_in(3) == day_of(3)
        assert today_in(500) == LAST_DAY

    def test_gives_a_turn_every_period(self):
        assert [week for week in range(40) if happens(week, 3)] == [3, 16, 29]
        assert (times(2, 3), times(3, 3), times(16, 3), times(500, 0)) == (0, 1, 2, 0)

    def test_lets_records_go_and_come_back(self):
        assert [week for week in range(18) if not Life(turn=2, stay=2).is_there(week)] == [2, 3, 15, 16]
        assert [week for week in range(6) if Life(first=1, end=4).is_there(week)] == [1, 2, 3]
