"""`manage.py doctor`: each thing that can be wrong is found, said with its remedy, and counted in the exit status."""

import gzip
import json
import os
import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from django.contrib.postgres.operations import TrigramExtension
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.utils import OperationalError
from django.utils import timezone

from stormwater.background.redis_server import RedisServer
from stormwater.disk import GIB
from stormwater.errors import UserError
from stormwater.overview import checks
from stormwater.overview.checks import CHECKS, QUICK, Level, database, machine, run_checks, workers
from sync.contracts import CONTRACTS
from sync.ledger import resource_of
from sync.models import Alert, FollowUp, PendingIndex, RawFile, Run, SignOfLife

pytestmark = pytest.mark.django_db
VIOLATIONS = "smarts_violations"


def found(*names: str) -> list[tuple[str, str]]:
    """(level, sentence) of what the named checks find."""
    return [(finding.level.value, finding.sentence) for finding in run_checks(names)]


def run_of(slug: str, status: str, days_ago: float = 0) -> Run:
    resource = resource_of(CONTRACTS[slug], 2026 if slug == "esmr" else None)
    when = timezone.now() - timedelta(days=days_ago)
    return Run.objects.create(
        resource=resource,
        source="portal",
        status=status,
        message="Why.",
        started_at=when,
        heartbeat_at=when,
        finished_at=when,
    )


@pytest.fixture
def all_well(settings):
    """An installation without work to do."""
    settings.DATA_DIR.mkdir(mode=0o700)
    for slug in CONTRACTS:
        run_of(slug, "unchanged")


class TestTheCommand:
    def test_says_that_nothing_is_wrong_and_ends_with_0(self, all_well, capsys):
        call_command("doctor")
        assert capsys.readouterr().out == "Nothing is wrong.\n"

    def test_ends_with_3_for_warnings(self, all_well, capsys):
        held = run_of(VIOLATIONS, "held")
        with pytest.raises(SystemExit) as ended:
            call_command("doctor")
        assert ended.value.code == 3
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith(f"WARNING data: Run {held.pk} of smarts_violations is held: Why. Look at its file")
        assert lines[0].endswith(f'manage.py sync --release {held.pk} --reason "..."')
        assert lines[1:] == ["0 errors, 1 warnings."]

    def test_ends_with_1_for_an_error_and_prints_json_when_asked(self, all_well, capsys, monkeypatch):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
        with pytest.raises(SystemExit) as ended:
            call_command("doctor", "disk", json=True)
        assert ended.value.code == 1
        (finding,) = json.loads(capsys.readouterr().out)["findings"]
        assert (finding["level"], finding["check"]) == ("error", "disk")
        assert "clean_up" in finding["remedy"]

    def test_refuses_a_check_that_there_is_not(self):
        with pytest.raises(UserError, match="no check dsik; there are: settings, database"):
            call_command("doctor", "dsik")

    def test_changes_nothing(self, all_well, settings, django_assert_max_num_queries):
        before = sorted(settings.DATA_DIR.rglob("*"))
        with django_assert_max_num_queries(40) as queries:
            run_checks()
        assert [query["sql"] for query in queries if query["sql"].split()[0] not in {"SELECT", "SAVEPOINT"}] == []
        assert sorted(settings.DATA_DIR.rglob("*")) == before

    def test_the_quick_ones_are_checks(self):
        assert set(QUICK) <= set(CHECKS)
        assert set(CHECKS) >= checks.NEED_TABLES


class TestTheDatabase:
    def test_that_is_away_is_the_one_thing_that_is_said(self, monkeypatch, all_well):
        def away(*_):
            raise OperationalError("connection refused")

        monkeypatch.setattr(database.connection, "cursor", away)
        assert [sentence for _, sentence in found(*CHECKS)] == ["The database cannot be used: connection refused"]

    def test_without_some_migrations_is_said_and_tables_are_not_asked(self):
        run_of(VIOLATIONS, "held")
        ((app, latest),) = MigrationLoader(connection).graph.leaf_nodes("sync")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", [app, latest])
        assert found("migrations", "data") == [("error", f"1 migrations are not applied, sync.{latest} first.")]

    def test_of_a_newer_version_is_said(self):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('sync', '9999_later', now())")
        assert found("migrations") == [
            ("error", "The database has sync.9999_later, which this code does not: a newer version was here.")
        ]

    def test_without_an_extension_that_a_migration_made_is_said(self, monkeypatch):
        loader = MigrationLoader(connection)
        first = loader.disk_migrations["sync", "0001_initial"]
        monkeypatch.setattr(first, "operations", [*first.operations, TrigramExtension()])
        executor = type("Executor", (), {"__init__": lambda self, _: setattr(self, "loader", loader)})
        monkeypatch.setattr(database, "MigrationExecutor", executor)
        with connection.cursor() as cursor:
            cursor.execute("DROP EXTENSION IF EXISTS pg_trgm CASCADE")
        assert found("extensions") == [("error", "The database has no extension pg_trgm.")]
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION pg_trgm")
        assert found("extensions") == []


class TestTheMachine:
    @pytest.mark.parametrize("free, level", [(1, "error"), (5, "warning"), (20, None)])
    def test_needs_room_for_the_next_load(self, monkeypatch, free, level):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free * GIB))
        assert [found_level for found_level, _ in found("disk")] == ([level] if level else [])

    def test_must_let_us_write(self, monkeypatch, settings):
        monkeypatch.setattr(os, "access", lambda *_: False)
        ((level, sentence),) = found("data folder")
        assert level == "error"
        assert str(settings.DATA_DIR) in sentence

    def test_should_keep_raw_files_and_the_key_to_us(self, settings, tmp_path, monkeypatch):
        is_open = machine._is_open
        monkeypatch.setattr(machine, "_is_open", lambda path: not path.is_relative_to(tmp_path) or is_open(path))
        settings.RAW_DIR.mkdir(parents=True)
        for folder in (tmp_path, settings.DATA_DIR, settings.RAW_DIR):
            folder.chmod(0o755)
        (settings.DATA_DIR / "secret_key").write_text("x")
        (settings.DATA_DIR / "secret_key").chmod(0o644)
        sentences = [sentence for _, sentence in found("data folder")]
        assert any("can be read by others" in sentence for sentence in sentences)
        assert any("personal contact data" in sentence for sentence in sentences)

        settings.RAW_DIR.chmod(0o750)
        (settings.DATA_DIR / "secret_key").chmod(0o600)
        assert found("data folder") == []

    def test_must_agree_with_the_database_on_the_time(self, monkeypatch):
        now = machine.timezone.now
        monkeypatch.setattr(machine.timezone, "now", lambda: now() + timedelta(minutes=5))
        assert [level for level, _ in found("clock")] == ["warning"]

    def test_must_not_live_before_what_happened_already(self):
        run_of(VIOLATIONS, "published", days_ago=-1)
        assert "yet to come" in found("clock")[0][1]


@pytest.mark.redis
class TestBackgroundWork:
    @pytest.fixture(autouse=True)
    def on_redis(self, redis_server, settings):
        settings.REDIS_URL = redis_server.url

    def test_is_no_topic_without_redis(self, settings):
        settings.REDIS_URL = ""
        assert found("redis", "workers", "beat") == []

    def test_needs_a_redis_that_answers(self, settings):
        assert found("redis") == []
        with RedisServer() as gone:
            settings.REDIS_URL = gone.url
        assert found("redis")[0][1].startswith("Redis cannot be reached")
        assert found("workers") == []

    def test_needs_a_redis_that_throws_no_message_away(self, redis_server):
        with redis.Redis.from_url(redis_server.url) as client:
            client.config_set("maxmemory", "100mb")
            client.config_set("maxmemory-policy", "allkeys-lru")
            try:
                assert "allkeys-lru" in found("redis")[0][1]
                client.config_set("maxmemory-policy", "volatile-lru")
                assert found("redis") == []
            finally:
                client.config_set("maxmemory", "0")
                client.config_set("maxmemory-policy", "noeviction")

    def test_needs_a_worker_for_each_queue(self, monkeypatch):
        monkeypatch.setattr(workers, "_served_queues", lambda: {"sync"})
        assert found("workers") == [("error", "No worker takes the queue default.")]
        monkeypatch.setattr(workers, "_served_queues", lambda: {"sync", "default"})
        assert found("workers") == []

    def test_must_not_pile_up(self, monkeypatch, settings):
        monkeypatch.setattr(workers, "_served_queues", lambda: {"sync", "default"})
        monkeypatch.setattr(workers, "count_waiting", lambda: {"sync": settings.QUEUE_LIMIT + 1})
        assert [level for level, _ in found("workers")] == ["warning"]

    @pytest.mark.parametrize("minutes, is_heard", [(None, False), (21, False), (1, True)])
    def test_needs_beat(self, minutes, is_heard):
        if minutes is not None:
            SignOfLife.objects.create(name="beat", heard_at=timezone.now() - timedelta(minutes=minutes))
        assert (found("beat") == []) is is_heard


class TestTheData:
    def test_that_were_never_loaded_or_are_stale_are_said(self, all_well):
        Run.objects.filter(resource__slug=VIOLATIONS).delete()
        Run.objects.filter(resource__slug="esmr:2026").update(finished_at=timezone.now() - timedelta(days=22))
        resource_of(CONTRACTS[VIOLATIONS], None).delete()
        assert [sentence for _, sentence in found("data")] == [
            "smarts_violations was never loaded.",
            "esmr:2026 is older than its cadence allows.",
        ]

    def test_whose_run_failed_are_said(self, all_well):
        run_of(VIOLATIONS, "failed")
        assert "failed: Why." in found("data")[0][1]

    def test_whose_run_was_held_are_said_while_the_next_one_is_at_work(self, all_well):
        held = run_of(VIOLATIONS, "held")
        trying = run_of(VIOLATIONS, "failed")
        Run.objects.filter(pk=trying.pk).update(status="running", finished_at=None)
        assert [sentence for _, sentence in found("data")] == [f"Run {held.pk} of smarts_violations is held: Why."]

    @pytest.mark.parametrize(
        "stored, is_whole",
        [(gzip.compress(b"a,b\n", mtime=0), True), (b"", False), (None, False)],
        ids=["whole", "empty", "lost"],
    )
    def test_whose_stored_file_is_lost_or_damaged_are_said(self, settings, stored, is_whole):
        run = run_of(VIOLATIONS, "published")
        run.raw_file = RawFile.objects.create(resource=run.resource, sha256="0" * 64, size=4, path="a.csv.gz")
        run.save()
        run.resource.last_published = run
        run.resource.save()
        settings.RAW_DIR.mkdir(parents=True)
        if stored is not None:
            (settings.RAW_DIR / "a.csv.gz").write_bytes(stored)

        told = [sentence.partition(", which")[0] for _, sentence in found("raw files")]
        assert told == ([] if is_whole else [f"The stored file of run {run.pk}"])

    def test_a_table_that_a_first_load_left_without_indexes_is_said_when_no_run_is_at_work(self):
        PendingIndex.objects.create(table="monitoring_esmrsample", statement="CREATE INDEX")
        resource = resource_of(CONTRACTS[VIOLATIONS], None)
        now = timezone.now()
        run = Run.objects.create(resource=resource, source="portal", started_at=now, heartbeat_at=now)
        assert found("indexes") == []
        run.delete()
        ((level, sentence),) = found("indexes")
        assert (level, sentence.partition(",")[0]) == ("warning", "The table monitoring_esmrsample is without indexes")

    def test_a_follow_up_that_failed_and_an_alert_of_another_kind_are_said(self):
        now = timezone.now()
        FollowUp.objects.create(
            name="matching", status="failed", message="Why.", started_at=now, finished_at=now, heartbeat_at=now
        )
        for cause in ("follow_up:matching", "disk", "source:esmr"):
            Alert.objects.create(cause=cause, sentence=cause, opened_at=now)
        assert [sentence.partition(" (")[0] for _, sentence in found("follow-ups", "alerts")] == [
            "The follow-up matching failed: Why.",
            "source:esmr",
        ]


class TestSettings:
    def test_a_schedule_that_cannot_be_and_mail_without_a_server_are_said(self, settings):
        settings.SYNC_HOUR = 99
        settings.ALERT_RECIPIENTS = ["operators@example.org"]
        levels = [finding.level for finding in run_checks(["settings"])]
        assert levels == [Level.ERROR, Level.WARNING]

    def test_production_without_redis_and_https_is_said(self, settings):
        settings.PRODUCTION = True
        sentences = " ".join(sentence for _, sentence in found("settings"))
        assert "REDIS_URL is not set" in sentences
        assert "security.W" in sentences
