"""Measuring commands of ours as whole processes: wall time and peak memory, as the system counts them."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import TemporaryFile

from stormwater.errors import UserError
from stormwater.settings import BASE_DIR


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ran to its end."""

    seconds: float
    peak_mb: float
    output: str


def run_command(*arguments: str, environment: Mapping[str, str] | None = None) -> Finished:
    """Run `manage.py` with these arguments; the environment, and so the database, is ours, but for what is given.

    Raises UserError if it does not exit with 0.
    """
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    start = time.perf_counter()
    with TemporaryFile("w+") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=file, stderr=subprocess.DEVNULL, env=os.environ | dict(environment or {})
        )
        _, status, usage = os.wait4(process.pid, 0)  # not Popen.wait, which tells nothing of memory
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        file.seek(0)
        output = file.read()
    if process.returncode:
        raise UserError(f"manage.py {' '.join(arguments)} ended with status {process.returncode}.")
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, kilobytes on Linux
    return Finished(seconds, peak, output)
