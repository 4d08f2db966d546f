"""A synthetic world, synced and matched with its crosswalk, beside its truth: the demo's figures are the manifest's."""

import csv
import json
from copy import copy

import pytest

from facilities.models import MatchCandidate, SmartsEnrollment
from facilities.services.crosswalk import import_crosswalk
from facilities.services.decisions import decide_candidate
from facilities.services.matching import run_matching
from sync.contracts import CONTRACTS
from sync.matching_truth import compare_with_truth, read_pairs
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.crosswalk import CROSSWALK
from sync.synthetic.world import MANIFEST, World, write_world
from tests.facilities.stored import reviewer

pytestmark = pytest.mark.django_db

DATASETS = ("smarts_industrial_facilities", "smarts_construction_facilities", "esmr:2025")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, World(seed=1, scale=0.005))
    return folder


@pytest.fixture
def matched(world):
    assert not sync_datasets(source=DirectorySource(world, CONTRACTS), requests=DATASETS).has_failed
    assert import_crosswalk(path=world / CROSSWALK).bad == []
    run_matching()


def test_every_true_pair_is_counted_once_and_none_is_linked_wrongly(world, matched):
    manifest = json.loads((world / MANIFEST).read_text())
    found = compare_with_truth(world)
    assert (found.true, found.near) == (manifest["pairs"]["true"], manifest["pairs"]["near"])
    assert found.right + found.queued + found.decided + found.missed == found.true
    assert (found.wrong, found.near_linked, found.decided) == (0, 0, 0)
    assert found.right >= 0.7 * found.true
    assert found.missed <= 0.07 * found.true
    assert found.open_pairs == MatchCandidate.objects.filter(is_queued=True).count() > 0
    told = " ".join(found.sentences())
    assert f"True pairs: {found.true}. Linked by the machine: {found.right}." in told
    assert "Decided by a person" not in told


def test_wrong_links_missed_pairs_and_verdicts_of_persons_are_told(world, matched):
    before = compare_with_truth(world)
    true, near = read_pairs(world / "truth_pairs.csv"), read_pairs(world / "truth_near_pairs.csv")
    right, lost, *_ = (pair for pair in MatchCandidate.objects.filter(state="automatic") if ids(pair) in true)
    decide_candidate(candidate_id=right.pk, verdict="match", reviewer=reviewer(), expected_version=right.version)
    alike = next(pair for pair in MatchCandidate.objects.all() if ids(pair) in near)
    wrong = copy(lost)
    wrong.pk, wrong.enrollment = None, SmartsEnrollment.objects.filter(match_candidates=None)[0]
    assert ids(wrong) not in true | near
    wrong.save()
    MatchCandidate.objects.filter(pk=alike.pk).update(state="automatic", is_queued=False)
    MatchCandidate.objects.filter(pk=lost.pk).update(state="withdrawn", is_queued=False)
    found = compare_with_truth(world)
    assert (found.decided, found.missed, found.wrong, found.near_linked) == (1, before.missed + 1, 2, 1)
    assert found.right == before.right - 2
    assert "Decided by a person: 1." in " ".join(found.sentences())


def ids(pair):
    return (pair.esmr_facility.place_id, pair.enrollment.app_id or "", pair.enrollment.wdid or "")


def test_the_crosswalk_has_most_plants_in_the_form_of_the_list(world):
    manifest = json.loads((world / MANIFEST).read_text())
    with (world / CROSSWALK).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    plants = manifest["tables"]["esmr_facilities"] - 1  # one more is an oddity of the files
    assert len({row["facility_place_id"] for row in rows}) == len(rows) == manifest["crosswalk"]
    assert plants - len(rows) == pytest.approx(plants / 12, abs=1)
    assert any(not row["latitude"] for row in rows)
    assert any(not row["address"] for row in rows)
    assert all(row["agency_name"] and row["county"] and row["npdes_number"] for row in rows)
