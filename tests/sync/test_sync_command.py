"""`manage.py sync`: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from stormwater.errors import UserError
from sync.contracts import CONTRACTS
from sync.management.commands.sync import Command
from sync.models import Run
from sync.sources.backoff import Backoff
from tests.published_files import columns
from violations.models import RegulatoryViolation

VIOLATIONS = "smarts_violations"
JSON_KEYS = {
    "dataset", "source", "status", "read", "inserted", "updated", "unchanged", "removed", "duplicate", "quarantined",
    "issues", "seconds",
}  # fmt: skip


def run(*arguments: object) -> tuple[int, str]:
    """Exit status and standard output of the command, called from code."""
    out = StringIO()
    try:
        call_command("sync", *(str(argument) for argument in arguments), stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def held(publisher):
    publisher.load(VIOLATIONS, *[{}] * 10)
    publisher.publish(VIOLATIONS, {})
    return publisher.sync(VIOLATIONS)


@pytest.mark.django_db
class TestExitStatus:
    def test_is_0_if_all_went_through_even_if_datasets_are_absent(self, publisher):
        publisher.publish(VIOLATIONS, {})

        status, out = run("--from", publisher.folder)

        assert status == 0
        assert out.count("absent") == len(CONTRACTS) - 1

    def test_is_0_for_an_unchanged_file(self, publisher):
        publisher.load(VIOLATIONS, {})

        status, out = run(VIOLATIONS, "--from", publisher.folder)

        assert status == 0
        assert "unchanged" in out

    def test_is_3_if_a_run_is_held(self, publisher, capsys):
        publisher.publish(VIOLATIONS)
        publisher.publish("smarts_inspections", {})

        status, _ = run("--from", publisher.folder)

        assert status == 3
        (run_held,) = Run.objects.filter(status="held")
        assert f"manage.py sync --release {run_held.pk} --reason" in capsys.readouterr().err

    def test_is_1_if_a_run_failed_whether_or_not_another_is_held(self, publisher, monkeypatch, capsys):
        publisher.publish(VIOLATIONS)
        publisher.publish("smarts_inspections", {})
        monkeypatch.setattr("sync.pipeline.link_merged_records", None)

        status, _ = run("--from", publisher.folder)

        assert status == 1
        assert "smarts_inspections failed: " in capsys.readouterr().err

    def test_is_0_after_a_release(self, held, capsys):
        status, out = run("--release", held.run, "--reason", "Right.")

        assert (status, "published" in out) == (0, True)
        assert RegulatoryViolation.objects.filter(removed_by=None).count() == 1


@pytest.mark.django_db
class TestTheSummary:
    def test_is_a_table_with_the_counts_of_every_dataset(self, publisher):
        publisher.publish(VIOLATIONS, {}, {}, {"VIOLATION_ID": "800001"}, {"VIOLATION_ID": "NA"})

        _, out = run(VIOLATIONS, "--from", publisher.folder)

        header, values = (
            next(line for line in out.splitlines() if word in line)
            .replace("\u2503", " ")
            .replace("\u2502", " ")
            .split()
            for word in ("dataset", VIOLATIONS)
        )
        assert header == [
            "dataset",
            "status",
            "read",
            "inserted",
            "updated",
            "unchanged",
            "removed",
            "duplicate",
            "quarantined",
            "issues",
            "seconds",
        ]
        # The repeated id has a row that says the same, so that it is no issue.
        assert values[:-1] == [VIOLATIONS, "published", "4", "2", "0", "0", "0", "1", "1", "0"]

    def test_goes_to_standard_output_and_the_progress_elsewhere(self, publisher, capsys):
        publisher.publish(VIOLATIONS, {})
        (publisher.folder / "notes.txt").write_text("read me")

        run(VIOLATIONS, "--from", publisher.folder)

        said = capsys.readouterr().err
        assert "Not a file of any dataset, ignored: notes.txt" in said
        assert "smarts_violations: merge" in said
        assert "smarts_violations published: 1 rows read" in said
        assert "\n1 published; 1 rows read.\nmatching: done in " in said

    def test_as_json_is_one_object_with_a_list_of_runs(self, publisher):
        publisher.publish(VIOLATIONS, {}, {"OCCURRENCE_DATE": "31 February"})

        status, out = run("--from", publisher.folder, "--json")

        report = json.loads(out)
        assert status == 0
        assert [entry["dataset"] for entry in report["runs"]] == [VIOLATIONS] + [
            slug for slug in CONTRACTS if slug != VIOLATIONS
        ]
        assert all(set(entry) >= JSON_KEYS for entry in report["runs"])
        entry = report["runs"][0]
        assert (entry["source"], entry["status"]) == ("directory", "published")
        assert (entry["read"], entry["inserted"], entry["issues"]) == (2, 2, 1)
        assert isinstance(entry["seconds"], float)

    def test_of_a_dry_run_says_that_nothing_was_kept(self, publisher, capsys):
        publisher.publish(VIOLATIONS, {})

        status, out = run("--from", publisher.folder, "--dry-run")

        assert (status, "published" in out) == (0, True)
        assert "nothing was kept" in capsys.readouterr().err
        assert not Run.objects.exists()

    def test_of_a_dry_run_that_would_be_held_offers_no_release(self, publisher, capsys):
        publisher.publish(VIOLATIONS, {}, header=columns(VIOLATIONS)[1:])

        status, _ = run(VIOLATIONS, "--from", publisher.folder, "--dry-run")

        said = capsys.readouterr().err
        assert status == 3
        assert "The file has no column WDID." in said
        assert "--release" not in said


@pytest.mark.django_db
class TestRefusals:
    """Called from code they are exceptions; at the command line, one line and status 1."""

    def refuse(self, sentence, *arguments, error=UserError):
        with pytest.raises(error, match=sentence) as raised:
            run(*arguments)
        assert "\n" not in str(raised.value)
        assert not Run.objects.filter(status="running").exists()

    def test_of_an_unknown_dataset_with_a_hint(self, publisher):
        self.refuse("did you mean smarts_violations", "smarts_violation", "--from", publisher.folder)

    @pytest.mark.parametrize("name", ["esmr:24", "smarts_violations:2024"])
    def test_of_a_year_that_is_none(self, publisher, name):
        self.refuse("year", name, "--from", publisher.folder)

    def test_of_a_directory_that_is_not_there(self, tmp_path):
        self.refuse("There is no directory", "--from", tmp_path / "nowhere")

    def test_of_a_file_instead_of_a_directory(self, publisher):
        self.refuse("is not a directory", "--from", publisher.publish(VIOLATIONS, {}))

    def test_of_an_empty_directory(self, publisher):
        self.refuse("No file in", "--from", publisher.folder)

    def test_of_a_directory_of_other_files(self, publisher):
        (publisher.folder / "notes.txt").write_text("read me")
        self.refuse("notes.txt", "--from", publisher.folder)

    def test_of_a_release_without_a_reason(self, held):
        self.refuse("needs a reason", "--release", held.run)

    def test_of_a_release_of_an_unknown_run(self):
        self.refuse("There is no run", "--release", 999_999, "--reason", "Right.")

    def test_of_a_release_with_a_dataset_or_directory(self, held, publisher):
        for more in ([VIOLATIONS], ["--from", publisher.folder]):
            self.refuse("name no dataset", *more, "--release", held.run, "--reason", "Right.", error=CommandError)

    def test_at_the_command_line_are_one_line_and_status_1(self, tmp_path, capsys):
        with pytest.raises(SystemExit) as ended:
            Command().run_from_argv(["manage.py", "sync", "--from", str(tmp_path / "nowhere")])

        assert ended.value.code == 1
        assert capsys.readouterr() == ("", f"There is no directory {tmp_path / 'nowhere'}.\n")

    def test_of_an_unreachable_portal_is_one_line_and_status_1(self, portal, settings, monkeypatch, capsys):
        monkeypatch.setattr("sync.sources.portal.Backoff", lambda: Backoff(tries=2, sleep=lambda _seconds: None))
        settings.CKAN_URL = portal.url
        portal.stop()

        with pytest.raises(SystemExit) as ended:
            Command().run_from_argv(["manage.py", "sync"])

        out, err = capsys.readouterr()
        assert (ended.value.code, out) == (1, "")
        assert err.count("\n") == 1
        assert portal.url.removeprefix("http://") in err

    def test_of_an_address_that_is_none(self, settings):
        settings.CKAN_URL = "data.ca.gov"
        self.refuse("data.ca.gov")


@pytest.mark.django_db
class TestStatus:
    def test_lists_every_dataset_before_anything_was_loaded(self):
        status, out = run("--status")

        assert status == 0
        assert all(slug in out for slug in CONTRACTS)
        assert "8 resources, 8 of them stale or never loaded." in out

    def test_tells_what_readers_see_and_how_the_last_run_ended(self, held, publisher):
        publisher.load("esmr:2023", {})

        report = json.loads(run("--status", "--json")[1])

        entries = {entry["resource"]: entry for entry in report["resources"]}
        violations = entries[VIOLATIONS]
        assert (violations["rows"], violations["last_status"], violations["last_run"]) == (10, "held", held.run)
        assert violations["file_date"] == "2026-10-01"
        assert not violations["is_stale"]
        assert "90% fewer" in violations["last_message"]
        assert entries["esmr:2023"]["rows"] == 1
        assert entries["smarts_inspections"]["last_status"] == "never"
        assert "esmr" not in entries

    def test_calls_data_stale_after_their_cadence_and_confirmed_by_an_unchanged_file(self, publisher, time_machine):
        time_machine.move_to("2026-10-01 12:00 -0700")
        publisher.load(VIOLATIONS, {})
        time_machine.move_to("2026-10-11 11:00 -0700")
        assert not _is_stale()
        time_machine.move_to("2026-10-11 13:00 -0700")
        assert _is_stale()

        publisher.sync(VIOLATIONS)
        assert not _is_stale()

    def test_does_not_call_sampling_years_stale_that_are_no_longer_in_the_schedule(self, publisher, time_machine):
        time_machine.move_to("2026-10-01 12:00 -0700")
        publisher.load("esmr:2019", {})
        publisher.load("esmr:2020", {})
        publisher.load("esmr:2024", {})
        time_machine.move_to("2026-12-01 12:00 -0700")

        assert not _is_stale("esmr:2019")
        assert _is_stale("esmr:2020")
        assert _is_stale("esmr:2024")


def _is_stale(resource: str = VIOLATIONS) -> bool:
    entries = json.loads(run("--status", "--json")[1])["resources"]
    return next(entry["is_stale"] for entry in entries if entry["resource"] == resource)


@pytest.mark.django_db(transaction=True)
class TestAsAProgram:
    """A few runs as people start it, with a database and a data directory of their own."""

    @pytest.fixture
    def manage(self, tmp_path):
        server = connection.get_connection_params()
        address = f"{quote(server['user'])}@{quote(str(server.get('host', '')), safe='')}:{server.get('port', 5432)}"
        if server.get("password"):
            address = address.replace("@", f":{quote(server['password'])}@", 1)
        environment = os.environ | {
            "DATABASE_URL": f"postgresql://{address}/{connection.settings_dict['NAME']}",
            "STORMWATER_DATA_DIR": str(tmp_path / "program"),
        }

        def start(*arguments: object):
            return subprocess.run(
                [sys.executable, "manage.py", "sync", *(str(argument) for argument in arguments)],
                cwd=Path(settings.BASE_DIR),
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        return start

    def test_json_is_all_there_is_on_standard_output(self, manage, publisher):
        publisher.publish(VIOLATIONS, {}, {})
        publisher.publish("esmr:2023", {})

        done = manage("--from", publisher.folder, "--json")

        assert done.returncode == 0, done.stderr
        runs = json.loads(done.stdout)["runs"]
        assert {entry["dataset"]: entry["inserted"] for entry in runs if entry["status"] == "published"} == {
            VIOLATIONS: 2,
            "esmr:2023": 1,
        }
        assert "esmr:2023: merge" in done.stderr
        assert RegulatoryViolation.objects.count() == 2

    def test_a_held_file_ends_with_status_3_and_says_how_to_go_on(self, manage, publisher):
        publisher.publish(VIOLATIONS)

        done = manage(VIOLATIONS, "--from", publisher.folder)

        assert done.returncode == 3
        assert "held" in done.stdout
        assert "--release" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_mistake_is_one_line_and_status_1(self, manage, publisher):
        done = manage("smarts_violation", "--from", publisher.folder)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "There is no dataset 'smarts_violation': did you mean smarts_violations?\n"
