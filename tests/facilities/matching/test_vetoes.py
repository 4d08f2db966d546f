import pytest

from facilities.matching.direct import shared_identifier
from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, PairKey
from facilities.matching.tiers import Tier
from facilities.matching.vetoes import far_in_another_county, find_vetoes, numbers_differ
from tests.facilities.matching.invented import enrollment, esmr, filing, plant


@pytest.mark.parametrize(
    "mine, theirs, is_vetoed",
    [
        ("Fennel Plant No. 2", "Fennel Plant No. 3", True),
        ("Fennel Unit 1", "Fennel Unit 2", True),
        ("Fennel CSA 18", "Fennel CSA 19", True),
        ("Fennel Plant No. 2", "Fennel Plant II", False),
        ("Fennel Plant No. 2", "Fennel Plant", False),
        ("Fennel Plant No. 2", "Fennel CSA 18", False),  # a number of another sort
        ("Fennel Plant No. 2", None, False),
    ],
)
def test_numbers_that_differ_are_a_veto_however_alike_the_names(mine, theirs, is_vetoed):
    veto = numbers_differ(plant(name=mine), filing(name=theirs))
    assert (veto is not None) is is_vetoed
    assert not is_vetoed or "against number" in veto.detail


@pytest.mark.parametrize(
    "fields, is_vetoed",
    [
        ({"county": "Kern", "latitude": 35.4}, True),
        ({"county": "Yuba", "latitude": 39.11}, False),  # near the county line
        ({"county": "Sutter", "latitude": 35.4}, False),  # a wrong coordinate
        ({"county": None, "latitude": 35.4}, False),
        ({"county": "Kern", "latitude": None}, False),
    ],
)
def test_another_county_is_a_veto_only_with_coordinates_that_agree(fields, is_vetoed):
    assert (far_in_another_county(plant(), filing(**fields)) is not None) is is_vetoed


def test_all_vetoes_are_told():
    found = find_vetoes(plant(name="Plant 2"), filing(name="Plant 3", county="Kern", latitude=35.4))
    assert [veto.name for veto in found] == ["numbers_differ", "other_county"]
    assert find_vetoes(plant(), filing()) == ()


def test_staff_and_shared_identifiers_link_directly():
    key = enrollment().key
    assert "staff" in str(shared_identifier(esmr(), enrollment(), {PairKey(200_001, key)}))
    assert "WDID" in str(shared_identifier(esmr(ciwqs_wdid="5s51i000001"), enrollment()))
    assert "NPDES" in str(shared_identifier(esmr(npdes_number="CA0099999"), enrollment(npdes_number="ca0099999")))


def test_what_is_not_shared_links_nothing():
    assert shared_identifier(esmr(), enrollment()) is None
    assert shared_identifier(esmr(ciwqs_wdid="1B99999OXXX", npdes_number="CA0099999"), enrollment()) is None
    blank = enrollment(key=EnrollmentKey("industrial", "1", "NA"))
    assert shared_identifier(esmr(ciwqs_wdid="NA"), blank) is None
    assert shared_identifier(esmr(), enrollment(), {PairKey(1, enrollment().key)}) is None


def test_a_place_id_inside_a_wdid_or_app_id_proves_nothing():
    # A construction serial inside the range of CIWQS ids, equal to one by coincidence.
    by_chance = enrollment(
        key=EnrollmentKey("construction", "200001", "5S51C200001"),
        name="Bolinder Estates",
        operator="Bolinder Homes LLC",
        address="5 Tarn Ct",
        city="Tarn",
        zip_code="93001",
        sic_codes=(),
        latitude=None,
    )
    assert shared_identifier(esmr(place_id=200_001), by_chance) is None
    index = MatchIndex([esmr(place_id=200_001)], [by_chance])
    assert index.decide_pair(200_001, by_chance.key).tier is Tier.NONE
