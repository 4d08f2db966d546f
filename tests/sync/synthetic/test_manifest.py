"""The manifest states the truth: a sync of a world, and of its next weeks, reports exactly what was planted."""

import pytest

from sync.synthetic.next_week import write_next_week
from sync.synthetic.world import World, write_world


def check_weeks(folder, sync_folder, *, seed, scale, weeks):
    manifest = write_world(folder, World(seed, scale))
    for week in range(weeks + 1):
        if week:
            manifest = write_next_week(folder)
        resources, tables = sync_folder(folder)
        assert manifest["week"] == week
        assert set(resources) == set(manifest["resources"])
        for slug, found in resources.items():
            expected = manifest["resources"][slug]
            if expected["status"] == "unchanged":  # the file is skipped
                assert found["status"] == "unchanged", f"{slug} in week {week}"
            else:
                assert found == expected, f"{slug} in week {week}"
        assert tables == manifest["tables"], f"week {week}"


@pytest.mark.parametrize("seed", [1, 2])
def test_a_sync_of_a_world_and_of_two_weeks_more_reports_what_was_planted(tmp_path, sync_folder, seed):
    check_weeks(tmp_path / "world", sync_folder, seed=seed, scale=0.002, weeks=2)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2])
def test_so_does_a_sync_at_scale_0_02(tmp_path, sync_folder, seed):
    check_weeks(tmp_path / "world", sync_folder, seed=seed, scale=0.02, weeks=2)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(1800)
def test_so_do_twenty_weeks_in_a_row(tmp_path, sync_folder):
    check_weeks(tmp_path / "world", sync_folder, seed=3, scale=0.002, weeks=20)
