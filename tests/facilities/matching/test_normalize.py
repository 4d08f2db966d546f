import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.matching.normalize_addresses import parse_address
from facilities.matching.normalize_names import (
    DRINKING_WATER,
    WASTEWATER,
    initials_of,
    letters_of,
    parse_name,
    parse_operator,
)
from facilities.matching.normalize_places import (
    distance_km,
    parse_city,
    parse_county,
    parse_region,
    parse_sic,
    parse_zip,
    usable_point,
)
from facilities.matching.normalize_words import as_class_word, fold, has_likes, likeness, split_words, written_out


@pytest.mark.parametrize(
    "text, words",
    [
        ("Oak Town WWTP", ["oak", "town", "wastewater", "treatment", "plant"]),
        ("Waste Water Plt", ["wastewater", "plant"]),
        ("Oak W R F", ["oak", "water", "reclamation", "facility"]),
        ("Oak Cnty W D", ["oak", "county", "water", "district"]),
        ("Women S Colony", ["womens", "colony"]),
        ("Plant #3", ["plant", "number", "3"]),
        ("Fen & Sons", ["fen", "and", "sons"]),
        ("Cañon O'Dell \u2013 Süd", ["canon", "odell", "sud"]),
        ("8 th Yard", ["8th", "yard"]),
        ("LA City Yard", ["los", "angeles", "city", "yard"]),
    ],
)
def test_words_are_folded_and_written_out(text, words):
    assert written_out(split_words(text)) == words


def test_folding_keeps_letters_and_separates_at_mojibake():
    assert fold("Peña\u2019s") == "penas"
    assert fold("a\u20acb") == "a b"


@pytest.mark.parametrize(
    "one, other, alike",
    [
        ("fennel", "fennel", 1.0),
        ("marlinspike", "marlinspyke", 0.9),
        ("fennel", "fennle", 0.9),
        ("fennel", "fennels", 0.8),
        ("fennel", "tunnel", 0.0),
        ("oaks", "oaka", 0.0),  # too short to be sure
        ("grove", "groveland", 0.0),
        ("fennel", "funnels", 0.0),
        ("12345", "12346", 0.0),
    ],
)
def test_likeness_of_words(one, other, alike):
    assert likeness(one, other) == likeness(other, one) == alike


_WORDS = st.text(alphabet="ab1", min_size=1, max_size=9)


@given(one=_WORDS, other=_WORDS)
def test_a_word_without_likes_is_like_itself_only(one, other):
    if not has_likes(one) and one != other:
        assert likeness(one, other) == likeness(other, one) == 0


def test_misspelled_class_words_are_mended_and_others_kept():
    assert as_class_word("wasterwater") == "wastewater"
    assert as_class_word("marlinspike") == "marlinspike"
    assert as_class_word("sewer") == "sewer"


@pytest.mark.parametrize(
    "text, plants, areas",
    [
        ("Reclamation Plant No. 2", {"2"}, set()),
        ("WWRF #3", {"3"}, set()),
        ("Fennel Unit II", {"2"}, set()),
        ("Fennel CSA-18", set(), {"18"}),
        ("Fennel Sanitary District No. 1", set(), {"1"}),
        ("Fennel WTP 03-012", set(), set()),  # a code counts nothing
        ("20 Mule Canyon WWTP", set(), set()),
        ("Fennel WWTP M02", set(), set()),
        ("Fennel WWTP", set(), set()),
    ],
)
def test_numbers_that_count_plants_and_areas(text, plants, areas):
    name = parse_name(text)
    assert (name.plant_numbers, name.area_numbers) == (plants, areas)


@pytest.mark.parametrize(
    "text, kinds",
    [
        ("Fennel WWTP", {WASTEWATER}),
        ("Fennel Water Reclamation Fac", {WASTEWATER}),
        ("Fennel Waste Water Treatment Plant", {WASTEWATER}),
        ("Fennel Water Treatment Plant", {DRINKING_WATER}),
        ("Fennel WTP", {WASTEWATER}),  # ambiguous: taken as eSMR means it
        ("Fennel Landfill", {"refuse site"}),
        ("Ocean Outfall", {"outfall"}),
        ("Fennel WWTP, Ocean Outfall", {WASTEWATER}),
        ("Fennel", set()),
    ],
)
def test_kinds_of_site(text, kinds):
    assert parse_name(text).kinds == kinds


def test_only_words_of_its_own_are_left_of_a_name():
    assert parse_name("City of Oak Fennel Wastewater Treatment Plant").words == ("oak", "fennel")
    assert parse_name("Water Pollution Control Plant").words == ()
    assert parse_name("Oak Fennel Mobile Home Park").words == ("oak", "fennel")


def test_names_cut_at_thirty_letters_are_completed_or_marked():
    assert parse_name("Oak Fennel City Wastewater Tre").words == ("oak", "fennel")
    assert parse_name("Marlinspike Water District Fen").cut == "fen"
    assert parse_name("Marlinspike Fen").cut is None


@pytest.mark.parametrize("blank", [None, "", "  ", "NA", "Unknown"])
def test_nothing_said_is_no_name_operator_or_address(blank):
    assert parse_name(blank) is None
    assert parse_operator(blank) is None
    assert parse_address(blank) is None


def test_operators_know_their_kind_and_non_filers_have_none():
    assert parse_operator("City of Oak Town").kinds == {"city"}
    assert parse_operator("Fennel CSD").kinds == {"district"}
    assert parse_operator("Bolinder Metals Inc").kinds == {"company"}
    assert parse_operator("Not available - Nonfiler Organization") is None


def test_initials_count_wastewater_as_one_letter_and_as_two():
    found = initials_of(letters_of(["north", "fennel", "wastewater", "of", "district"]))
    assert {"nfwd", "nfwwd", "fwd"} <= found
    assert "nf" not in found


@pytest.mark.parametrize(
    "text, number, direction, street, suffix",
    [
        ("700 Mallard Road", 700, None, ("mallard",), "rd"),
        ("700  South Mallard", 700, "s", ("mallard",), None),
        ("87 075 Ave 54", 87075, None, ("ave", "54"), None),
        ("87-075 Avenue 54", 87075, None, ("ave", "54"), None),
        ("12 5th Ave Bldg 3", 12, None, ("5",), "ave"),
        ("12 Fifth Avenue, Suite 4", 12, None, ("5",), "ave"),
        ("State Highway 49", None, None, ("hwy", "49"), None),
        ("3 County Road 105", 3, None, ("rd", "105"), None),
        ("44 Avenida Marlin", 44, None, ("marlin",), "ave"),
        ("North End Of Fennel Pkwy", None, "n", ("fennel",), "pkwy"),
        ("2 miles W of Fennel Rd", None, "w", ("fennel",), "rd"),
        ("700 8 th Street", 700, None, ("8",), "st"),
        ("56 North N. Main Street", 56, "n", ("main",), "st"),
    ],
)
def test_addresses_are_taken_apart(text, number, direction, street, suffix):
    address = parse_address(text)
    assert (address.number, address.direction, address.street, address.suffix) == (number, direction, street, suffix)


def test_corners_and_boxes():
    corner = parse_address("NE Corner of Fennel & Marlin Streets")
    assert corner.streets == (("fennel",), ("marlin",))
    assert parse_address("Fennel Rd/Marlin Rd").streets == (("fennel",), ("marlin",))
    box = parse_address("PO Box 207")
    assert (box.po_box, box.street) == ("207", ())
    assert parse_address("12 Fennel Rd PO Box 7").street == ("fennel",)
    assert parse_address(", Suite 4") is None


def test_cities_and_counties_in_one_spelling():
    assert parse_city("St. Fennel") == parse_city("Saint Fennel") == "saint fennel"
    assert parse_city("City of Fennel") == "fennel"
    assert parse_county("Sutter County") == parse_county("SUTTER") == "sutter"
    assert parse_city("NA") is parse_county(None) is None


@pytest.mark.parametrize(
    "text, code",
    [
        ("Region 5S - Sacramento", "5s"),
        ("Region 2 - San Francisco Bay", "2"),
        ("R5F", "5f"),
        ("5", "5"),
        ("6V", "6b"),
        ("Region 6", "6"),
        ("SB", None),
        ("NA", None),
    ],
)
def test_regions_in_one_spelling(text, code):
    assert parse_region(text) == code


def test_zip_codes_and_industry_codes():
    assert parse_zip("95990-1234") == "95990"
    assert parse_zip("9599") is None
    assert parse_sic(("4952-Sewerage Systems", "NA", "5093")) == {"4952", "5093"}


def test_coordinates_outside_california_are_not_known():
    assert usable_point(39.0, -121.0) == (39.0, -121.0)
    assert usable_point(39.0, 121.0) == (39.0, -121.0)  # a lost sign
    assert usable_point(0.0, 0.0) is None
    assert usable_point(42.3, -83.0) is None
    assert usable_point(39.0, None) is None
    assert distance_km((39.0, -121.0), (40.0, -121.0)) == pytest.approx(111.2, abs=0.1)
