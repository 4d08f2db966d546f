"""A world that is loaded once for many tests, each of which is rolled back to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import override_settings


@contextmanager
def kept_world(blocker: Any, data_dir: Path) -> Iterator[None]:
    """Keep what is written inside until the end, with its raw files under `data_dir`.

    For fixtures of a module or a class that ask for `django_db_setup`; `blocker` is `django_db_blocker`. Tests that
    read raw files have to point `RAW_DIR` there, as each test has a folder of its own.
    """
    with (
        blocker.unblock(),
        override_settings(DATA_DIR=data_dir, RAW_DIR=data_dir / "raw"),
        transaction.atomic(),
    ):
        yield
        transaction.set_rollback(True)
