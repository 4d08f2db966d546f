"""A Redis of our own, for `make worker` and the tests: on this machine only, closed by a password, without files."""

import secrets
import shutil
import socket
import subprocess
import time
from typing import IO, Self, cast

import redis

from stormwater.background.children import end_child, start_child
from stormwater.errors import UserError

PROGRAM = "redis-server"
HOST = "127.0.0.1"
START_SECONDS = 20  # a loaded machine; it takes some hundredths of a second
_TRIES = 3  # between finding a free port and taking it, another program may take it


class RedisServer:
    """A server that runs from `start` to `stop`, or as long as the block.

    It may be started again after `stop` or `kill`, at the same address, and has then forgotten everything.
    """

    def __init__(self) -> None:
        self._password = secrets.token_hex(16)
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What REDIS_URL has to say."""
        return f"redis://:{self._password}@{HOST}:{self._port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers. Raises UserError if there is none or it does not start."""
        program = find_redis()
        for _ in range(1 if self._port else _TRIES):
            port = self._port or _free_port()
            process = start_child([program, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            # Not on the command line, where everybody could read the password.
            with cast("IO[bytes]", process.stdin) as stream:
                stream.write(self._configuration(port).encode())
            if self._answers(process, port):
                self._process, self._port = process, port
                return
            end_child(process)
        raise UserError(f"{PROGRAM} did not start. Set REDIS_URL to a Redis of your own.")

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process:
            end_child(self._process)
            self._process = None

    def kill(self) -> None:
        """Kill it at once, as a machine that loses its power would."""
        if self._process:
            end_child(self._process, patience=0)
            self._process = None

    def _configuration(self, port: int) -> str:
        lines = (
            f"bind {HOST}",
            f"port {port}",
            f"requirepass {self._password}",
            # Nothing on disk: what is lost with it, beat and the ledger bring back.
            'save ""',
            "appendonly no",
            "daemonize no",
        )
        return "\n".join((*lines, ""))

    def _answers(self, process: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with redis.Redis(HOST, port, password=self._password, socket_timeout=5) as client:
                    return bool(client.ping())
            except redis.AuthenticationError:
                return False  # somebody else's
            except redis.RedisError:
                time.sleep(0.02)
        return False


def find_redis() -> str:
    """The program's path. Raises UserError if it is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise UserError(
            f"{PROGRAM} is not installed (on Debian: apt-get install redis-server). "
            "Install it, or set REDIS_URL to a Redis of your own."
        )
    return program


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
