"""The measurements of the sync: what they are held against."""

from sync.bench import synced_files
from sync.contracts import CONTRACTS


def test_a_world_is_held_against_the_copy_of_every_file_that_a_sync_reads(tmp_path):
    names = {
        f"{contract.file_stem.format(year=year)}_2026-05-04.csv"
        for contract in CONTRACTS.values()
        for year in ([2024, 2025] if contract.is_yearly else [None])
    }
    for name in (*names, "crosswalk.csv", "manifest.json"):
        (tmp_path / name).touch()
    assert len(names) == 9
    assert {path.name for path in synced_files(tmp_path)} == names
