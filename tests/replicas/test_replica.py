"""Reads on a real second server, cloned by pg_basebackup: who answers what, and what happens when it lags or dies."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from stormwater.database.account import server_account
from stormwater.database.programs import installed_programs
from stormwater.database.server import DATABASE, PORT, ROLE, SUPERUSER, EmbeddedServer
from stormwater.settings import BASE_DIR
from tests.published_files import csv_bytes, file_name

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]

LAG_SECONDS = 3
LIST = "/admin/violations/regulatoryviolation/"
RUNS = "/admin/sync/run/"


def url_of(socket_dir: Path) -> str:
    return f"postgresql://{ROLE}@{quote(str(socket_dir), safe='')}:{PORT}/{DATABASE}"


class Standby:
    """The clone: a folder, a socket beside it, and PostgreSQL's own programs."""

    def __init__(self, folder: Path, primary_socket: Path) -> None:
        self.folder = folder
        self.socket = folder.parent / "s"
        self.account = server_account(folder)
        self.primary_socket = primary_socket
        self.log = folder.parent / "standby.log"

    def run(self, program: str, *arguments: str) -> int:
        programs = installed_programs().folder
        with self.log.open("ab") as log:
            return self.account.run(
                [str(programs / program), *arguments],
                cluster=self.folder,
                needs=[programs, self.folder, self.primary_socket, self.socket],
                output=log,
            )

    def clone(self) -> None:
        for folder in (self.folder, self.socket):
            folder.mkdir(mode=0o700)
            os.chown(folder, self.account.uid, self.account.gid)
        code = self.run(
            "pg_basebackup",
            *("--host", str(self.primary_socket), "--username", SUPERUSER, "--pgdata", str(self.folder)),
            *("--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream"),
        )
        assert code == 0, self.log.read_text()

    def start(self) -> None:
        options = f"-c unix_socket_directories={self.socket} -c listen_addresses="
        assert self.run("pg_ctl", "start", "--wait", "-o", options) == 0, self.log.read_text()

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "stop", "--wait", f"--mode={mode}")

    def pause(self) -> None:
        """Replay nothing more; returns when that is so."""
        self.execute("SELECT pg_wal_replay_pause()")
        wait_until(lambda: self.execute("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def execute(self, query: str) -> object:
        with psycopg.connect(
            host=str(self.socket), port=PORT, user=SUPERUSER, dbname=DATABASE, autocommit=True
        ) as connection:
            row = connection.execute(query).fetchone()
            return row and row[0]


class Visitor:
    """The site's process (visitor.py) and the way to talk to it."""

    def __init__(self, primary: EmbeddedServer, standby: Standby) -> None:
        environment = dict(os.environ) | {
            "STORMWATER_DATA_DIR": str(primary.data_dir),
            "DATABASE_URL": url_of(standby.primary_socket),
            "DATABASE_REPLICA_URLS": url_of(standby.socket),
            "DATABASE_REPLICA_LAG_SECONDS": str(LAG_SECONDS),
        }
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("visitor.py"))],
            env=environment | {"PYTHONPATH": str(BASE_DIR)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._read() == {"ready": True}

    def _read(self) -> dict:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the visitor has ended"
        return json.loads(line)

    def say(self, **order) -> dict:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._read()

    def get(self, path: str = LIST) -> dict:
        answer = self.say(do="get", path=path)
        assert answer["status"] == 200
        return answer

    def end(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture(scope="module")
def primary(tmp_path_factory) -> Iterator[EmbeddedServer]:
    """A loaded database that replicas can follow, by the file that operations.md describes."""
    folder = tmp_path_factory.mktemp("primary")
    server = EmbeddedServer(folder)
    server.folder.mkdir()
    (server.folder / "local.conf").write_text("wal_level = replica\nmax_wal_senders = 10\n")
    published = folder / "published"
    published.mkdir()
    (published / file_name("smarts_violations")).write_bytes(csv_bytes("smarts_violations", [{}] * 3))
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"STORMWATER_DATA_DIR": str(folder), "DJANGO_SUPERUSER_PASSWORD": "unguessable-for-a-minute"}
    for command in (
        ["migrate"],
        ["sync", "--from", str(published)],
        ["createsuperuser", "--no-input", "--username", "visitor", "--email", "visitor@example.org"],
    ):
        subprocess.run([sys.executable, "manage.py", *command], env=environment, cwd=BASE_DIR, check=True)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def standby(primary, tmp_path_factory) -> Iterator[Standby]:
    clone = Standby(tmp_path_factory.mktemp("standby") / "data", Path(primary.ensure_running().host))
    clone.clone()
    clone.start()
    yield clone
    clone.stop("immediate")


@pytest.fixture
def visitor(primary, standby) -> Iterator[Visitor]:
    """Logged in, with a replica that keeps up and is known to."""
    found = Visitor(primary, standby)
    found.say(do="login")
    wait_until(lambda: found.get()["replica"] > 0)
    yield found
    found.end()


def wait_until(is_so, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def write_on(primary: EmbeddedServer, memo: str) -> None:
    found = primary.ensure_running()
    with psycopg.connect(host=found.host, port=found.port, user=ROLE, dbname=DATABASE, autocommit=True) as connection:
        connection.execute("UPDATE violations_regulatoryviolation SET memo = %s", [memo])


def test_published_data_are_read_from_the_replica_and_logins_from_the_primary(visitor):
    answer = visitor.get()

    assert answer["replica"] > 0
    assert answer["primary"] > 0  # session and user
    assert "800001" in answer["body"]


def test_what_a_replica_shows_follows_the_primary(visitor, primary, standby):
    write_on(primary, "written on the primary")
    wait_until(
        lambda: standby.execute("SELECT max(memo) FROM violations_regulatoryviolation") == "written on the primary"
    )


def test_after_a_write_of_its_own_a_session_reads_from_the_primary_for_a_while(visitor):
    answer = visitor.say(do="post", path="/admin/sync/dataset/sync-now/", form={"slug": "no_such_dataset"})
    assert answer["status"] == 302
    assert answer["replica"] == 0

    assert visitor.get()["replica"] == 0
    time.sleep(3 * LAG_SECONDS + 0.5)
    assert visitor.get()["replica"] > 0


def test_a_replica_that_lags_beyond_the_limit_is_left_alone_until_it_has_caught_up(visitor, primary, standby):
    standby.pause()
    try:
        write_on(primary, "not replayed")
        assert visitor.get()["replica"] > 0  # it may lag a little
        deadline = time.monotonic() + 4 * LAG_SECONDS
        while visitor.get()["replica"] > 0:
            assert time.monotonic() < deadline
            time.sleep(0.3)
        assert "800001" in visitor.get()["body"]
    finally:
        standby.execute("SELECT pg_wal_replay_resume()")
    wait_until(lambda: visitor.get()["replica"] > 0)


def test_a_process_that_knows_nothing_yet_does_not_trust_a_replica_that_is_behind(primary, standby, visitor):
    standby.pause()
    try:
        write_on(primary, "long ago")
        wait_until(lambda: visitor.get()["replica"] == 0)
        newcomer = Visitor(primary, standby)
        try:
            newcomer.say(do="login")
            assert newcomer.get()["replica"] == 0
        finally:
            newcomer.end()
    finally:
        standby.execute("SELECT pg_wal_replay_resume()")


def test_a_replica_that_dies_is_no_error_and_is_taken_up_again_when_it_is_back(visitor, standby):
    standby.stop("immediate")
    try:
        assert visitor.get()["replica"] == 0
        assert visitor.get(RUNS)["replica"] == 0
    finally:
        standby.start()
    wait_until(lambda: visitor.get()["replica"] > 0)


def test_a_clone_that_was_promoted_is_no_replica_any_more(visitor, standby):
    """The last test: there is no way back for the clone."""
    assert standby.run("pg_ctl", "promote", "--wait") == 0

    wait_until(lambda: visitor.get()["replica"] == 0)
