"""What the server says about itself in `postmaster.pid`, and whether that is still true."""

import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

PROGRAM = "postgres"
IMPOSSIBLE_PID = 2**31 - 1  # above what Linux and macOS number processes with
POLL_SECONDS = 0.05
CONNECT_SECONDS = 5  # a socket on this machine answers at once, or its machine is very busy
ORPHAN_SECONDS = 10  # to end when told to; after that they are killed


@dataclass(frozen=True)
class Postmaster:
    """The lines of `postmaster.pid`: who runs the cluster, since when, where it listens and in which state it is."""

    pid: int
    started: int
    port: int
    socket_dir: str
    status: str

    @property
    def identity(self) -> str:
        """One start of one server: a process number alone is given again."""
        return f"{self.pid} {self.started}"

    def is_listening(self) -> bool:
        """Return whether something accepts connections on the socket; true during crash recovery as well."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(CONNECT_SECONDS)
            try:
                client.connect(str(socket_path(Path(self.socket_dir), self.port)))
            except BlockingIOError:  # it listens, but more connect than it keeps waiting
                return True
            except OSError:
                return False
            return True

    def is_ready(self) -> bool:
        """Return whether the server answers queries."""
        return self.status == "ready" and self.is_listening()


def socket_path(folder: Path, port: int) -> Path:
    """Return the socket's file, by PostgreSQL's own rule."""
    return folder / f".s.PGSQL.{port}"


def read(cluster: Path) -> Postmaster | None:
    """Return what `postmaster.pid` says, or None if there is none or it is not complete yet."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, _, started, port, socket_dir, _, _, status = lines[:8]
        return Postmaster(int(pid), int(started), int(port), socket_dir, status.strip())
    except (OSError, ValueError):
        return None


def recorded_pid(cluster: Path) -> int | None:
    """Return the process number in `postmaster.pid`, which is written before the rest."""
    try:
        return int((cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def runs(pid: int | None, cluster: Path) -> bool:
    """Return whether the process `pid` is a PostgreSQL process of this cluster."""
    try:
        return pid is not None and _is_of(psutil.Process(pid), cluster, if_hidden=True)
    except (psutil.NoSuchProcess, OverflowError, ValueError):
        return False


def wait_until_settled(cluster: Path) -> Postmaster | None:
    """Wait while a server starts, recovers or stops. Return it when it is ready, None when it is gone."""
    while runs(recorded_pid(cluster), cluster):
        postmaster = read(cluster)
        if postmaster and postmaster.is_ready():
            return postmaster
        time.sleep(POLL_SECONDS)
    return None


def disown_recycled_pid(cluster: Path) -> None:
    """Let the cluster start although the number of its killed server belongs to another process now, or to its corpse.

    PostgreSQL would take that process for the server and refuse, at `postmaster.pid` and again at the socket's lock.
    In the first only the number is replaced: the rest is how PostgreSQL finds shared memory that left-over processes
    still use. A corpse is a server that was killed and that nobody has collected yet, as happens in containers.
    """
    pid = recorded_pid(cluster)
    if pid is None or not psutil.pid_exists(pid) or runs(pid, cluster):
        return
    dead = read(cluster)
    file = cluster / "postmaster.pid"
    lines = file.read_text(encoding="utf-8").split("\n")
    file.write_text("\n".join([str(IMPOSSIBLE_PID), *lines[1:]]), encoding="utf-8")
    if dead and dead.socket_dir:
        place = socket_path(Path(dead.socket_dir), dead.port)
        place.with_name(f"{place.name}.lock").unlink(missing_ok=True)


def end_orphans(cluster: Path) -> None:
    """End the processes that outlived their killed server; a busy one would go on until its query is done.

    PostgreSQL refuses to start beside them. Nothing is lost: what they had not committed is undone by the recovery that
    follows in any case.
    """
    orphans = [process for process in psutil.process_iter() if _is_of(process, cluster, if_hidden=False)]
    for process in orphans:
        _end(process, kill=False)
    _, alive = psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
    for process in alive:
        _end(process, kill=True)
    psutil.wait_procs(alive, timeout=ORPHAN_SECONDS)


def _end(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        pass


def _is_of(process: psutil.Process, cluster: Path, *, if_hidden: bool) -> bool:
    """Return whether a process is PostgreSQL working in this cluster; `if_hidden` when the system will not say where.

    The system hides it from root in containers that may not trace other accounts' processes.
    """
    try:
        if process.name() != PROGRAM or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.cwd()).samefile(cluster)
    except psutil.AccessDenied:
        return if_hidden
    except (psutil.NoSuchProcess, OSError):
        return False
