"""The features of a pair, each by the comparison that documents it."""

from facilities.matching.compare_kinds import compare_industry, compare_kinds
from facilities.matching.compare_names import (
    best_name_match,
    compare_initials,
    compare_name_differences,
    compare_name_with_place,
    compare_name_words,
    compare_numbers,
    compare_operators,
)
from facilities.matching.compare_places import (
    compare_addresses,
    compare_cities,
    compare_counties,
    compare_distance,
    compare_regions,
)
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.rarity import WordRarity

Compared = tuple[float | None, str]

FEATURES = (
    "name_words",
    "name_differences",
    "name_in_place",
    "initials",
    "operator",
    "plant_number",
    "address",
    "distance",
    "city",
    "county",
    "region",
    "site_kind",
    "industry_code",
)


def compare(esmr: PreparedEsmr, enrollment: PreparedEnrollment, rarity: WordRarity) -> tuple[Compared, ...]:
    """Value and sentence of every feature, in the order of `FEATURES`."""
    names = best_name_match(esmr, enrollment, rarity)
    return (
        compare_name_words(names, rarity),
        compare_name_differences(names),
        compare_name_with_place(esmr, names, enrollment, rarity),
        compare_initials(esmr, enrollment),
        compare_operators(esmr, enrollment, rarity),
        compare_numbers(names, enrollment),
        compare_addresses(esmr, enrollment),
        compare_distance(esmr, enrollment),
        compare_cities(esmr, enrollment),
        compare_counties(esmr, enrollment),
        compare_regions(esmr, enrollment),
        compare_kinds(esmr, enrollment),
        compare_industry(esmr, enrollment),
    )
