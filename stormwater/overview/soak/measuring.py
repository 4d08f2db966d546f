"""The weeks of a soak, and what is counted in each."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from rest_framework.authtoken.models import Token

from facilities.models import MatchDecision
from stormwater.bench.figures import Figure
from stormwater.bench.processes import run_command
from stormwater.bench.registry import Conditions
from stormwater.bench.serving import Site, under_gunicorn
from stormwater.database.dropping import drop_database
from stormwater.overview.soak.growth import Size, size_now
from stormwater.overview.soak.visitors import ADDRESSES, Answer, Client, Reviewer, Visitor
from sync.manifest_check import finding_differences, ledger_differences, table_differences

SCALE = 0.002  # 24,000 rows
CLIENTS = 2
WORKERS, THREADS = 2, 4
DECISIONS_A_WEEK = 3
REVIEWER = "soak-reviewer"
ASKED_AGAIN = 4  # times for each address, so that each process that answers is asked
# Limits of growth. The pool of a process has a connection per thread at most; one more is this process's own.
MOST_CONNECTIONS = WORKERS * THREADS + 1
# Of a process that answers, since the first week: what its cache of answers takes at this scale, and some slack.
MOST_MB_MORE = 64


@dataclass(slots=True)
class Findings:
    """What a soak has found."""

    sizes: list[Size] = field(default_factory=list)  # by week
    differences: list[str] = field(default_factory=list)  # from the manifests
    unequal: list[str] = field(default_factory=list)  # answers that should be the same


def measure_soak(conditions: Conditions) -> Iterator[Figure]:
    """Syncs of so many weeks of a changing world under load; only if it is asked for by name."""
    if "soak" not in conditions.names:
        conditions.say("  left out: name it to have it (bench soak)")
        return
    _make_database_anew()
    world, temporary = conditions.folder / "soak-world", conditions.folder / "soak-temporary"
    for folder in (world, temporary):
        shutil.rmtree(folder, ignore_errors=True)
    temporary.mkdir()
    reviewer_token = _make_reviewer()
    run_command("synthesize", "--out", str(world), "--scale", str(conditions.scale or SCALE))
    found = Findings()
    with under_gunicorn(
        log=conditions.folder / "soak-site.log",
        workers=WORKERS,
        threads=THREADS,
        environment={"TMPDIR": str(temporary)},
    ) as site:
        clients = [Client(site.port, seed) for seed in range(CLIENTS)]
        reviewer = Reviewer(site.port, CLIENTS, reviewer_token)
        visitors: list[Visitor] = [*clients, reviewer]
        for visitor in visitors:
            visitor.start()
        for week in range(conditions.weeks):
            if week:
                run_command("synthesize", "--out", str(world), "--next-week")
            reviewer.share += DECISIONS_A_WEEK
            _sync_week(world, temporary, found)
            _look_around(site, visitors, world, temporary, found)
            conditions.say(_sentence(week, found.sizes[-1], visitors, reviewer))
        for visitor in visitors:
            visitor.finish()
    found.differences += _final_differences(world)
    yield from _figures(conditions.weeks, found, clients, reviewer)


def _sync_week(world: Path, temporary: Path, found: Findings) -> None:
    report = run_command("sync", "--from", str(world), "--json", environment={"TMPDIR": str(temporary)})
    runs = {run["dataset"]: run["run"] for run in json.loads(report.output)["runs"]}
    found.differences += ledger_differences(_manifest(world), runs)


def _look_around(site: Site, visitors: Sequence[Visitor], world: Path, temporary: Path, found: Findings) -> None:
    """Compare and count while the visitors wait."""
    manifest = _manifest(world)
    with ExitStack() as stillness:
        for visitor in visitors:
            stillness.enter_context(visitor.quiet)
        found.differences += table_differences(manifest)
        found.differences += _api_differences(site, manifest)
        found.unequal += _unequal_answers(site)
        found.sizes.append(size_now(site, temporary))


def _api_differences(site: Site, manifest: dict[str, Any]) -> list[str]:
    """Lists whose exact count is not the manifest's number of published records."""
    tables, asking = manifest["tables"], Client(site.port, 0)
    samples = {slug: lives["live"] for slug, lives in tables["samples"].items()}
    expected = {
        "smarts/violations": tables["events"]["smarts_violations"]["live"],
        "enforcement": tables["events"]["smarts_enforcement_actions"]["live"],
        "inspections": tables["events"]["smarts_inspections"]["live"],
        "esmr/samples": sum(number for slug, number in samples.items() if slug.startswith("esmr")),
        "smarts/monitoring": sum(number for slug, number in samples.items() if not slug.startswith("esmr")),
    }
    found = []
    for address, number in expected.items():
        count = asking.ask(f"{address}?count=exact&page_size=1").members().get("count", {}).get("value")
        if count != number:
            found.append(f"week {manifest['week']}, /api/{address}: {count}, not {number}")
    return found


def _unequal_answers(site: Site) -> list[str]:
    """Addresses that answer differently, whichever process is asked, although nothing happens."""
    asking = Client(site.port, 0)
    found = []
    for address in ADDRESSES:
        answers = [asking.ask(address) for _ in range(ASKED_AGAIN)]
        if {answer.status for answer in answers} != {200} or len({_hash(answer) for answer in answers}) > 1:
            found.append(f"{address}: {[(answer.status, len(answer.body)) for answer in answers]}")
    return found


def _hash(answer: Answer) -> str:
    """Of the data; a process may remember for a minute what `meta` says of the ledger."""
    members = None if answer.is_csv else {name: value for name, value in answer.members().items() if name != "meta"}
    return sha256(answer.body if members is None else json.dumps(members).encode()).hexdigest()


def _final_differences(world: Path) -> list[str]:
    manifest = _manifest(world)
    run_command("compute_exceedances", "--as-of", manifest["today"])
    return finding_differences(manifest)


def _figures(weeks: int, found: Findings, clients: Sequence[Visitor], reviewer: Reviewer) -> Iterator[Figure]:
    first, last = found.sizes[0], found.sizes[-1]
    most = max(size.connections for size in found.sizes)
    wrong = [line for visitor in (*clients, reviewer) for line in visitor.wrong]
    lost = _lost_or_doubled(reviewer)
    leftovers = [path for size in found.sizes for path in size.leftovers]
    yield Figure("weeks", weeks, "")
    yield Figure("requests of the clients", sum(client.requests for client in clients), "")
    yield Figure("wrong answers to them or the reviewer", len(wrong), "", limit=0, note=_some(wrong))
    yield Figure("answers that differ by process", len(found.unequal), "", limit=0, note=_some(found.unequal))
    yield Figure("differences from the manifests", len(found.differences), "", limit=0, note=_some(found.differences))
    yield Figure("decisions of the reviewer", len(reviewer.decided), "")
    yield Figure("of these lost or doubled", len(lost), "", limit=0, note=_some(lost))
    yield Figure(
        "most connections",
        most,
        "",
        limit=MOST_CONNECTIONS,
        note=f"{first.connections} after the first week, {last.connections} after the last",
    )
    yield Figure(
        "memory that a process has taken since the first week",
        last.worker_mb - first.worker_mb,
        "MB",
        limit=MOST_MB_MORE,
        note=f"{first.worker_mb:.0f} MB then, {last.worker_mb:.0f} MB at the end",
    )
    yield Figure("temporary files and tables left", len(leftovers), "", limit=0, note=_some(leftovers))
    yield Figure("raw files kept", last.raw_files, "", note=f"{first.raw_files} after the first week")


def _lost_or_doubled(reviewer: Reviewer) -> list[str]:
    stored = Counter(MatchDecision.objects.filter(reviewer_name=REVIEWER).values_list("pk", "note"))
    made = Counter(reviewer.decided.items())
    notes = Counter(note for _, note in stored)
    return [
        *(f"lost: {note}" for _, note in made - stored),
        *(f"nobody made it: {note}" for _, note in stored - made),
        *(f"doubled: {note}" for note, number in notes.items() if number > 1),
    ]


def _sentence(week: int, size: Size, visitors: Sequence[Visitor], reviewer: Reviewer) -> str:
    return (
        f"  week {week + 1}: {size.connections} connections, {size.worker_mb:.0f} MB, {size.raw_files} raw files, "
        f"{len(size.leftovers)} left over; {sum(visitor.requests for visitor in visitors):,} requests, "
        f"{len(reviewer.decided)} decisions"
    )


def _some(lines: Sequence[str]) -> str:
    return "; ".join(line[:400] for line in lines[:3])


def _manifest(world: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((world / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def _make_reviewer() -> str:
    """Someone of the group Reviewer; returns their token."""
    user = get_user_model().objects.create_user(REVIEWER, is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    return str(Token.objects.create(user=user).key)


def _make_database_anew() -> None:
    """A soak begins with nothing: no row, and no raw file."""
    place = connection.get_connection_params()
    connection.close()
    with psycopg.connect(
        host=place["host"], port=place["port"], user=place["user"], dbname="postgres", autocommit=True
    ) as server:
        drop_database(server, place["dbname"])
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(place["dbname"])))
    call_command("migrate", verbosity=0)
    shutil.rmtree(settings.RAW_DIR, ignore_errors=True)
