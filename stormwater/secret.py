"""The signing key of an installation that was given none."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from stormwater.errors import UserError

OWNER_ONLY = 0o600
KEY_BYTES = 50  # 400 bits; Django warns below 50 characters


def read_or_create_key(path: Path) -> str:
    """Return the key kept in the file `path`, making a random one first if there is none.

    Safe for processes that start at once: each sees the same key. Raises `UserError` if the file cannot be kept.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise UserError(
            f"The signing key cannot be kept in {path} ({error.strerror}). "
            "Set SECRET_KEY, or STORMWATER_DATA_DIR to a folder that can be written."
        ) from error


def _create(path: Path) -> None:
    handle, complete = tempfile.mkstemp(dir=path.parent, prefix=".secret_key.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES))
        Path(complete).chmod(OWNER_ONLY)
        # A link appears with its content in place, and only for the first who makes it.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(complete)
    finally:
        Path(complete).unlink()
