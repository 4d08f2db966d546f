"""The system account that the server runs under. PostgreSQL refuses to run as root, so root lends it another one."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stormwater.database.errors import EmbeddedServerError

# In this order. `postgres` owns databases already; `nobody` exists everywhere.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")

# Linux capabilities by bit number (capabilities(7)). Either lets a process enter folders closed to its account.
# The first only reads, so it is preferred; containers often allow the second alone.
PASSING_CAPABILITIES = ((2, "dac_read_search"), (1, "dac_override"))


@dataclass(frozen=True)
class Account:
    """Who runs the server's programs, and how they are started as that account."""

    uid: int
    gid: int
    name: str

    @property
    def is_ourselves(self) -> bool:
        """Whether this process runs under the account already."""
        return self.uid == os.geteuid()

    def run(self, command: list[str], *, cluster: Path, needs: list[Path], output: IO[bytes]) -> int:
        """Run one of PostgreSQL's programs for `cluster` as this account, and return its exit status.

        Its output goes to `output`, which the server that it starts keeps using.
        `needs` are the folders that it must be able to enter. Where a folder above them is closed to the account, as
        /root is, no permission is changed: the program is given the one capability that lets it pass.
        """
        if self.is_ourselves:
            return _run(command, cluster, output)
        if all(can_enter(folder, self.uid, self.gid) for folder in needs):
            return _run(command, cluster, output, uid=self.uid, gid=self.gid)
        return _run([*self._passing_prefix(needs), *command], cluster, output)

    def _passing_prefix(self, needs: list[Path]) -> list[str]:
        setpriv = shutil.which("setpriv")
        allowed = _allowed_capabilities()
        capability = next((name for bit, name in PASSING_CAPABILITIES if allowed >> bit & 1), None)
        if setpriv is None or capability is None:
            closed = next(folder for folder in needs if not can_enter(folder, self.uid, self.gid))
            raise EmbeddedServerError(
                f"The database cannot run as root, and the account {self.name!r}, which it runs under instead, cannot "
                f"enter {closed}. Set STORMWATER_DATA_DIR to a folder that every user can enter, or do not run as root."
            )
        return [
            setpriv,
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            f"--inh-caps=+{capability}",
            f"--ambient-caps=+{capability}",
            "--",
        ]


def server_account(cluster: Path) -> Account:
    """Return the account for the cluster in the folder `cluster`: its owner, or for a new one who fits.

    Raises `EmbeddedServerError` when the cluster belongs to somebody that this process cannot act for.
    """
    ourselves = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if ourselves != 0:
        if owner not in {None, ourselves}:
            raise EmbeddedServerError(
                f"The database in {cluster} belongs to another user (number {owner}): it was made by root or by that "
                "user. Run the command as they do, or set STORMWATER_DATA_DIR to a folder of your own."
            )
        return Account(ourselves, os.getegid(), "")
    if owner:
        return _account_of(owner, cluster)
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise EmbeddedServerError(
        "The database cannot run as root, and this machine has neither an account 'postgres' nor 'nobody' to run it "
        "under. Make one of them, or do not run as root."
    )


def _account_of(uid: int, cluster: Path) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedServerError(
            f"The database in {cluster} belongs to user number {uid}, which this machine does not have. "
            "Give it to an existing account (chown -R), which must not be root."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def can_enter(folder: Path, uid: int, gid: int) -> bool:
    """Return whether `folder` and all folders above it let the account in, going by their permission bits."""
    for path in (folder, *folder.parents):
        entry = path.stat()
        if entry.st_uid == uid:
            needed = stat.S_IXUSR
        elif entry.st_gid == gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not entry.st_mode & needed:
            return False
    return True


def _allowed_capabilities() -> int:
    """Return the bits of the capabilities that a child of this process may have; none where there is no Linux."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(lines["CapBnd"], 16) & int(lines["CapPrm"], 16)


def _run(command: list[str], cluster: Path, output: IO[bytes], uid: int | None = None, gid: int | None = None) -> int:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Nothing but this: PostgreSQL's programs take settings from PG… variables. The cluster is named here, since
        # pg_ctl would pass it on through a shell as an argument.
        env={"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(cluster)},
        start_new_session=True,  # Ctrl-C is for us: the server, or its recovery, goes on
        cwd="/",  # the current folder may be closed to the account
        umask=0o077,
        user=uid,
        group=gid,
        extra_groups=None if uid is None else [],
        check=False,
    ).returncode
