"""The embedded server: started once by whoever comes first, and never in the way after a kill."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from django.conf import settings as project_settings
from django.core.management import call_command
from django.db import connections
from django.db.utils import OperationalError

from stormwater.database import postmaster
from stormwater.database.account import Account, can_enter
from stormwater.database.backend.base import DatabaseWrapper
from stormwater.database.configuration import configuration_text, quoted, server_settings
from stormwater.database.dropping import drop_database
from stormwater.database.errors import EmbeddedServerError
from stormwater.database.server import EmbeddedServer
from stormwater.errors import UserError

# One server at a time beside the one that the other tests use.
pytestmark = pytest.mark.xdist_group("embedded_database")

QUICKLY = 0.05  # seconds for finding a server that runs
MANAGE = Path(__file__).parents[2] / "manage.py"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A data folder with a complete cluster, stopped; copying it is faster than making one."""
    data_dir = tmp_path_factory.mktemp("made") / "data"
    server = EmbeddedServer(data_dir)
    server.ensure_running()
    server.stop()
    return data_dir


@pytest.fixture
def server_in(made_once):
    """Put a stopped server into a folder; whatever becomes of it in the test, nothing of it is left."""
    servers = []

    def put(data_dir):
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(made_once), str(data_dir)], check=True)
        shutil.rmtree(data_dir / "postgres" / "run", ignore_errors=True)
        servers.append(EmbeddedServer(data_dir))
        return servers[-1]

    yield put
    for server in servers:
        server.stop()
        kill(processes_of(server))


@pytest.fixture
def server(server_in, tmp_path):
    return server_in(tmp_path / "data")


def processes_of(server):
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name() == "postgres" and Path(process.cwd()).samefile(server.cluster):
                found.append(process)
    return found


def kill(processes):
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


def connect(connection, dbname="stormwater", **options):
    return psycopg.connect(host=connection.host, port=connection.port, user=connection.user, dbname=dbname, **options)


def query(connection, text):
    with connect(connection, autocommit=True) as client:
        return client.execute(text).fetchone()[0]


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, str(MANAGE), *arguments],
        env={**os.environ, "DATABASE_URL": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_first_start_makes_a_database_that_sorts_the_same_everywhere_and_is_safe_against_power_cuts(tmp_path):
    server = EmbeddedServer(tmp_path / "data")
    try:
        connection = server.ensure_running()
        assert query(connection, "select current_database()") == "stormwater"
        assert query(connection, "show server_version_num") >= "180000"
        assert query(connection, "show server_encoding") == "UTF8"
        assert query(connection, "show data_checksums") == "on"
        assert query(connection, "show fsync") == "on"
        assert query(connection, "show listen_addresses") == ""
        assert query(connection, "select datlocale from pg_database where datname = current_database()") == "C.UTF-8"
        assert query(connection, "select array_agg(v order by v) from unnest('{é,b,B,a}'::text[]) v") == list("Babé")
        assert query(connection, "select lower('Ñ') = 'ñ'")
    finally:
        server.stop()


def test_our_role_is_no_superuser_but_can_make_test_databases_and_the_extensions_that_migrations_need(server):
    connection = server.ensure_running()
    assert query(connection, "select rolsuper from pg_roles where rolname = current_user") is False
    assert query(connection, "select rolcreatedb from pg_roles where rolname = current_user") is True
    with connect(connection, autocommit=True) as client:
        client.execute("create extension pg_trgm")
        client.execute("create extension btree_gist")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            client.execute("copy (select 1) to '/tmp/stormwater-must-not-exist'")


def test_a_running_server_is_found_at_once_and_not_started_again(server):
    first = server.ensure_running()
    pid = server.running().pid
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        assert EmbeddedServer(server.data_dir).ensure_running() == first
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < QUICKLY  # one of them is not held up by what else the machine does
    assert server.running().pid == pid


def test_processes_that_need_it_first_at_once_make_and_share_one_server(tmp_path):
    server = EmbeddedServer(tmp_path / "data")
    code = (
        "import sys; from pathlib import Path; from stormwater.database.server import EmbeddedServer;"
        "server = EmbeddedServer(Path(sys.argv[1])); sys.stdin.read(); server.ensure_running();"
        "print(server.running().pid)"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(server.data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=MANAGE.parent,
            text=True,
        )
        for _ in range(4)
    ]
    try:
        for starter in starters:
            starter.stdin.close()
        answers = [starter.stdout.read().strip() for starter in starters]
        assert [starter.wait(timeout=60) for starter in starters] == [0] * 4
        assert set(answers) == {str(server.running().pid)}
    finally:
        for starter in starters:
            starter.stdout.close()
        server.stop()


def test_it_outlives_the_process_that_started_it(server):
    code = (
        "import os, signal, sys; from pathlib import Path; from stormwater.database.server import EmbeddedServer;"
        "EmbeddedServer(Path(sys.argv[1])).ensure_running(); os.killpg(0, signal.SIGKILL)"
    )
    starter = subprocess.run(
        [sys.executable, "-c", code, str(server.data_dir)], cwd=MANAGE.parent, start_new_session=True, check=False
    )
    assert starter.returncode == -signal.SIGKILL
    assert server.running()


def test_it_starts_again_after_everything_was_killed_and_keeps_what_was_committed(server):
    with connect(server.ensure_running(), autocommit=True) as client:
        client.execute("create table kept as select 42 as answer")
    kill(processes_of(server))
    assert server.running() is None
    assert (server.cluster / "postmaster.pid").exists()
    assert query(server.ensure_running(), "select answer from kept") == 42


def test_a_database_is_dropped_although_a_client_and_autovacuum_are_at_work_in_it(server):
    (server.cluster / "postgresql.auto.conf").write_text("autovacuum_naptime = 1\n")
    master = connect(server.ensure_running(), autocommit=True)
    master.execute("create database busy")
    client = connect(server.ensure_running(), autocommit=True, dbname="busy")
    with contextlib.closing(master), contextlib.closing(client):
        client.execute(
            "create table slow with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_cost_delay = 100, "
            "autovacuum_vacuum_cost_limit = 1) as select n from generate_series(1, 100_000) n"
        )
        client.execute("delete from slow where n % 2 = 0")
        # Of another's process an ordinary account sees that it is there, not what it is. One that came before the
        # table was filled goes at once: one that is seen twice has work to do.
        at_work = "select pid from pg_stat_activity where datname = 'busy' and backend_type is null"
        deadline = time.monotonic() + 60
        before: set[tuple[int]] = set()
        while not before & (now := set(master.execute(at_work).fetchall())):
            assert time.monotonic() < deadline, "no autovacuum worker came"
            before = now
            time.sleep(0.5)
        drop_database(master, "busy")
        assert master.execute("select 1 from pg_database where datname = 'busy'").fetchone() is None
        with pytest.raises(psycopg.OperationalError):
            client.execute("select 1")


def test_it_starts_again_although_a_busy_process_outlived_the_killed_server(server):
    client = connect(server.ensure_running(), autocommit=True)
    pid = client.info.backend_pid
    client.pgconn.send_query(b"do $$ begin loop end loop; end $$")  # never looks up, so never sees the server die
    kill([psutil.Process(server.running().pid)])
    assert psutil.pid_exists(pid)
    assert query(server.ensure_running(), "select 1") == 1
    assert not psutil.pid_exists(pid)
    client.close()


def test_it_starts_although_the_number_of_the_killed_server_belongs_to_another_process_now(server):
    server.ensure_running()
    kill(processes_of(server))
    file = server.cluster / "postmaster.pid"
    # Of the same account: PostgreSQL knows by itself that another account's process is not its own.
    stranger = subprocess.Popen(["sleep", "60"], user=server.cluster.stat().st_uid if os.geteuid() == 0 else None)
    try:
        for place in (file, *(server.folder / "run").glob(".s.PGSQL.*.lock")):
            place.write_text("\n".join([str(stranger.pid), *place.read_text().split("\n")[1:]]))
        assert query(server.ensure_running(), "select 1") == 1
        assert stranger.poll() is None, "the other process is left alone"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_start_that_was_cut_short_is_waited_for_and_completed(server):
    server.ensure_running()
    (server.folder / "ready").unlink()  # as if its starter was killed before it had made the database
    pid = server.running().pid
    server.ensure_running()
    assert server.running().pid == pid
    assert (server.folder / "ready").exists()


def test_a_cluster_whose_making_was_cut_short_is_made_anew(tmp_path):
    server = EmbeddedServer(tmp_path / "data")
    unfinished = server.folder / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    try:
        assert query(server.ensure_running(), "select 1") == 1
        assert not unfinished.exists()
    finally:
        server.stop()


def test_a_folder_with_a_long_and_awkward_name_works_through_a_short_socket_that_only_the_owner_can_enter(
    server_in, tmp_path
):
    server = server_in(tmp_path / ('it\'s a $folder with "quotes" ' + "x" * 100) / "data")
    connection = server.ensure_running()
    assert query(connection, "select 1") == 1
    socket_dir = Path(connection.host)
    assert len(connection.host) < 60
    assert socket_dir.stat().st_mode & 0o77 == 0
    server.stop()
    assert not socket_dir.exists()


def test_a_socket_folder_that_somebody_else_made_first_is_refused(server_in, tmp_path):
    server = server_in(tmp_path / ("x" * 100) / "data")
    trap = server._short_socket_dir
    trap.mkdir(mode=0o777)
    trap.chmod(0o777)
    try:
        with pytest.raises(EmbeddedServerError, match="belongs to somebody else or is open to others"):
            server.ensure_running()
    finally:
        trap.rmdir()


def test_no_permission_is_changed_on_any_folder_above_the_servers_own(server_in, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = [(path, path.stat().st_mode, path.stat().st_uid) for path in (closed, *closed.parents)]
    assert query(server_in(closed / "data").ensure_running(), "select 1") == 1
    assert [(path, path.stat().st_mode, path.stat().st_uid) for path in (closed, *closed.parents)] == before


def test_a_closed_folder_that_cannot_be_passed_is_said_plainly(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    stranger = Account(uid=os.geteuid() + 12345, gid=os.getegid() + 12345, name="somebody")
    assert not can_enter(tmp_path, stranger.uid, stranger.gid)
    monkeypatch.setattr("stormwater.database.account.shutil.which", lambda _: None)
    with (tmp_path / "log").open("wb") as log, pytest.raises(EmbeddedServerError, match="STORMWATER_DATA_DIR"):
        stranger.run(["true"], cluster=tmp_path, needs=[tmp_path], output=log)


def test_a_cluster_of_another_postgresql_version_is_named_and_not_touched(server):
    (server.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 17; installed is 18\.\d+"):
        server.ensure_running()


def test_a_server_that_cannot_start_says_why(server):
    (server.cluster / "postgresql.conf").write_text("shared_buffers = nonsense\n")
    with pytest.raises(EmbeddedServerError, match=r"did not start: .*FATAL"):
        server.ensure_running()


def test_an_old_log_is_set_aside_when_it_has_grown_large(server):
    with server.log.open("ab") as log:
        log.truncate(11 * 2**20)
    server.ensure_running()
    assert server.log.stat().st_size < 2**20
    assert server.log.with_suffix(".log.1").exists()


def test_start_status_and_stop_say_what_they_did_and_exit_accordingly(server):
    environment = {"STORMWATER_DATA_DIR": str(server.data_dir)}
    for arguments, status, words in [
        ("status", 3, "does not run"),
        ("start", 0, "started: PostgreSQL 18"),
        ("start", 0, "runs already"),
        ("status", 0, "runs: PostgreSQL 18"),
        ("stop", 0, "stopped"),
        ("stop", 0, "was not running"),
        ("status", 3, "does not run"),
    ]:
        done = manage("database", arguments, **environment)
        assert (done.returncode, done.stderr) == (status, "")
        assert words in done.stdout
        assert done.stdout.count("\n") == 1


def test_start_is_refused_when_another_server_is_configured(settings):
    settings.DATABASE_URL = "postgresql://db.example/stormwater"
    with pytest.raises(UserError, match="DATABASE_URL is set"):
        call_command("database", "start")


def test_help_and_other_commands_without_a_query_start_no_server(tmp_path):
    done = manage("help", STORMWATER_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 0
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize("command", [("migrate",), ("database", "status")])
def test_a_server_that_cannot_be_reached_is_one_line_and_no_traceback(command, tmp_path):
    done = manage(
        *command,
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
        STORMWATER_DATA_DIR=str(tmp_path),
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database cannot be used: ")
    assert "127.0.0.1" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_database_url_of_another_kind_is_one_line_and_no_traceback(tmp_path):
    done = manage("migrate", DATABASE_URL="mysql://localhost/x", STORMWATER_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == "DATABASE_URL must name a PostgreSQL server: postgresql://USER:PASSWORD@HOST/NAME\n"


@pytest.fixture
def wrapper():
    wrapper = DatabaseWrapper(connections["default"].settings_dict | {"NAME": "postgres"}, "default")
    yield wrapper
    wrapper.close()


def test_a_server_that_is_too_old_is_refused_with_its_version(wrapper, monkeypatch):
    monkeypatch.setattr(wrapper, "get_database_version", lambda: (15, 4))
    with pytest.raises(OperationalError, match=r"PostgreSQL 16 or later is needed, .* is 15\.4\. Upgrade it"):
        wrapper.check_database_version_supported()


def test_the_oldest_supported_server_is_accepted(wrapper, monkeypatch):
    monkeypatch.setattr(wrapper, "get_database_version", lambda: (16, 0))
    wrapper.check_database_version_supported()


def test_trouble_with_the_embedded_server_reaches_django_as_any_database_trouble(tmp_path):
    (tmp_path / "data").write_text("a file where a folder is wanted")
    wrapper = DatabaseWrapper(
        connections["default"].settings_dict | {"EMBEDDED_DATA_DIR": tmp_path / "data"}, "elsewhere"
    )
    with pytest.raises(OperationalError, match="cannot be kept in"):
        wrapper.get_connection_params()


@pytest.mark.django_db
def test_tests_run_on_a_test_database_of_the_embedded_server():
    if project_settings.DATABASE_URL:
        pytest.skip("DATABASE_URL is set")
    with connections["default"].cursor() as cursor:
        cursor.execute("select current_database(), current_user")
        name, user = cursor.fetchone()
    assert name.startswith("test_stormwater")
    assert user == "stormwater"


@pytest.mark.parametrize(
    "memory, buffers, work",
    [(2**29, "128MB", "16MB"), (8 * 2**30, "1024MB", "32MB"), (2**40, "1024MB", "64MB")],
)
def test_memory_settings_fit_small_and_large_machines(memory, buffers, work, tmp_path, monkeypatch):
    monkeypatch.setattr("stormwater.database.configuration.machine_memory", lambda: memory)
    settings = server_settings(tmp_path, tmp_path)
    assert (settings["shared_buffers"], settings["work_mem"]) == (buffers, work)


def test_a_socket_folder_with_a_quote_cannot_end_its_setting(tmp_path):
    assert quoted("it's \\ here") == "'it''s \\\\ here'"
    text = configuration_text(server_settings(tmp_path, Path("/x'\nfsync = off")), tmp_path / "local.conf")
    assert "x''" in text


@pytest.mark.parametrize("content", ["", "12", "12\n/x\nnot a number\n5432\n/run\n\n\nready\n"])
def test_an_incomplete_or_damaged_pid_file_is_no_server(content, tmp_path):
    (tmp_path / "postmaster.pid").write_text(content)
    assert postmaster.read(tmp_path) is None
