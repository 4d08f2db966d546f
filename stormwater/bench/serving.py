"""The site, or what it is measured against, under gunicorn as it is deployed, to be asked over HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from stormwater.errors import UserError
from stormwater.settings import BASE_DIR

SITE = "stormwater.wsgi"
START_SECONDS = 60
STOP_SECONDS = 60
# Whoever measures asks more often than any client may.
NO_LIMITS = {f"STORMWATER_{who}_RATE": "" for who in ("ANON", "USER", "EXPENSIVE", "STAFF")}


@dataclass(frozen=True, slots=True)
class Site:
    """A gunicorn with `gunicorn.conf.py`."""

    port: int
    process: "subprocess.Popen[bytes]"

    def workers(self) -> list[psutil.Process]:
        """The processes that answer, the longest serving first."""
        return sorted(
            psutil.Process(self.process.pid).children(), key=lambda worker: (worker.create_time(), worker.pid)
        )

    def worker_megabytes(self) -> list[float]:
        """The resident memory of each."""
        return [worker.memory_info().rss / 2**20 for worker in self.workers()]


@contextmanager
def under_gunicorn(
    application: str = SITE,
    *,
    log: Path,
    workers: int = 2,
    threads: int = 4,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """Serve `application` on a free port, with this process's environment and `environment`; stops it at the end.

    What it has to say is appended to `log`. Raises UserError if it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    size = {"WEB_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": str(workers), "WEB_THREADS": str(threads)}
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "gunicorn", application],
            cwd=BASE_DIR,
            env=os.environ | NO_LIMITS | size | dict(environment or {}),
            stdout=output,
            stderr=output,
        )
    site = Site(port, process)
    try:
        _wait_for(site, workers, log)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(site: Site, workers: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and site.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", site.port)) == 0 and len(site.workers()) == workers:
                return
        time.sleep(0.1)
    raise UserError(f"gunicorn did not start: {log.read_text(errors='replace')[-2000:]}")
