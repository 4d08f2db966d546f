"""Measurements of the sync: loading a large file, refreshing it, and what memory that takes."""

import csv
import json
import os
import shutil
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.db import connection

from stormwater.bench.emptying import empty_database
from stormwater.bench.figures import Figure, paired_ratio
from stormwater.bench.processes import Finished, run_command
from stormwater.bench.registry import Conditions, measurement
from stormwater.errors import UserError
from sync.contracts import CONTRACTS
from sync.opening_sources import configured_source
from sync.reading import CsvFile
from sync.synthetic.crosswalk import CROSSWALK
from sync.synthetic.world import MANIFEST

MONITORING = "smarts_industrial_monitoring"
# The share of a world of scale 1 that has a million rows of industrial monitoring.
MILLION_ROWS_SCALE = 1 / 5.5
FIRST_LOAD, FIRST_LOAD_STRETCH = 9, 6  # times the COPY of the same file
REFRESH, REFRESH_STRETCH = 5, 4
PEAK_MB = 300
MATCHING_PEAK_MB = 1_024
FROM_NOTHING, NEXT_WEEK = 12, 6  # times the COPY of all eight files, to the last sum
CHANGED_EVERY = 100  # one row in a hundred


@measurement("sync")
def measure_loading(conditions: Conditions) -> Iterator[Figure]:
    """First load, refresh with 1 % changed, and an unchanged file, of a million rows of monitoring."""
    first, changed = _monitoring_files(conditions)
    loads, refreshes, copies = [], [], []
    skipped: list[Finished] = []
    for pair in range(conditions.pairs):
        conditions.say(f"  pair {pair + 1} of {conditions.pairs}")
        empty_database()
        copies.append(_copy_seconds(first))
        loads.append(_sync(first.parent))
        skipped.append(_sync(first.parent))
        refreshes.append(_sync(changed.parent))
    copy = "COPY of the file into an unlogged table of text"
    yield paired_ratio(
        "first load of industrial monitoring",
        [load.seconds for load in loads],
        copies,
        reference=copy,
        limit=FIRST_LOAD,
        stretch=FIRST_LOAD_STRETCH,
    )
    yield paired_ratio(
        "refresh with 1 % changed rows",
        [refresh.seconds for refresh in refreshes],
        copies,
        reference=copy,
        limit=REFRESH,
        stretch=REFRESH_STRETCH,
    )
    yield paired_ratio("unchanged file", [skip.seconds for skip in skipped], copies, reference=copy)
    peak = max(finished.peak_mb for finished in loads + refreshes)
    yield Figure("peak memory of the sync process", peak, "MB", limit=PEAK_MB)


@measurement("world")
def measure_world(conditions: Conditions) -> Iterator[Figure]:
    """A whole world from nothing and a week later, to the last sum; only if a scale is given."""
    if conditions.scale is None:
        conditions.say("  left out: give --scale to measure a whole world")
        return
    first, second = conditions.folder / f"whole-{conditions.scale:g}", conditions.folder / f"week-{conditions.scale:g}"
    if not (first / MANIFEST).exists():
        made = run_command("synthesize", "--out", str(first), "--scale", str(conditions.scale))
        yield Figure("generate the world", made.seconds, "s", note=f"peak {made.peak_mb:.0f} MB")
    if not (second / MANIFEST).exists():
        second.mkdir(exist_ok=True)
        shutil.copy(first / MANIFEST, second / MANIFEST)
        run_command("synthesize", "--out", str(second), "--next-week")
    empty_database()
    yield from _whole_way(conditions, first, "from nothing", limit=FROM_NOTHING)
    yield from _whole_way(conditions, second, "a week later", limit=NEXT_WEEK)


def _whole_way(conditions: Conditions, folder: Path, when: str, *, limit: float) -> Iterator[Figure]:
    """The sync of the files in a folder and what follows, to the last sum, against the COPY of these files.

    The files are copied once before and once afterwards: a machine is not as fast as it was ten minutes ago.
    """
    before = _copy_seconds_of_all(conditions, folder)
    run_command("import_crosswalk", str(folder / CROSSWALK))
    conditions.say(f"  sync, {when}")
    sync = run_command("sync", "--from", str(folder), "--json", "--no-follow-ups")
    yield Figure(f"sync, {when}", sync.seconds, "s")
    yield Figure(f"peak memory of the sync process, {when}", sync.peak_mb, "MB", limit=PEAK_MB)
    conditions.say(f"  what follows, {when}")
    followed = run_command("follow_up", "--json")
    yield Figure(f"what follows, {when}", followed.seconds, "s")
    for step in json.loads(followed.output)["steps"]:
        if step["status"] != "done":
            raise UserError(f"The follow-up {step['name']} is {step['status']}: nothing was measured.")
        yield Figure(f"of it {step['name']}, {when}", step["seconds"], "s")
    # Only the matcher keeps anything in this process.
    yield Figure(f"peak memory of its process, {when}", followed.peak_mb, "MB", limit=MATCHING_PEAK_MB)
    conditions.say(f"  the reference once more, {when}")
    after = _copy_seconds_of_all(conditions, folder)
    yield Figure(f"COPY of the eight files, {when}, before", before, "s")
    yield Figure(f"COPY of the eight files, {when}, afterwards", after, "s")
    rows = sum(run["read"] for run in json.loads(sync.output)["runs"])
    yield paired_ratio(
        f"all of it, {rows:,} rows, {when}",
        [sync.seconds + followed.seconds],
        [(before + after) / 2],
        reference="COPY of the eight files",
        limit=limit,
    )


def synced_files(folder: Path) -> list[Path]:
    """The files of a folder that a sync reads: of all eight datasets, and of every sampling year."""
    return [Path(planned.location) for planned in configured_source(folder).plan().files]


def _monitoring_files(conditions: Conditions) -> tuple[Path, Path]:
    """A file of a million rows, and the same with every hundredth row changed; made once."""
    first, changed = conditions.folder / "first", conditions.folder / "changed"
    pattern = f"{CONTRACTS[MONITORING].file_stem}_*.csv"
    if not list(changed.glob(pattern)):
        conditions.say("  making the files")
        world = conditions.folder / "million"
        run_command("synthesize", "--out", str(world), "--scale", str(MILLION_ROWS_SCALE))
        (source,) = world.glob(pattern)
        first.mkdir(exist_ok=True)
        changed.mkdir(exist_ok=True)
        _keep_sound_rows(source, first / source.name)
        part = changed / "unfinished"
        _change_rows(first / source.name, part)
        part.rename(changed / source.name)
        shutil.rmtree(world)
    return next(first.glob(pattern)), next(changed.glob(pattern))


def _keep_sound_rows(source: Path, target: Path) -> None:
    """Copy a file without the rows at which a plain COPY gives up: the reference must get to its end."""
    with source.open("rb") as stream, target.open("w", encoding="utf-8", newline="") as file:
        rows = CsvFile(stream)
        written = csv.writer(file, lineterminator="\n")
        written.writerow(rows.header)
        for block in rows.blocks():
            # Each begins with its line number and the hash of its text.
            written.writerows(row[2:] for row in csv.reader(StringIO(block.data.decode())))


def _copy_seconds_of_all(conditions: Conditions, folder: Path) -> float:
    return sum(_copy_sound_seconds(path, conditions.folder / "sound.csv") for path in synced_files(folder))


def _copy_sound_seconds(path: Path, sound: Path) -> float:
    _keep_sound_rows(path, sound)
    with sound.open("rb") as file:
        os.fsync(file.fileno())  # else it would be written to the disk while it is copied from
    seconds = _copy_seconds(sound)
    sound.unlink()
    return seconds


def _change_rows(first: Path, changed: Path) -> None:
    """Copy a file with the reporting limit of every hundredth row changed, as a corrected report would."""
    with first.open("rb") as source, changed.open("wb") as target:
        for number, line in enumerate(source):
            # RL, DISCHARGE_END_DATE, DISCHARGE_END_TIME, CERTIFIER_NAME, CERTIFIED_DATE
            cells = line.rsplit(b",", 5)
            if number and number % CHANGED_EVERY == 0 and len(cells) == 6:
                cells[1] = b"0.0123"
            target.write(b",".join(cells))


def _sync(folder: Path) -> Finished:
    return run_command("sync", MONITORING, "--from", str(folder), "--json", "--no-follow-ups")


def _copy_seconds(path: Path) -> float:
    """The reference: how long PostgreSQL takes to take the file in as it is, without a look at it."""
    with path.open("rb") as file:
        width = file.readline().count(b",") + 1
        columns = ", ".join(f"c{number} text" for number in range(width))
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS staging.bench_copy")
            start = time.perf_counter()
            cursor.execute(f"CREATE UNLOGGED TABLE staging.bench_copy ({columns})")
            with cursor.copy("COPY staging.bench_copy FROM STDIN WITH (FORMAT csv)") as copy:
                while data := file.read(1 << 20):
                    copy.write(data)
            seconds = time.perf_counter() - start
            cursor.execute("DROP TABLE staging.bench_copy")
    return seconds
