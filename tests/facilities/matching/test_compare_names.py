import pytest

from facilities.matching.compare_names import (
    best_name_match,
    compare_initials,
    compare_name_differences,
    compare_name_with_place,
    compare_name_words,
    compare_numbers,
    compare_operators,
    operator_agreement,
)
from facilities.matching.rarity import WordRarity, count_words
from facilities.matching.word_matching import match_words, unexplained
from tests.facilities.matching.invented import ALL_RARE, filing, plant


def value_of(compared):
    """The value alone, for a comparison that must have one."""
    assert compared[0] is not None
    return compared[0]


NAME_ONLY = {"agency": None, "address": None, "city": None, "county": None, "latitude": None}


def names(mine, theirs, rarity=ALL_RARE, **fields):
    facility, entry = plant(name=mine, **fields), filing(name=theirs)
    match = best_name_match(facility, entry, rarity)
    return facility, entry, match


def test_two_rare_words_are_full_agreement():
    _, _, match = names("Fennel Marlinspike WWTP", "Fennel Marlinspike Plant")
    value, sentence = compare_name_words(match, ALL_RARE)
    assert value == 1.0
    assert "two rare words" in sentence


def test_rare_words_weigh_more_than_common_ones():
    common = WordRarity(records=100_000)
    common.counts.update({"fennel": 30_000})
    _, _, match = names("Fennel WWTP", "Fennel Plant")
    rare_value = value_of(compare_name_words(match, ALL_RARE))
    _, _, match = names("Fennel WWTP", "Fennel Plant", common)
    compared = compare_name_words(match, common)
    assert 0 < value_of(compared) < rare_value
    assert "common word" in compared[1]


def test_the_towns_name_weighs_less_than_a_word_of_the_plants_own():
    _, _, own = names("Fennel WWTP", "Fennel Plant")
    _, _, towns = names("Oak WWTP", "Oak Plant")
    assert value_of(compare_name_words(towns, ALL_RARE)) < value_of(compare_name_words(own, ALL_RARE))


def test_names_without_a_common_word_agree_on_nothing():
    _, _, match = names("Fennel WWTP", "Bolinder Plant")
    assert compare_name_words(match, ALL_RARE)[0] == 0.0


@pytest.mark.parametrize("theirs", ["Wastewater Treatment Plant", None])
def test_a_name_of_class_words_is_missing_not_disagreeing(theirs):
    _, _, match = names("Fennel WWTP", theirs)
    assert compare_name_words(match, ALL_RARE)[0] is None
    assert compare_name_differences(match)[0] is None


def test_words_that_neither_record_knows_count_against():
    _, _, match = names("Fennel Creek WWTP", "Bolinder Plant")
    value, sentence = compare_name_differences(match)
    assert value == -1.0
    assert "fennel" in sentence
    assert "bolinder" in sentence


def test_words_of_one_side_only_weigh_a_quarter_at_most():
    _, _, match = names("Fennel WWTP", "Fennel Marlinspike Bolinder Plant")
    assert compare_name_differences(match)[0] == -0.25


def test_words_that_the_other_record_has_elsewhere_are_no_difference():
    # The street and the town explain them.
    _, _, match = names("Fennel WWTP", "Fennel Mallard Oak Plant")
    assert compare_name_differences(match)[0] == 0.0


def test_initials_explain_the_words_they_stand_for():
    _, _, match = names("FMWD Tarn WWTP", "Fennel Marlinspike Water District Tarn")
    assert compare_name_differences(match)[0] == 0.0
    _, _, match = names("XQZD Tarn WWTP", "Fennel Marlinspike Water District Tarn")
    assert value_of(compare_name_differences(match)) < 0


def test_a_cut_word_matches_the_word_it_begins():
    _, _, match = names("Tarnhelm WRP", "Marlinspike Water District Tar")
    assert match.words.matched == (("tarnhelm", 0.7),)
    assert match_words(("tarnhelm",), ("tar",)).matched == ()


def test_the_better_of_two_esmr_names_counts():
    facility = plant(name="Old Mill STP", crosswalk_name="Fennel WWTP")
    match = best_name_match(facility, filing(name="Fennel Plant"), ALL_RARE)
    assert match.name.words == ("fennel",)


def test_the_name_is_looked_for_in_operator_and_city_where_nothing_else_is_known():
    facility, entry, match = names("Oak WWTP", "Wastewater Treatment Plant", **NAME_ONLY)
    compared = compare_name_with_place(facility, match, entry, ALL_RARE)
    assert value_of(compared) > 0.5
    assert "oak" in compared[1]
    facility, entry, match = names("Fennel WWTP", "Wastewater Treatment Plant", **NAME_ONLY)
    assert compare_name_with_place(facility, match, entry, ALL_RARE)[0] == 0.0
    facility, entry, match = names("Fennel WWTP", "Fennel WWTP", **NAME_ONLY)
    assert compare_name_with_place(facility, match, entry, ALL_RARE)[0] is None
    facility, entry, match = names("Oak WWTP", "Wastewater Treatment Plant")
    assert compare_name_with_place(facility, match, entry, ALL_RARE)[0] is None


@pytest.mark.parametrize("word, value", [("FMD", 0.4), ("FMPD", 0.75), ("FMPUD", 1.0), ("QQQQ", None), ("FM", None)])
def test_initials(word, value):
    operator = {"FMD": "Fennel Marlin District", "FMPD": "Fennel Marlin Park District"}.get(
        word, "Fennel Marlin Public Utility District"
    )
    compared = compare_initials(plant(name=f"{word} WWTP", agency=None), filing(operator=operator, name="Plant"))
    assert compared[0] == value


def test_initials_are_looked_for_from_both_sides():
    facility = plant(name="Fennel Marlin Public Utility District Plant", agency=None)
    assert compare_initials(facility, filing(name="FMPUD Plant"))[0] == 1.0


def test_operator_and_agency_agree_in_any_order_of_words():
    assert compare_operators(plant(), filing(), ALL_RARE)[0] == 1.0


def test_operators_with_nothing_in_common_disagree():
    value, sentence = compare_operators(plant(), filing(operator="Bolinder Metals Inc", name=None), ALL_RARE)
    assert value == -1.0
    assert "differ" in sentence


def test_a_city_and_a_district_of_one_name_agree_by_half():
    assert compare_operators(plant(), filing(operator="Oak Sanitary District", name=None), ALL_RARE)[0] == 0.5


def test_an_operator_that_differs_is_not_said_to_be_named_by_a_name_that_differs_too():
    value, sentence = compare_operators(plant(), filing(operator="Bolinder Metals Inc", name="Quarry Two"), ALL_RARE)
    assert value is not None
    assert value < 0
    assert sentence.startswith("agency and operator differ")


def test_an_agency_can_be_named_in_the_enrollments_name():
    compared = compare_operators(plant(), filing(operator="Bolinder Inc", name="Oak City Plant"), ALL_RARE)
    assert compared[0] == 0.8


@pytest.mark.parametrize("mine, theirs", [(None, "Oak City"), ("Oak City", None), (None, None)])
def test_an_unknown_operator_is_missing(mine, theirs):
    assert compare_operators(plant(agency=mine), filing(operator=theirs), ALL_RARE)[0] is None


def test_organizations_of_class_words_only_neither_agree_nor_disagree():
    one, other = filing(operator="Water District").operator, filing(operator="Oak City").operator
    assert one is not None
    assert other is not None
    assert operator_agreement(one, other, ALL_RARE) == 0.0


def test_an_operator_can_be_the_agencys_initials():
    agency = plant(agency="Fennel Marlin Public Utility District")
    compared = compare_operators(agency, filing(operator="FMPUD", name=None), ALL_RARE)
    assert value_of(compared) > 0
    assert "short for" in compared[1]


@pytest.mark.parametrize(
    "mine, theirs, value",
    [
        ("Plant No. 2", "Plant 2", 1.0),
        ("Plant No. 2", "Plant 3", -1.0),
        ("Plant No. 2", "Fennel Plant", -0.5),
        ("Fennel Plant", "Fennel Unit II", -0.5),
        ("Fennel Plant", "Fennel Plant", None),
        ("Fennel Plant", None, None),
    ],
)
def test_plant_numbers(mine, theirs, value):
    _, entry, match = names(mine, theirs)
    assert compare_numbers(match, entry)[0] == value


def test_each_word_counts_once():
    matched = match_words(("fennel", "fennel"), ("fennel",))
    assert (matched.matched, matched.left, matched.left_other) == ((("fennel", 1.0),), ("fennel",), ())


def test_what_is_unexplained():
    assert unexplained(("fennel",), {"fennel"}, ()) == ()
    assert unexplained(("fennel",), {"fennle"}, ()) == ()
    assert unexplained(("fmpud",), (), {"fmpud"}) == ()
    assert unexplained(("fennel",), (), (), short={"fmd"}) == ()
    assert unexplained(("fennel",), {"marlin"}, {"abc"}, short={"xyz"}) == ("fennel",)


def test_rarity_moves_in_steps_and_forgets_removed_records():
    entries = [filing(serial, name="Fennel Plant", operator=None) for serial in range(1, 10)]
    rarity = count_words(entries)
    assert rarity.bits("fennel") == rarity.bits("") - 3
    assert rarity.weight("") == 1.0
    assert rarity.is_rare("fennel")
    assert rarity.how_common("fennel") == 16
    for entry in entries:
        rarity.remove(entry)
    assert rarity.steps() == {}
    rarity.counts.update({"fennel": 600, "marlin": 63})
    assert rarity.is_common("fennel")
    assert not rarity.is_rare("fennel")
    assert rarity.is_rare("marlin")
    assert not rarity.is_common("marlin")
