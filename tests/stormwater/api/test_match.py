"""`/api/facilities/match`: one pair explained, kept only as long as it is true, without the names of staff."""

import json

import jsonschema_rs
import pytest

from facilities.api import match_view
from facilities.matching.explain import match_pair
from facilities.models import CrosswalkEntry, MatchCandidate
from facilities.services.decisions import decide_candidate, undo_decision
from facilities.services.matching import run_matching
from stormwater.api.families import Family
from stormwater.api.selectors import get_data_versions
from stormwater.api.services import bump_data_versions
from tests.facilities.matching.invented import OAK_TOWN_PLANT, enrollment, small_index, small_world
from tests.facilities.stored import pair, reviewer, store

pytestmark = pytest.mark.django_db

ADDRESS = "/api/facilities/match"
PAIR = {"esmr_id": 200_001, "wdid": OAK_TOWN_PLANT.key.wdid}


def decide(candidate, verdict):
    return decide_candidate(
        candidate_id=candidate.pk,
        verdict=verdict,
        reviewer=reviewer("rivera"),
        expected_version=candidate.version,
        reason_code="other",
    ).decision


def test_it_says_what_the_matcher_says_of_every_pair(api, matched):
    for facility in small_world()[0]:
        for record in small_world()[1]:
            answer = api.json(ADDRESS, esmr_id=facility.place_id, wdid=record.key.wdid, app_id=record.key.app_id)
            expected = json.loads(json.dumps(match_pair(facility.place_id, record.key, small_index()).as_dict()))
            assert {name: answer[name] for name in expected} == expected
            total = answer["base"] + sum(one["contribution"] for one in answer["evidence"])
            assert total == pytest.approx(answer["log_odds"], abs=0.01)


def test_it_is_as_the_document_says(api, matched):
    document = api.json("/api/schema", format="json")
    described = document["paths"][ADDRESS]["get"]
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.validator_for({**schema, "components": document["components"]}, validate_formats=True)
    for address in (PAIR, {"esmr_id": 200_004, "app_id": OAK_TOWN_PLANT.key.app_id}):
        answer = api.json(ADDRESS, **address)
        validator.validate(answer)
        assert set(answer) == set(schema["properties"])
    assert {given["name"]: given["required"] for given in described["parameters"] if given.get("required")} == {
        "esmr_id": True
    }
    assert "404" in described["responses"]


def test_a_decision_shows_at_once_also_where_it_changes_no_list(api, matched):
    candidate = MatchCandidate.objects.filter(state="open").select_related("esmr_facility", "enrollment")[0]
    asked = {"esmr_id": candidate.esmr_facility.place_id, "app_id": candidate.enrollment.app_id}
    version = get_data_versions(tuple(Family))
    first = api.get(ADDRESS, **asked)
    assert (first.json()["state"], first.json()["decision"]) == ("open", None)
    headers = {"If-None-Match": first["ETag"]}
    assert api.get(ADDRESS, **asked, headers=headers).status_code == 304

    decision = decide(candidate, "unsure")

    second = api.get(ADDRESS, **asked, headers=headers)
    assert (second.status_code, second.json()["decision"]["verdict"]) == (200, "unsure")
    undo_decision(decision_id=decision.pk, reviewer=reviewer("rivera"))
    assert api.json(ADDRESS, **asked)["decision"] is None
    assert get_data_versions(tuple(Family)) == version


def test_a_change_of_the_records_shows_with_their_version(api, matched):
    before = api.json(ADDRESS, **PAIR)
    CrosswalkEntry.objects.filter(place_id=200_001).update(address="1 Elsewhere Rd", city="Elsewhere")
    bump_data_versions(families=[Family.FACILITIES])
    assert api.json(ADDRESS, **PAIR)["confidence"] != before["confidence"]


def test_a_reviewer_is_not_named(api, matched):
    decide(pair(200_001, OAK_TOWN_PLANT.key), "no_match")
    response = api.get(ADDRESS, **PAIR)
    assert response.json()["decision"]["decided_by"] == "A person"
    assert b"rivera" not in response.content


@pytest.mark.parametrize(
    "given, wrong",
    [
        ({}, ["esmr_id", "wdid", "app_id"]),
        ({"esmr_id": "200001"}, ["wdid", "app_id"]),
        ({"wdid": "5S51I000001"}, ["esmr_id"]),
        ({"esmr_id": "-1", "app_id": "1"}, ["esmr_id"]),
        ({"esmr_id": "9" * 30, "app_id": "1"}, ["esmr_id"]),
        ({"esmr_id": "x", "app_id": "1" * 300}, ["esmr_id", "app_id"]),
        ({"esmr_id": "1", "app_id": "1", "wdidd": "1"}, ["wdidd"]),
    ],
)
def test_what_is_missing_or_wrong_is_named(api, given, wrong):
    assert api.wrong(ADDRESS, **given) == wrong


def test_ids_of_several_enrollments_ask_for_the_other_id(api, matched):
    store([], [enrollment(key=OAK_TOWN_PLANT.key._replace(wdid="5S51NEC00001"))])
    assert api.wrong(ADDRESS, esmr_id=200_001, app_id=OAK_TOWN_PLANT.key.app_id) == ["wdid"]


@pytest.mark.parametrize("given", [{"esmr_id": 1, "wdid": "5S51I000001"}, {"esmr_id": 200_001, "wdid": "none"}])
def test_records_that_are_not_there_are_a_404_that_says_which(api, matched, given):
    assert "There is no" in api.problem(ADDRESS, 404, **given)["detail"]


def test_nobody_makes_the_service_read_a_hundred_thousand_records_for_one_pair(api, matched, monkeypatch):
    store([], [enrollment(9)])  # the matcher has not run since
    assert api.json(ADDRESS, esmr_id=200_001, app_id="400009")["tier"] == "fuzzy"
    monkeypatch.setattr(match_view, "MOST_TO_READ", 3)
    response = api.get(ADDRESS, esmr_id=200_001, app_id="400009", format="json")
    assert response.status_code == 503
    assert response["Retry-After"] == "300"
    run_matching()
    assert api.json(ADDRESS, esmr_id=200_001, app_id="400009", format="json")["tier"] == "fuzzy"
