"""`manage.py demo`: a small synthetic world, a login, and the admin to look at it in."""

import json
import logging
import os
import secrets
import shutil
import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler, get_internal_wsgi_application
from django.db.models import Model
from django.urls import reverse
from rich.console import Console

from facilities.models import Facility, MatchCandidate
from stormwater.commands import FAILED, StormwaterCommand
from stormwater.errors import UserError
from stormwater.stopping import StopSignals, running_database
from sync import reporting
from sync.matching_truth import compare_with_truth
from sync.models import DataQualityIssue, QuarantinedRow, Resource, Run
from sync.opening_sources import configured_source
from sync.planted_truth import compare_with_planted
from sync.services import sync_datasets
from sync.synthetic.crosswalk import CROSSWALK
from sync.synthetic.truth_planted import DUPLICATES
from sync.synthetic.world import MANIFEST, World, write_world
from violations.comparing import compare_with_manifest
from violations.models import DuplicatePair, Exceedance, InferredEnforcementLink, RegulatoryViolation, UnifiedFinding
from violations.reporting import result_sentence
from violations.selectors.findings import summarize_findings
from violations.services import compute_exceedances

WORLD_FOLDER = "demo-world"  # in the data folder
WORLD = World(seed=1, scale=0.005)
LOGIN = "demo"
HOST = "127.0.0.1"  # this machine only
OWNER_ONLY = 0o600
PASSWORD_BYTES = 12  # 96 bits: nobody guesses it, and it can still be typed

# What to look at first: pages of the admin, each with what it shows.
SIGHTS = (
    (Run, "what each load did with every row that it read"),
    (QuarantinedRow, "rows that could not be loaded, as they were, with the reason"),
    (DataQualityIssue, "cells that were emptied or repaired"),
    (Facility, "the sites, each with its enrollments"),
    (MatchCandidate, "what the matcher made of each pair, those that it linked itself among them"),
    (UnifiedFinding, "violations on record and computed exceedances in one list"),
    (RegulatoryViolation, "the Water Boards' violation records"),
    (Exceedance, "exceedances computed from samples; none is a violation of the permit"),
    (DuplicatePair, "records and exceedances that are probably one event, for you to decide"),
    (InferredEnforcementLink, "violations that an enforcement action is probably about"),
)
REVIEW = "the review queue: plants and enrollments that may be one site, for you to decide"


class Command(StormwaterCommand):
    """Ends with Ctrl-C (exit status 0), and then leaves nothing running that it started."""

    help = "Load a synthetic world, make a login and serve the admin. A second start reuses what is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of the admin (8000)")
        parser.add_argument(
            "--no-serve", action="store_true", help="end when the data are loaded and the login is made"
        )
        parser.add_argument(
            "--data-dir", metavar="DIR", help="keep the data here, not where STORMWATER_DATA_DIR or the default says"
        )
        parser.add_argument("--yes", action="store_true", help="write to the server of DATABASE_URL, if that is set")

    def run_from_argv(self, argv: list[str]) -> None:
        """Start again with another data folder if one is named: the settings have read theirs by now."""
        options, _ = self.create_parser(argv[0], argv[1]).parse_known_args(argv[2:])
        if options.data_dir:
            folder = str(Path(options.data_dir).expanduser().absolute())
            if os.environ.get("STORMWATER_DATA_DIR") != folder:
                os.execve(sys.executable, sys.orig_argv, os.environ | {"STORMWATER_DATA_DIR": folder})  # noqa: S606 - this very command
        super().run_from_argv(argv)

    def handle(self, *_args: Any, port: int, no_serve: bool, yes: bool, **_options: Any) -> None:
        if settings.DATABASE_URL and not yes:
            raise UserError(
                "DATABASE_URL is set, and the demo would put invented data and a login on that server. "
                "Unset it to use the embedded database, or add --yes."
            )
        listening = nullcontext() if no_serve else _listen(port)  # first of all: a taken port costs no time
        with listening as server, StopSignals() as stopping, running_database(stopping):
            self._load()
            password = _make_login()
            if server is None:
                self.stdout.write(f"Login: {LOGIN}, password: {password}")
                return
            with stopping.ending_quietly():
                self._print_welcome(port, password)
                logging.getLogger("django.server").setLevel(logging.WARNING)  # the address stays in view
                server.set_app(get_internal_wsgi_application())
                server.serve_forever()
        self.stdout.write("\nStopped. The data stay for the next start.")

    def _load(self) -> None:
        self.stdout.write("Preparing the database ...")
        self.stdout.flush()
        call_command("migrate", interactive=False, verbosity=0)
        if others := _resources_with_other_data():
            self.stdout.write(f"Other data are loaded already ({', '.join(others)}): the synthetic world is left out.")
            return
        folder = _make_world(settings.DATA_DIR / WORLD_FOLDER)
        self.stdout.write("Loading a synthetic world: invented facilities, invented results ...")
        self.stdout.flush()
        report = sync_datasets(source=configured_source(folder))
        console = Console(file=cast("IO[str]", self.stdout), width=None if sys.stdout.isatty() else 160)
        reporting.print_fitting(console, reporting.summary_table(report))
        self.stdout.write(reporting.summary_sentence(report))
        for line in reporting.remarks(report):
            self.stderr.write(line)
        self.stdout.write("Computing what exceeds a benchmark ...")
        # The world has a day of its own, on which its years are open or closed.
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        result = compute_exceedances(as_of=date.fromisoformat(manifest["today"]))
        self.stdout.write(result_sentence(result))
        if report.has_failed:
            sys.exit(FAILED)
        self._match(folder)
        self._refresh(console, folder, manifest["findings"])

    def _match(self, folder: Path) -> None:
        self.stdout.write("Matching the two systems ...")
        if (folder / CROSSWALK).exists():  # a world of an earlier version has none
            call_command("import_crosswalk", folder / CROSSWALK, stdout=self.stdout)
        call_command("match", stdout=self.stdout)
        for sentence in compare_with_truth(folder).sentences():
            self.stdout.write(sentence)

    def _refresh(self, console: Console, folder: Path, expected: dict[str, Any]) -> None:
        self.stdout.write("Refreshing the unified list and its sums ...")
        call_command("refresh", stdout=self.stdout)
        if (folder / DUPLICATES).exists():  # a world of an earlier version has none
            self.stdout.write(compare_with_planted(folder).sentence())
        summary = summarize_findings()
        comparison = compare_with_manifest(summary, expected)
        for table in comparison.tables(summary):
            console.print(table)
        # No failure: whoever tries the system may have loaded limits of their own.
        self.stdout.write(comparison.sentence())

    def _print_welcome(self, port: int, password: str) -> None:
        site = f"http://{HOST}:{port}"
        pages = [(_list_of(model), text) for model, text in SIGHTS]
        self.stdout.write(f"\nStormwater Watch: {site}{reverse('admin:index')}")
        self.stdout.write(f"Login: {LOGIN}, password: {password}")
        self.stdout.write("\nTo look at first:")
        for page, text in [(reverse("admin:review_queue"), REVIEW), *pages]:
            self.stdout.write(f"  {site}{page}  {text}")
        self.stdout.write("\nCtrl-C stops it.")
        self.stdout.flush()


def _list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _listen(port: int) -> ThreadedWSGIServer:
    """Take the port. Whoever connects before the data are loaded waits."""
    try:
        return ThreadedWSGIServer((HOST, port), WSGIRequestHandler)
    except OSError as error:
        raise UserError(f"Port {port} cannot be used ({error.strerror}). Try: manage.py demo --port 8001") from error
    except OverflowError as error:
        raise UserError(f"There is no port {port}.") from error


def _resources_with_other_data() -> list[str]:
    """What was loaded from anywhere but a demo's world: a system in use must not be mixed with inventions."""
    loaded = Resource.objects.exclude(last_published=None)
    return list(loaded.exclude(last_published__location__contains=f"/{WORLD_FOLDER}/").values_list("slug", flat=True))


def _make_world(folder: Path) -> Path:
    """Write the world unless it is there; a start that was interrupted leaves no half of one."""
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        write_world(unfinished, WORLD)
        unfinished.rename(folder)
    return folder


def _make_login() -> str:
    """Make the demo login, or find it; returns its password."""
    password = _read_or_create_password(settings.DATA_DIR / "demo_password")
    user = get_user_model().objects.filter(username=LOGIN).first()
    if user is None:
        get_user_model().objects.create_superuser(LOGIN, password=password)
    elif not user.check_password(password):
        if settings.DATABASE_URL:
            raise UserError(f"The server of DATABASE_URL has a user {LOGIN!r} already, with a password of its own.")
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def _read_or_create_password(path: Path) -> str:
    """The password kept in a file that only its owner can read; a random one if there is none yet."""
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    complete = path.with_suffix(".new")
    complete.unlink(missing_ok=True)
    with os.fdopen(os.open(complete, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w", encoding="ascii") as file:
        file.write(f"{password}\n")
    complete.replace(path)
    return password
