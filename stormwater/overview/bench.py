"""Measurements of the API: its answers against a minimal view that runs the same SQL, and beside a sync.

Both run under gunicorn with two workers, asked by eight clients. Nothing is asked for twice before the caches are
measured, so that each answer is cold.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path

from django.db import connection

from stormwater.bench.figures import Figure, paired_ratio
from stormwater.bench.processes import run_command
from stormwater.bench.registry import Conditions, measurement
from stormwater.errors import UserError
from stormwater.overview.bench_requests import KINDS, NUMBER, Asked, Kind, first_and_deep_pages
from stormwater.overview.bench_serving import CLIENTS, OURS, REFERENCE, ask, ask_once, percentile, serving
from stormwater.overview.soak import measure_soak
from stormwater.settings import BASE_DIR

DEFAULT_SCALE = 0.05
FILLING = 5  # rounds after which nearly every worker has every answer in a cache of its own
CACHED_LIMIT = 1 / 3  # of an uncached answer
DEEP_LIMIT = 1.25  # of the first page: the same but for what the clock makes of it
SYNC_LIMIT = 2  # of the same beside nothing
# Asked for during a sync, over and over: pages, not answers that take a core for themselves.
BESIDE_A_SYNC = KINDS[0]

measurement("soak")(measure_soak)


@measurement("api", only_reads=True)
def measure_api(conditions: Conditions) -> Iterator[Figure]:
    """Each kind of answer, cold, against the reference; again from the cache, and as a 304. Deep pages."""
    if not conditions.is_loaded:
        _load_world(conditions)
    for kind in KINDS:
        conditions.say(f"  {kind.title}")
        yield from _measure(kind, conditions)
    conditions.say("  deep pages")
    first, deep = first_and_deep_pages()
    firsts, deeps = [], []
    for _ in range(conditions.pairs):
        with serving(OURS, folder=conditions.folder) as port:
            firsts.append(ask(port, first).seconds)
            deeps.append(ask(port, deep).seconds)
    yield paired_ratio("a deep page of stormwater samples", deeps, firsts, reference="the first", limit=DEEP_LIMIT)


@measurement("api-during-sync")
def measure_during_sync(conditions: Conditions) -> Iterator[Figure]:
    """A page alone, and while a sync publishes a week's changes beside it."""
    folder = _load_world(conditions)
    conditions.say("  making the next week")
    run_command("synthesize", "--out", str(folder), "--next-week")
    requests = BESIDE_A_SYNC.sample().requests
    numbers = count()  # of names of the host: each answer is cold
    with serving(OURS, folder=conditions.folder) as port:
        asked = (Asked(request.address, f"{next(numbers)}.bench") for request in cycle(requests))
        alone = [ask_once(port, request)[0] for request in islice(asked, 2 * NUMBER)][NUMBER:]
        conditions.say("  syncing it")
        with tempfile.TemporaryFile() as output:
            command = [sys.executable, str(BASE_DIR / "manage.py"), "sync", "--from", str(folder)]
            sync = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603 - our own command
            beside = []
            while sync.poll() is None:
                beside.append(ask_once(port, next(asked))[0])
        if sync.returncode:
            raise UserError(f"The sync ended with status {sync.returncode}.")
    if len(beside) < NUMBER:
        raise UserError(f"The sync was over after {len(beside)} answers: give a larger --scale.")
    for percent, limit in ((50, SYNC_LIMIT), (95, None)):
        during, before = percentile(beside, percent), percentile(alone, percent)
        yield Figure(
            f"p{percent} of {BESIDE_A_SYNC.title} during a sync",
            during * 1000,
            "ms",
            reference=f"alone ({before * 1000:.1f} ms)",
            ratio=during / before,
            limit=limit,
            note=f"{len(beside)} answers, one client",
        )


def _measure(kind: Kind, conditions: Conditions) -> Iterator[Figure]:
    sample = kind.sample()
    statements = conditions.folder / "statements.json"
    statements.write_text(json.dumps(dict(sample.statements)), encoding="utf-8")
    ours, references, kept, unmodified = [], [], [], []
    cold: list[float] = []
    for _ in range(conditions.pairs):
        with serving(REFERENCE, folder=conditions.folder, statements=str(statements)) as port:
            references.append(ask(port, sample.requests).seconds)
        with serving(OURS, folder=conditions.folder) as port:
            answers = ask(port, sample.requests)
            ours.append(answers.seconds)
            cold += answers.latencies
            for _ in range(FILLING):
                ask(port, sample.requests)
            kept.append(ask(port, sample.requests).seconds)
            unmodified.append(ask(port, sample.requests, etags=answers.etags).seconds)
    reference = "minimal WSGI view with the same SQL"
    yield paired_ratio(kind.title, ours, references, reference=reference, limit=kind.limit)
    for percent, target in zip((50, 95, 99), (None, *kind.targets), strict=True):
        milliseconds = percentile(cold, percent) * 1000
        yield Figure(f"p{percent} of it", milliseconds, "ms", limit=target, note=f"{CLIENTS} clients at once")
    if kind.is_kept:
        yield paired_ratio("the same from the cache", kept, ours, reference="uncached", limit=CACHED_LIMIT)
    yield paired_ratio("the same as a 304", unmodified, ours, reference="uncached", limit=CACHED_LIMIT)


def _load_world(conditions: Conditions) -> Path:
    """A world of the wanted scale in the bench's database, loaded unless it is there; returns the files' folder."""
    folder = conditions.folder / f"world-{conditions.scale or DEFAULT_SCALE:g}"
    if not folder.exists():
        conditions.say("  making the files")
        run_command("synthesize", "--out", str(folder), "--scale", str(conditions.scale or DEFAULT_SCALE))
    conditions.say("  loading them")
    run_command("sync", "--from", str(folder), "--json")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return folder
