"""Pitfalls 16 and 20: every wrong parameter is a 400 that names it, whatever it holds."""

import pytest

from stormwater.api.filters import Lookup
from stormwater.api.row_fields import Kind
from tests.stormwater.api.lists import LISTINGS, address_of, every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ADDRESS = "/api/smarts/violations"
ROBERT = "1'; DROP TABLE violations_regulatoryviolation; --"


@pytest.mark.parametrize(
    "text", ["0", "-1", "501", "1e3", "ten", "1.5", "9" * 5000, "\u0663", " 5", "+5", "0x10", ROBERT]
)
def test_page_size_is_a_whole_number_up_to_500(api, text):
    assert api.wrong(ADDRESS, page_size=text) == ["page_size"]


def test_page_sizes_from_1_to_500_are_taken(api):
    assert len(api.rows(ADDRESS, page_size=1)) == 1
    assert len(api.rows(ADDRESS, page_size=500)) == len(api.walk(ADDRESS))


@pytest.mark.parametrize("listing", **every())
def test_an_unknown_parameter_is_named_with_the_nearest_known_one(api, listing):
    (error,) = api.problem(address_of(listing), page_siez="5")["errors"]
    assert error["parameter"] == "page_siez"
    assert error["suggestion"] == "page_size"
    assert "page_size" in error["message"]


def test_an_unknown_parameter_without_a_near_one_is_named(api):
    (error,) = api.problem(ADDRESS, xyzzy="5")["errors"]
    assert (error["parameter"], error["suggestion"]) == ("xyzzy", None)


def test_all_wrong_parameters_are_named_at_once(api):
    wrong = api.wrong(ADDRESS, page_size="0", county="Nowhere", occurrence_date__gte="soon", near="1,2", fields="idd")
    assert set(wrong) == {"page_size", "county", "occurrence_date__gte", "radius_m", "fields"}


@pytest.mark.parametrize("parameter", ["page_size", "status", "search", "bbox", "fields"])
def test_a_parameter_without_a_value_or_given_twice_is_refused(api, parameter):
    assert parameter in api.wrong(f"{ADDRESS}?{parameter}=")
    assert parameter in api.wrong(f"{ADDRESS}?{parameter}=5&{parameter}=6")


BAD_VALUES = {
    Kind.INTEGER: ["x", "1.5", "9" * 30, "9" * 5000, "2147483648", "-2147483649", "NaN", ROBERT, "\x00"],
    Kind.NUMBER: ["x", "NaN", "Infinity", "1e999999999", "1e-999999999", "9" * 5000, ROBERT, "\x00"],
    Kind.DATE: ["soon", "2024-02-31", "2024-13-01", "0000-00-00", "99999-01-01", "01/02/2024", ROBERT, "\x00"],
    Kind.FLAG: ["maybe", "1", "TRUE ", ROBERT, "\x00"],
    Kind.TEXT: ["\x00", "x\x00y", "x" * 5000],
}


@pytest.mark.parametrize("listing", **every())
def test_values_that_cannot_be_are_refused_by_every_filter(api, listing):
    for declared in listing.filters:
        for parameter in declared.parameters:
            for value in BAD_VALUES[declared.kind]:
                assert parameter in api.wrong(address_of(listing), **{parameter: value}), (parameter, value)


@pytest.mark.parametrize("listing", **every())
def test_sql_in_a_text_is_a_text(api, listing):
    for declared in listing.filters:
        if declared.kind is Kind.TEXT and not declared.choices and (declared.narrows or not listing.is_large):
            assert api.rows(address_of(listing), **{declared.name: ROBERT}) == []


@pytest.mark.parametrize("listing", **every())
def test_a_filter_by_choices_takes_these_and_nothing_else(api, listing):
    for declared in listing.filters:
        if declared.choices and (not listing.is_large or declared.walks):
            address = address_of(listing)
            assert api.wrong(address, **{declared.name: "none of them"}) == [declared.name]
            assert api.get(address, **{declared.name: declared.choices[0].upper()}).status_code == 200


@pytest.mark.parametrize(
    "parameters, wrong",
    [
        ({"bbox": "1,2,3"}, ["bbox"]),
        ({"bbox": "a,b,c,d"}, ["bbox"]),
        ({"bbox": "-117,34,-118,33"}, ["bbox"]),
        ({"bbox": "nan,33,-117,34"}, ["bbox"]),
        ({"bbox": "-1e400,33,-117,34"}, ["bbox"]),
        ({"near": "34,-118"}, ["radius_m"]),
        ({"near": "34", "radius_m": "5"}, ["near"]),
        ({"near": "91,-118", "radius_m": "5"}, ["near"]),
        ({"near": "34,-118", "radius_m": "0"}, ["radius_m"]),
        ({"near": "34,-118", "radius_m": "1e9"}, ["radius_m"]),
        ({"near": "34,-118", "radius_m": "inf"}, ["radius_m"]),
        ({"radius_m": "500"}, ["radius_m"]),
    ],
)
def test_places_that_cannot_be_are_refused(api, parameters, wrong):
    assert api.wrong("/api/facilities", **parameters) == wrong


@pytest.mark.parametrize("text", ["ab", "a b c", "x" * 101, " ".join(["word"] * 9), "\x00abc"])
def test_searches_that_no_index_answers_are_refused(api, text):
    assert "search" in api.wrong("/api/facilities", search=text)


@pytest.mark.parametrize("text", ["%%%", "___", "\\\\\\", '"unclosed', "a & | ! <->", "OR OR ORE", ROBERT])
@pytest.mark.parametrize("name", [name for name, listing in LISTINGS.items() if listing.search])
def test_signs_in_a_search_are_signs(api, name, text):
    assert api.get(address_of(LISTINGS[name]), search=text).status_code == 200


@pytest.mark.parametrize(
    "cursor", ["", "x", "====", "%00", "W10", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x" * 5000, "\u00e9", ROBERT]
)
def test_a_cursor_that_is_none_is_refused(api, cursor):
    assert api.wrong(ADDRESS, cursor=cursor) == ["cursor"]


def cursor_in(link):
    return link.partition("cursor=")[2].partition("&")[0]


def test_a_forged_cursor_is_refused_whatever_byte_was_changed(api):
    cursor = cursor_in(api.json(ADDRESS, page_size=2)["next"])
    for position in range(0, len(cursor) - 1, 5):
        other = "A" if cursor[position] != "A" else "B"
        forged = cursor[:position] + other + cursor[position + 1 :]
        assert api.wrong(ADDRESS, page_size=2, cursor=forged) == ["cursor"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "/api/smarts/violations?status=Potential",
        "/api/smarts/violations?ordering=-id",
        "/api/smarts/violations?ordering=occurrence_date",
        "/api/smarts/inspections",
        "/api/smarts/violations?search=storm",
        "/api/smarts/violations?bbox=-120,30,-110,40",
    ],
)
def test_a_cursor_of_other_filters_another_order_or_list_is_refused(api, elsewhere):
    cursor = cursor_in(api.json(ADDRESS, page_size=2)["next"])
    (error,) = api.problem(f"{elsewhere}{'&' if '?' in elsewhere else '?'}cursor={cursor}")["errors"]
    assert error["parameter"] == "cursor"
    assert "other" in error["message"]


def test_a_cursor_goes_on_with_other_fields_and_another_size(api):
    page = api.json(ADDRESS, page_size=2)
    cursor = cursor_in(page["next"])
    rows = api.rows(ADDRESS, page_size=3, cursor=cursor, fields="id")
    assert [row["id"] for row in rows] == [row["id"] for row in api.walk(ADDRESS)][2:5]


def test_paging_does_not_go_with_csv(api):
    assert api.wrong(ADDRESS, format="csv", page_size=5, count="exact") == ["page_size", "count"]


@pytest.mark.parametrize("name", [name for name, listing in LISTINGS.items() if listing.is_large])
def test_a_large_table_needs_a_narrowing_filter_beside_others(api, name):
    listing, address = LISTINGS[name], address_of(LISTINGS[name])
    narrowing = [declared.name for declared in listing.filters if declared.narrows]
    for declared in listing.filters:
        if not declared.narrows and not declared.walks and Lookup.EXACT in declared.lookups:
            value = {Kind.DATE: "2023-01-01", Kind.TEXT: declared.choices[0] if declared.choices else "4"}.get(
                declared.kind, "4"
            )
            (error,) = api.problem(address, **{declared.name: value})["errors"]
            assert error["parameter"] == declared.name
            assert all(known in error["message"] for known in narrowing)
            assert api.get(address, parameter="pH", **{declared.name: value}).status_code == 200
    assert api.wrong(address, ordering="id", parameter="pH") == ["ordering"]
    assert api.wrong(address, ordering=listing.orderings[0].name) == ["ordering"]


@pytest.mark.parametrize("listing", **every())
def test_orderings_are_those_that_are_documented(api, listing):
    assert api.wrong(address_of(listing), ordering="content_hash") == ["ordering"]
    assert api.wrong(address_of(listing), ordering="id,id") == ["ordering"]
