"""Regions, counties and enrollments are found by the spellings that were published."""

import pytest
from django.db import connection

from facilities.lookup_sql import county_number, region_code
from facilities.models import County, Region

pytestmark = pytest.mark.django_db


def answer(expression: str, *cells: str | None):
    with connection.cursor() as cursor:
        names = ", ".join(f"cell_{number}" for number, _ in enumerate(cells))
        values = ", ".join(["%s::text"] * len(cells))
        cursor.execute(f"SELECT {expression} FROM (VALUES ({values})) AS published ({names})", cells)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "published, code",
    [
        ("4", "4"),
        ("5F", "5F"),
        ("5f", "5F"),
        ("R5F", "5F"),
        ("R4", "4"),
        ("Region 5F - Fresno", "5F"),
        ("REGION 1 - NORTH COAST", "1"),
        ("region 9 - san diego", "9"),
        ("5", "5"),
        ("Region 5", "5"),
        ("6T", "6A"),
        ("R6SLT", "6A"),
        ("Region 6V - Victorville", "6B"),
        ("6A", "6A"),
        ("SB", "SB"),
        ("State", "SB"),
        ("R7 ", "7"),
        ("5X", None),
        ("0", None),
        ("10", None),
        ("17", None),
        ("Region 17 - Atlantis", None),
        ("Fresno", None),
        ("Stateline", None),
        ("NA", None),
        ("", None),
        (None, None),
    ],
)
def test_a_region_is_known_by_its_code_however_it_is_written(published, code):
    assert answer(region_code("cell_0"), published) == code


def test_every_region_is_known_by_its_own_code():
    for code in Region.objects.values_list("code", flat=True):
        assert answer(region_code("cell_0"), code) == code
        assert answer(region_code("cell_0"), f"Region {code} - Somewhere") == code


@pytest.mark.parametrize(
    "published, name",
    [
        (("Los Angeles",), "Los Angeles"),
        (("LOS ANGELES",), "Los Angeles"),
        (("Los Angeles County",), "Los Angeles"),
        (("los angeles  COUNTY",), "Los Angeles"),
        (("Yuba", "Alameda"), "Yuba"),
        (("Alameda", "Yuba"), "Alameda"),
        ((None, "Yuba"), "Yuba"),
        (("Nowhere", "Yuba"), "Yuba"),
        (("Yuba", None), "Yuba"),
        (("Nowhere", None), None),
        ((None, None), None),
        (("County",), None),
        (("'; --",), None),
    ],
)
def test_a_county_is_known_by_the_first_name_that_is_one(published, name):
    expression = county_number(*(f"cell_{number}" for number, _ in enumerate(published)))

    number = answer(expression, *published)

    assert (County.objects.get(number=number).name if number else None) == name


def test_counties_are_numbered_as_in_a_wdid():
    assert County.objects.count() == 58
    assert {County.objects.get(number=number).name for number in (1, 19, 58)} == {"Alameda", "Los Angeles", "Yuba"}
    assert County.objects.get(name="Los Angeles").fips_code == "06037"
