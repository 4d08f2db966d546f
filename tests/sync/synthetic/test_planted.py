"""The rules infer what a world plants: probable duplicates, and which violations enforcement actions are about."""

import csv
from datetime import date

import pytest

from enforcement.models import EnforcementAction
from sync.contracts import CONTRACTS
from sync.planted_truth import compare_with_planted
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.truth_planted import DUPLICATES, LINKS
from sync.synthetic.world import World, write_world
from tests.reference_data import load_missing_reference_data
from violations.models import DuplicatePair, InferredEnforcementLink, RegulatoryViolation
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances


@pytest.fixture
def follow_up(transactional_db):
    """Sync a world, compute and refresh."""

    load_missing_reference_data()

    def run(folder, manifest):
        assert not sync_datasets(source=DirectorySource(folder, CONTRACTS)).has_failed
        compute_exceedances(as_of=date.fromisoformat(manifest["today"]))
        refresh_violations()

    return run


def planted(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "seed, scale, weeks", [(1, 0.002, (0, 1)), pytest.param(2, 0.01, (0, 13, 26), marks=pytest.mark.slow)]
)
def test_every_planted_pair_is_proposed_and_every_planted_link_inferred_now_and_in_later_weeks(
    worlds, follow_up, seed, scale, weeks
):
    for week in weeks:
        folder, manifest = worlds(seed=seed, scale=scale, week=week)
        follow_up(folder, manifest)
        found = compare_with_planted(folder)
        assert (found.not_proposed, found.not_inferred) == ([], [])
        assert (found.duplicates, found.links) == (manifest["duplicates"], manifest["links"])
        assert found.duplicates >= 1000 * scale
        assert found.links >= 1000 * scale
    assert found.sentence() == (
        f"Planted duplicates: {found.duplicates}, all proposed. "
        f"Planted links of enforcement actions: {found.links}, all inferred."
    )
    # Few are there by chance: what the pages show is what was planted.
    assert DuplicatePair.objects.count() < 3 * found.duplicates
    assert InferredEnforcementLink.objects.count() < 3 * found.links


def test_what_is_not_proposed_or_not_inferred_is_told_by_its_id(worlds, follow_up):
    folder, manifest = worlds(scale=0.001)
    follow_up(folder, manifest)
    duplicate, link = planted(folder / DUPLICATES)[0], planted(folder / LINKS)[0]
    DuplicatePair.objects.filter(violation__violation_id=duplicate["violation_id"]).update(is_proposed=False)
    InferredEnforcementLink.objects.filter(enforcement_action__enforcement_id=link["enforcement_id"]).delete()
    told = compare_with_planted(folder).sentence()
    assert f"of which 1 NOT proposed (violation {duplicate['violation_id']})" in told
    assert f"of which 1 NOT inferred (action {link['enforcement_id']})" in told


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_world_of_any_seed_has_some_of_each(tmp_path, seed):
    manifest = write_world(tmp_path, World(seed, 0.001))
    assert len(planted(tmp_path / DUPLICATES)) == manifest["duplicates"] >= 2
    assert len(planted(tmp_path / LINKS)) == manifest["links"] >= 1


def test_they_are_of_both_programs_and_every_strength(worlds, follow_up):
    folder, manifest = worlds(scale=0.005)
    follow_up(folder, manifest)
    assert {row["rule"][:3] for row in planted(folder / DUPLICATES)} == {"igp", "cgp"}
    assert len(set(DuplicatePair.objects.values_list("score", flat=True))) > 2
    assert len(set(InferredEnforcementLink.objects.values_list("score", flat=True))) > 2
    # Some of what tells of an exceedance was answered too, and inspections found some of what was answered.
    answered = RegulatoryViolation.objects.exclude(inferred_links=None)
    assert answered.exclude(duplicate_pairs=None).exists()
    assert answered.exclude(inspection_link=None).exists()
    assert EnforcementAction.objects.exclude(inferred_links=None).filter(violation_count=1).exists()
