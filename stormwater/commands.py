"""How commands end: one readable line for what a person can put right, a traceback for what is our mistake."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db.utils import OperationalError

from stormwater.errors import UserError

FAILED = 1
INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended: 128 + SIGINT


def describe(error: BaseException) -> str:
    """Return the one line that a person reads about `error`."""
    text = " ".join(str(error).split())
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(error, OperationalError):
        return f"The database cannot be used: {text}"
    return text


@contextmanager
def errors_in_one_line(*, traceback: bool = False) -> Iterator[None]:
    """End the program with one line on standard error instead of a traceback, unless `traceback` asks for one.

    Only for errors that lie outside the program: what a person asked for (`UserError`), how it was set up
    (`ImproperlyConfigured`), a database that cannot be reached, is too old or gave up (`OperationalError`), and Ctrl-C.
    """
    try:
        yield
    except (UserError, ImproperlyConfigured, OperationalError, KeyboardInterrupt) as error:
        if traceback:
            raise
        sys.stderr.write(f"{describe(error)}\n")
        sys.exit(INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED)


class StormwaterCommand(BaseCommand):
    """A command that ends as `errors_in_one_line` says; `--traceback` shows where an error came from.

    Called from code (`call_command`), it raises the errors as they are.
    """

    # They load every page and list of the API, which no command needs; `manage.py check` and `make lint` run them.
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        with errors_in_one_line(traceback="--traceback" in argv):
            super().run_from_argv(argv)
