"""How a published result is read: its name, unit and qualifier, and whether it can be used at all."""

from decimal import Decimal

import pytest

from tests.violations.rules.examples import VOCABULARY, ZINC, judged, reading
from violations.rules.names import is_rejected, normalize_name
from violations.rules.readings import counts_as_stormwater, judge, once_per_sample


class TestNames:
    def test_match_whatever_the_case_commas_and_double_spaces(self):
        assert normalize_name("ZINC,  Total") == normalize_name("Zinc, Total") == "zinc total"

    @pytest.mark.parametrize(
        "name",
        [
            "Nitrate, Total (as N) ",
            "Arsenic",
            "Zinc, Dissolved",
            "2,4,5-TP (Silvex)",
            "Carbonaceous BOD",
            "Zinc",
            "tss",
        ],
    )
    def test_are_never_found_by_a_word_in_them(self, name):
        found = judge(reading(name), VOCABULARY)
        assert found is None or found.substance.key == "nitrate_n"

    def test_of_an_ion_are_converted_to_its_element(self):
        # 44 mg/L of NO3 x 0.2259 = 9.9396 mg/L of N
        assert judged("Nitrate, Total (as NO3)", "44").value == Decimal("9.9396")


class TestUnits:
    @pytest.mark.parametrize(
        "unit, value",
        [("mg/L", "250"), ("ug/L", "0.25"), ("\u00b5g/L", "0.25"), ("\u03bcg/L", "0.25"), ("g/L", "250000")],
    )
    def test_are_converted_to_mg_l(self, unit, value):
        assert judged(ZINC, "250", unit=unit).value == Decimal(value)

    @pytest.mark.parametrize("unit", ["mg/kg", "%", "lb/day", "NTU", "mL/L", "ppth", None, "furlongs"])
    def test_that_are_no_concentration_make_a_result_unusable(self, unit):
        assert judged(ZINC, "250", unit=unit).problem == "unit"

    @pytest.mark.parametrize("unit", ["SU", "mg/L", None])
    def test_of_ph_are_always_su(self, unit):
        assert judged("pH", "7.4", unit=unit).value == Decimal("7.4")

    def test_of_turbidity_are_ntu_alone(self):
        assert judged("Turbidity", "90", unit="NTU").value == 90
        assert judged("Turbidity", "90", unit="mg/L").problem == "unit"

    def test_of_a_limit_in_pounds_are_pounds(self):
        assert judge(reading(unit="lb/day"), VOCABULARY, unit="lb/day").problem == ""
        assert judge(reading(unit="mg/L"), VOCABULARY, unit="lb/day").problem == "unit"


class TestCensoring:
    @pytest.mark.parametrize("qualifier", ["ND", "DNQ", "<", "<=", "nd"])
    def test_is_by_the_qualifier(self, qualifier):
        one = judged(ZINC, "0.5", qualifier)
        assert (one.is_censored, one.value) == (True, 0)

    def test_is_by_the_reporting_limit_too(self):
        assert judged(ZINC, "0.5", rl="1").is_censored
        assert not judged(ZINC, "1", rl="1").is_censored

    def test_needs_no_number(self):
        assert judged(ZINC, None, "ND").problem == ""

    def test_does_not_touch_ph(self):
        assert judged("pH", "5", rl="6").value == 5
        assert judged("pH", "5", "<").problem == "censored"

    @pytest.mark.parametrize(
        "qualifier, result, rl, mdl, limit",
        [
            ("<", "3", "5", "1", 3), ("ND", None, "5", "1", 5), ("ND", None, None, "1", 1), ("DNQ", "2", "5", None, 5),
            ("ND", None, None, None, 0),
        ],
    )  # fmt: skip
    def test_knows_how_high_the_result_can_be(self, qualifier, result, rl, mdl, limit):
        assert judged(ZINC, result, qualifier, rl=rl, mdl=mdl).at_limit == limit


class TestProblems:
    def test_a_missing_number_is_no_zero(self):
        assert judged(ZINC, None).problem == "null_result"

    @pytest.mark.parametrize("parameter, result", [("pH", "14.1"), ("pH", "-0.1"), (ZINC, "-9999")])
    def test_a_value_that_cannot_be(self, parameter, result):
        assert judged(parameter, result).problem == "out_of_range"

    def test_no_date_is_never_placed(self):
        assert judged(ZINC, "1", day=None).problem == "bad_date"

    def test_a_qualifier_that_nobody_knows(self):
        assert judged(ZINC, "1", "~").problem == "qualifier"

    def test_no_qualifier_is_an_equal_sign(self):
        assert judged(ZINC, "1", None).value == 1


def test_at_least_is_a_lower_bound():
    assert judged(ZINC, "500", ">").is_lower_bound
    assert judged(ZINC, "500", ">").value == 500


def test_total_and_total_recoverable_of_one_sample_count_once():
    total, recoverable = judged(ZINC, "1", id=1), judged("Zinc, Total Recoverable", "2", id=2)
    other = judged("Zinc, Total Recoverable", "3", id=3, sample=("another",))
    assert [one.reading.id for one in once_per_sample([recoverable, total, other])] == [1, 3]


def test_an_unusable_total_gives_way_to_a_usable_total_recoverable():
    total, recoverable = judged(ZINC, None, id=1), judged("Zinc, Total Recoverable", "2", id=2)
    assert [one.reading.id for one in once_per_sample([total, recoverable])] == [2]


def test_two_results_of_one_form_in_one_sample_both_count():
    assert len(once_per_sample([judged(ZINC, "1", id=1), judged(ZINC, "2", id=2)])) == 2


@pytest.mark.parametrize("event", ["Non-Stormwater Discharge", "NON STORMWATER DISCHARGE", "non-storm water discharge"])
def test_other_discharges_are_no_stormwater(event):
    assert not counts_as_stormwater(event)


@pytest.mark.parametrize("event", ["Qualifying Storm Event", "Other Storm Event", None, ""])
def test_storms_of_either_kind_and_of_none_are(event):
    assert counts_as_stormwater(event)


@pytest.mark.parametrize(
    "codes, rejected", [("R", True), ("J, R", True), ("J;R", True), ("RB", False), ("J, EB", False), (None, False)]
)
def test_a_result_is_rejected_by_the_code_r_alone(codes, rejected):
    assert is_rejected(codes) is rejected
