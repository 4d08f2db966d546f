import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.matching.records import EnrollmentKey
from facilities.matching.sites import are_one_plant, are_one_site, group_sites, may_be_one_site
from tests.facilities.matching.invented import ALL_RARE, filing, plant

HWY = {"address": "Highway 12", "latitude": 39.1, "longitude": -121.6}


@pytest.mark.parametrize(
    "fields, one_site",
    [
        ({"operator": "Oak Town City", "name": "Oak Town WWTP"}, True),  # a successive permit
        ({"operator": "Bolinder Metals Inc", "name": "Bolinder Yard"}, False),  # a tenant
        ({"operator": None, "name": "Wastewater Treatment Plant"}, False),  # class words prove nothing
        ({"address": "900 Quarry Rd"}, False),  # a sister plant
        ({"address": "700 N Mallard Rd", "city": "Oak Town"}, True),
        ({"address": None}, False),
        ({"city": "Tarn", "zip_code": "93001"}, False),
        ({"operator": None}, False),
    ],
)
def test_place_and_discharger_must_agree(fields, one_site):
    assert are_one_site(filing(1), filing(2, **fields), ALL_RARE) is one_site


def test_names_can_stand_for_an_operator_that_changed():
    one = filing(1, name="Fennel Marlinspike")
    assert are_one_site(one, filing(2, name="Marlinspike Fennel", operator="Contract Ops Inc"), ALL_RARE)
    assert not are_one_site(one, filing(2, name="Fennel Tarn", operator="Contract Ops Inc"), ALL_RARE)


def test_one_application_is_one_site_wherever_it_says_it_is():
    key = EnrollmentKey("industrial", "400001", "5S51NEC00001")
    moved = filing(key=key, address="1 City Hall Plaza", operator="Bolinder Inc")
    assert are_one_site(filing(1), moved, ALL_RARE)
    other_program = filing(key=EnrollmentKey("construction", "400001", "5S51C300001"), address="9 Tarn Ct")
    assert not are_one_site(filing(1), other_program, ALL_RARE)


def test_roads_without_a_number_need_coordinates_at_one_place():
    assert are_one_site(filing(1, **HWY), filing(2, **HWY), ALL_RARE)
    assert not are_one_site(filing(1, **HWY), filing(2, **{**HWY, "latitude": 39.2}), ALL_RARE)
    assert not are_one_site(filing(1, **HWY), filing(2, **{**HWY, "latitude": None}), ALL_RARE)


def test_plants_with_different_numbers_are_never_one_site():
    assert not are_one_site(filing(1, name="Plant 1"), filing(2, name="Plant 2"), ALL_RARE)
    assert not may_be_one_site(filing(1, name="Plant 1"), filing(2, name="Plant 2"), ALL_RARE)


@pytest.mark.parametrize(
    "fields, may_be",
    [
        ({"operator": "Bolinder Metals Inc", "name": "Bolinder Yard"}, True),  # at the very address
        ({"address": "Mallard Rd"}, True),
        ({"address": "720 Mallard Rd"}, True),
        ({"address": "9000 Mallard Rd"}, False),
        ({"address": "900 Quarry Rd"}, False),
        ({"address": "720 Mallard Rd", "operator": "Bolinder Inc"}, False),
        ({"address": "720 Mallard Rd", "name": None}, False),
    ],
)
def test_what_need_not_be_told_apart(fields, may_be):
    assert may_be_one_site(filing(1), filing(2, **fields), ALL_RARE) is may_be


def test_sister_plants_are_told_apart_and_a_moved_gate_is_not():
    gate = {"address": "9001 Tarn Rd"}
    assert may_be_one_site(filing(1, name="Fennel WWTP"), filing(2, name="Fennel WWTP", **gate), ALL_RARE)
    assert not may_be_one_site(filing(1, name="Fennel WWTP"), filing(2, name="Marlin WWTP", **gate), ALL_RARE)
    # The town's name is no word of the plant's own.
    assert not may_be_one_site(filing(1, name="Oak WWTP"), filing(2, name="Oak WWTP", **gate), ALL_RARE)


def test_two_esmr_ids_of_one_plant():
    assert are_one_plant(plant(), plant(place_id=2, address="700 Mallard Rd"))
    assert are_one_plant(plant(), plant(address=None))  # the same id
    assert not are_one_plant(plant(), plant(place_id=2, address="900 Quarry Rd"))
    assert not are_one_plant(plant(), plant(place_id=2, address=None))
    assert not are_one_plant(plant(), plant(place_id=2, city="Tarn"))


MEMBERS = [
    filing(1),
    filing(2, operator="Oak Town City"),
    filing(3, key=EnrollmentKey("industrial", "400002", "5S51NEC00002"), address="1 City Hall Plaza"),
    filing(4, operator="Bolinder Metals Inc", name="Bolinder Yard"),
    filing(5, address="900 Quarry Rd"),
]


@given(st.permutations(MEMBERS))
def test_sites_are_the_same_in_any_order(members):
    sites = group_sites(members, ALL_RARE)
    assert {sites[one.record.key] for one in MEMBERS[:3]} == {MEMBERS[0].record.key}
    assert len(set(sites.values())) == 3
    assert sites == group_sites(MEMBERS, ALL_RARE)
