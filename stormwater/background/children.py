"""Child processes that do not outlive the one that started them."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from typing import Any

# How long a child may take to end by itself. Being killed after that does no harm: see sync/claims.py.
PATIENCE_SECONDS = 10


def start_child(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, so that Ctrl-C is for the parent, which then ends it.

    Where the system can, it is told to end when this process does, even when that is killed.
    """
    if setpriv := shutil.which("setpriv"):
        command = [setpriv, "--pdeathsig", "TERM", "--", *command]
    return subprocess.Popen(command, start_new_session=True, **options)  # noqa: S603 - our own lists, no shell


def end_child(process: subprocess.Popen[bytes], *, patience: float = PATIENCE_SECONDS) -> None:
    """End a child and all that it started: asked first, killed if it does not listen."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
