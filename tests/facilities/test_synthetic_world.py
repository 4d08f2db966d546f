"""The synthetic world, synced and matched: what is one site is found, and what only looks like it is not linked."""

import csv

import pytest

from facilities.models import CrosswalkEntry, EsmrFacility, MatchCandidate, SmartsEnrollment
from facilities.selectors.judging import evaluate_pairs
from facilities.services.crosswalk import import_crosswalk
from facilities.services.matching import run_matching
from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.plants import plant
from sync.synthetic.world import World, write_world

pytestmark = pytest.mark.django_db

SEED = 1
DATASETS = ("smarts_industrial_facilities", "smarts_construction_facilities", "esmr")
COLUMNS = (
    *("facility_place_id", "facility_name", "agency_name", "address", "city", "zip", "county"),
    *("latitude", "longitude", "region"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A small world's files, with a crosswalk and the judged pairs beside them."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, World(SEED, 0.002))
    write_crosswalk(folder, 20)
    write_judged(folder)
    return folder


def write_crosswalk(folder, plants):
    """What a CIWQS facility list would say of the plants; some have not reported."""
    with (folder / "crosswalk.txt").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for index in range(plants):
            one = plant(SEED, index)
            site = one.site
            writer.writerow(
                (one.place_id, site.name, site.operator, site.address, site.city, site.zip_code, site.county.name,
                 site.latitude, site.longitude, "")
            )  # fmt: skip


def write_judged(folder):
    with (folder / "judged.txt").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("esmr_place_id", "app_id", "wdid", "same"))
        for name, same in (("truth_pairs.csv", 1), ("truth_near_pairs.csv", 0)):
            with (folder / name).open() as truth:
                writer.writerows(
                    (row["esmr_place_id"], row["app_id"], row["wdid"], same) for row in csv.DictReader(truth)
                )


def test_true_pairs_are_linked_or_asked_about_and_near_ones_are_not_linked(world):
    assert not sync_datasets(source=DirectorySource(world, CONTRACTS), requests=DATASETS).has_failed
    run_matching()
    without, _ = evaluate_pairs(path=world / "judged.txt", hides_crosswalk=True)
    assert (without.auto_precision.value or 1.0) == 1.0
    assert (without.recall_at_5.value or 0) >= 0.75

    crosswalk = import_crosswalk(path=world / "crosswalk.txt")
    assert (crosswalk.bad, crosswalk.inserted) == ([], 20)
    report = run_matching()
    listed = EsmrFacility.objects.filter(place_id__in=CrosswalkEntry.objects.values("place_id"))
    assert (report.is_full, report.changed_esmr) == (False, listed.count())
    found, bad = evaluate_pairs(path=world / "judged.txt")
    assert bad == []
    assert found.auto_precision.value == 1.0
    assert (found.auto_recall.value or 0) >= 0.7
    assert (found.found_recall.value or 0) >= 0.93
    assert found.queued_per_facility <= 3

    # The view of the evaluation is what the run stored.
    stored = set(
        MatchCandidate.objects.filter(state="automatic").values_list("esmr_facility__place_id", "enrollment__app_id")
    )
    judged = {(one.key.place_id, one.key.enrollment.app_id) for one in found.pairs if one.state == "automatic"}
    assert judged <= stored
    assert len(stored) == len(judged) + found.automatic_on_unlabelled
    linked = SmartsEnrollment.objects.filter(facility__has_esmr=True)
    assert {app_id for _, app_id in stored} <= set(linked.values_list("app_id", flat=True))
