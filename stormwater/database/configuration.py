"""The server's settings: a few connections, loads of millions of rows, one machine shared with everything else."""

import os
import shutil
from pathlib import Path

MIB = 2**20
GIB = 2**30
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")  # what a container may use; absent outside of one
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps shared memory; nothing is written there by name


def server_settings(cluster: Path, socket_dir: Path) -> dict[str, str]:
    """Return PostgreSQL's settings, fitted to the memory and the disk of this machine."""
    memory = machine_memory()
    disk = shutil.disk_usage(cluster).free
    settings = {
        # Who can connect: only who can enter the socket's folder, which is closed to other accounts.
        "listen_addresses": "''",
        "unix_socket_directories": quoted(str(socket_dir)),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        # Memory. An eighth, as the file cache of the system holds the tables too, and other programs need their share.
        "shared_buffers": _mib(_between(128 * MIB, memory // 8, GIB)),
        "effective_cache_size": _mib(memory // 2),
        # Indexes of the sample tables are built in one sort.
        "maintenance_work_mem": _mib(_between(64 * MIB, memory // 16, GIB)),
        # The merge compares a whole file with a whole table; more connections than a few never sort at once.
        "work_mem": _mib(_between(16 * MIB, memory // 256, 64 * MIB)),
        # Loads. Nothing is given up for speed: a power cut costs no committed row.
        "fsync": "on",
        # No standby follows this server: what fills an empty table goes to the disk once, and not to the log as well.
        # Who wants replicas, or an archive (archive_mode, archive_command), says so in local.conf: docs/operations.md.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # A load writes gigabytes: checkpoints go by time, not by volume, as far as the disk allows.
        "max_wal_size": _mib(_between(GIB, disk // 8, 8 * GIB)),
        "checkpoint_timeout": "15min",
        # With checkpoints that rare there are few full pages to compress, and the processor is what loads wait for.
        "wal_compression": "off",
        "autovacuum": "on",
        # Plans. Solid-state disks read at random almost as fast as in sequence.
        "random_page_cost": "1.1",
        # Compiling a query pays only for one of many seconds; the planner judges that badly on wide tables.
        "jit": "off",
        # A client that was killed: its query is stopped, its open transaction does not hold vacuum back for ever.
        "client_connection_check_interval": "10s",
        "idle_in_transaction_session_timeout": "1h",
        # The log.
        "log_line_prefix": "'%m [%p] %q%d '",
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
    }
    if SHARED_MEMORY.exists() and shutil.disk_usage(SHARED_MEMORY).total < GIB:
        # Containers get 64 MB there, less than one parallel join needs; files do it as well.
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def configuration_text(settings: dict[str, str], local: Path) -> str:
    """Return the settings as a PostgreSQL configuration file; those in the file `local`, if there is one, replace them.

    That file is for what an installation wants otherwise: a log that replicas or an archive can follow, for example.
    """
    lines = [f"{name} = {value}" for name, value in settings.items()]
    return "\n".join(
        [
            "# Written at each start by stormwater/database/configuration.py, which gives the reasons.",
            *lines,
            f"include_if_exists = {quoted(str(local))}",
            "",
        ]
    )


def machine_memory() -> int:
    """Return the bytes of memory that this machine, or the container that we are in, can use."""
    installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(installed, int(CGROUP_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return installed


def quoted(text: str) -> str:
    """Return text as a value in a configuration file."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _mib(size: int) -> str:
    return f"{size // MIB}MB"
