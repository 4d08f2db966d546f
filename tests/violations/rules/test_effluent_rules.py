"""Worked examples of plants' effluent, computed by hand."""

from datetime import date
from decimal import Decimal

import pytest

from tests.violations.rules.examples import AFTER_ALL, VOCABULARY, judged, reading
from violations.rules.effluent import PlantReading, current_readings, statistic_of
from violations.rules.findings import Bounds
from violations.rules.permit_limits import Certainty, chronic_of, is_compared, is_serious, median_of
from violations.rules.readings import judge
from violations.rules.secondary_treatment import judge_row, period_of, rule_of

BOD = "Biochemical Oxygen Demand (BOD) (5-day @ 20 Deg. C)"
MONTHLY = Bounds(high=Decimal(30))
STATISTICS = {"average monthly (amel)": "monthly_average", "average weekly (awel)": "weekly_average"}


def row(result="31", qualifier="=", unit="mg/L", *, day=date(2024, 1, 31), **more):
    values = {"location": "EFF", "location_type": "Effluent Monitoring", "calculated_method": "Average Monthly (AMEL)"}
    return PlantReading(reading(BOD, result, qualifier, unit, day=day, id=more.pop("id", 1)), **values | more)


def verdicts(one, rule="secondary_treatment_monthly", statistic="monthly_average", bounds=MONTHLY, today=AFTER_ALL):
    judged_row = judge(one.reading, VOCABULARY)
    assert judged_row is not None
    return judge_row(one, judged_row, rule=rule, statistic=statistic, bounds=bounds, today=today)


class TestSecondaryTreatment:
    def test_takes_calculated_averages_for_averages_and_measurements_for_ph(self):
        assert rule_of("bod5", "monthly_average") == "secondary_treatment_monthly"
        assert rule_of("tss", "weekly_average") == "secondary_treatment_weekly"
        assert rule_of("bod5", "analytical") is None
        assert rule_of("ph", "analytical") == "secondary_treatment_ph"
        assert rule_of("ph", "monthly_average") is None
        assert rule_of("bod5", None) is None

    def test_knows_a_statistic_by_its_exact_name(self):
        assert statistic_of(None, STATISTICS) == "analytical"
        assert statistic_of("AVERAGE Monthly  (AMEL)", STATISTICS) == "monthly_average"
        assert statistic_of("Average Monthly", STATISTICS) is None

    def test_equality_is_no_exceedance(self):
        assert verdicts(row("30")).exceedance is None
        assert verdicts(row("30.1")).exceedance.value == Decimal("30.1")

    def test_of_a_month_is_about_the_month_and_of_a_week_about_its_date(self):
        assert period_of("monthly_average", date(2024, 2, 10)) == (date(2024, 2, 1), date(2024, 2, 29))
        assert period_of("weekly_average", date(2024, 2, 10)) == (date(2024, 2, 10), date(2024, 2, 10))

    def test_less_than_is_never_an_exceedance_but_indeterminate_above_the_limit(self):
        assert verdicts(row("50", "<")).exceedance is None
        assert verdicts(row("50", "<")).indeterminate.value == 50
        assert verdicts(row("30", "<")).indeterminate is None
        assert verdicts(row(None, "ND")) == verdicts(row("5", "<"))

    def test_is_provisional_while_the_calendar_year_runs(self):
        assert verdicts(row(), today=date(2024, 12, 31)).exceedance.is_provisional
        assert not verdicts(row(), today=date(2025, 1, 1)).exceedance.is_provisional

    def test_goes_by_july_to_june_in_its_reporting_year(self):
        assert verdicts(row(day=date(2024, 1, 31))).exceedance.reporting_year == 2023

    def test_loads_are_compared_with_nothing(self):
        assert judged(BOD, "300", unit="lb/day").problem == "unit"


class TestCurrentRows:
    def ids(self, *rows):
        return sorted(one.reading.id for one in current_readings(rows))

    def test_are_those_of_the_highest_document(self):
        assert self.ids(row(id=1, document=7), row("35", id=2, document=8), row(id=3, document=None)) == [2]

    def test_differ_by_statistic_location_time_and_unit(self):
        others = [
            row(id=2, calculated_method=None), row(id=3, location="EFF-2"), row(id=4, time="10:00"),
            row(id=5, unit="lb/day"), row(id=6, method=("A", None)),
        ]  # fmt: skip
        assert self.ids(row(id=1, document=9), *others) == [1, 2, 3, 4, 5, 6]

    @pytest.mark.parametrize("kind", ["Influent Monitoring", "Internal Monitoring", "Receiving Water Monitoring", None])
    def test_are_of_effluent_alone(self, kind):
        assert self.ids(row(location_type=kind)) == []

    def test_are_not_rejected_and_a_rejected_one_supersedes_nothing(self):
        assert self.ids(row(id=1, document=7), row(id=2, document=8, qa_codes="J, R")) == [1]

    def test_without_a_date_supersede_nothing(self):
        assert self.ids(row(id=1, document=7, day=None), row(id=2, document=8, day=None)) == [1, 2]


class TestPermitLimits:
    def test_are_compared_with_their_own_statistic(self):
        assert is_compared("monthly_average", "monthly_average")
        assert is_compared("analytical", "daily_maximum")
        assert is_compared("analytical", "instantaneous_maximum")
        assert not is_compared("analytical", "monthly_average")
        assert not is_compared("daily_average", "monthly_average")
        assert not is_compared(None, "monthly_average")

    @pytest.mark.parametrize(
        "value, group, serious",
        [("42", "I", True), ("41.9", "I", False), ("36", "II", True), ("35.9", "II", False), ("99", None, None)],
    )  # 30 x 1.4 = 42; 30 x 1.2 = 36
    def test_are_seriously_exceeded_from_forty_or_twenty_percent_on(self, value, group, serious):
        assert is_serious(Decimal(value), MONTHLY, group) is serious

    def test_are_chronically_exceeded_by_four_within_six_months(self):
        four = self.monthly(date(2024, 1, 31), date(2024, 3, 31), date(2024, 5, 31), date(2024, 7, 29))
        assert chronic_of(four) == [True] * 4
        late = self.monthly(date(2024, 7, 30))  # the 181st day after January 31
        assert chronic_of([*four[:3], *late]) == [False] * 4
        assert chronic_of([*four, *self.monthly(date(2025, 7, 1))]) == [True] * 4 + [False]
        assert chronic_of([]) == []

    def test_are_chronically_exceeded_by_four_exceedances_and_not_by_four_results_of_one(self):
        day = date(2024, 3, 1)
        assert chronic_of([(day, "zinc")] * 4) == [False] * 4
        assert chronic_of([(day, "zinc"), (day, "zinc"), (day, "copper"), (day, "lead")]) == [False] * 4
        assert chronic_of([(day, "zinc"), (day, "zinc"), (day, "copper"), (day, "lead"), (day, "iron")]) == [True] * 5

    def monthly(self, *days):
        return [(day, f"TSS of {day:%B}") for day in days]


class TestTheMedian:
    def of(self, *texts):
        kinds = {"ND": Certainty.NOT_DETECTED, "DNQ": Certainty.NOT_QUANTIFIED}
        return median_of(
            [(kinds[text], Decimal(0)) if text in kinds else (Certainty.QUANTIFIED, Decimal(text)) for text in texts]
        )

    def test_of_an_odd_number_is_the_middle_one(self):
        assert self.of("5", "ND", "9") == 5

    def test_of_an_even_number_is_the_mean_of_two_values(self):
        assert self.of("ND", "4", "6", "9") == 5

    def test_of_an_even_number_is_the_lower_one_if_either_is_no_value(self):
        assert self.of("ND", "DNQ", "6", "9") == 0
        assert self.of("ND", "6") == 0

    def test_of_nothing_is_none(self):
        with pytest.raises(ValueError, match="median"):
            self.of()
