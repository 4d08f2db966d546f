"""`manage.py worker`: workers and beat on this machine, until Ctrl-C; for developers."""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from stormwater.background.children import end_child, start_child
from stormwater.background.redis_server import RedisServer
from stormwater.commands import StormwaterCommand
from stormwater.errors import UserError
from stormwater.stopping import StopSignals, running_database
from sync.opening_sources import configured_source
from sync.schedule import beat_schedule

# What production runs as services of their own (compose.yaml).
PROGRAMS = {
    "worker of the queue sync": [
        *("worker", "--queues", settings.SYNC_QUEUE, "--concurrency", "1", "--hostname", "sync@%h"),
        *("--without-gossip", "--without-mingle"),
    ],
    "worker of the queue default": [
        *("worker", "--queues", settings.DEFAULT_QUEUE, "--concurrency", "1", "--hostname", "default@%h"),
        *("--without-gossip", "--without-mingle"),
    ],
    "beat": ["beat", "--pidfile="],
}
LOOK_SECONDS = 0.5


class Command(StormwaterCommand):
    """Ends with Ctrl-C (exit status 0), and then leaves nothing running that it started; 1 if a part of it ended."""

    help = (
        "Run workers and beat until Ctrl-C. Without REDIS_URL, a Redis of its own is started from Debian's "
        "redis-server and ends with it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=int, metavar="SECONDS", help="a shortened schedule: everything this often, to try it"
        )
        parser.add_argument("--from", dest="directory", metavar="DIR", help="sync from DIR instead of the portal")

    def handle(self, *_args: Any, every: int | None, directory: str | None, **_options: Any) -> None:
        beat_schedule()  # refuses wrong variables here, not in a child
        configured_source(directory)
        environment = dict(os.environ)
        if every is not None:
            environment["STORMWATER_SYNC_EVERY"] = str(every)
        if directory is not None:
            environment["STORMWATER_SYNC_DIRECTORY"] = str(Path(directory).absolute())
        with StopSignals() as stopping, running_database(stopping):
            call_command("migrate", interactive=False, verbosity=0)
            with nullcontext() if settings.REDIS_URL else RedisServer() as server:
                if server is not None:
                    environment["REDIS_URL"] = server.url
                with _running(environment) as children:
                    self.stdout.write("Workers and beat run. Ctrl-C stops them.")
                    self.stdout.flush()
                    with stopping.ending_quietly():
                        _watch(children)
        self.stdout.write("\nStopped.")


@contextmanager
def _running(environment: dict[str, str]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in PROGRAMS.items():
            command = [sys.executable, "-m", "celery", "-A", "stormwater", *arguments]
            children[name] = start_child(command, env=environment, cwd=settings.BASE_DIR)
        yield children
    finally:
        for child in reversed(children.values()):
            end_child(child)


def _watch(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait until the interrupt comes. Raises UserError if a child ends before."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                raise UserError(f"The {name} ended with status {child.returncode}; its last lines are above.")
        time.sleep(LOOK_SECONDS)
