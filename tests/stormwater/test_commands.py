"""Commands end with one readable line for what a person can put right, and with a traceback for our own mistakes."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db.utils import OperationalError

from stormwater.commands import StormwaterCommand
from stormwater.errors import UserError


class Failing(StormwaterCommand):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def handle(self, *args, **options):
        raise self.error


@pytest.mark.parametrize(
    "error, status, line",
    [
        (UserError("No such folder: x."), 1, "No such folder: x.\n"),
        (ImproperlyConfigured("SECRET_KEY is empty."), 1, "SECRET_KEY is empty.\n"),
        (OperationalError("gone\n\tIs it running?"), 1, "The database cannot be used: gone Is it running?\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_what_a_person_can_put_right_is_one_line_and_an_exit_status(error, status, line, capsys):
    with pytest.raises(SystemExit) as ended:
        Failing(error).run_from_argv(["manage.py", "failing"])
    assert ended.value.code == status
    assert capsys.readouterr() == ("", line)


def test_traceback_shows_where_an_error_came_from():
    with pytest.raises(UserError):
        Failing(UserError("Wrong.")).run_from_argv(["manage.py", "failing", "--traceback"])


def test_our_own_mistakes_keep_their_traceback():
    with pytest.raises(ZeroDivisionError):
        Failing(ZeroDivisionError()).run_from_argv(["manage.py", "failing"])


def test_code_that_calls_a_command_gets_the_error_itself():
    with pytest.raises(UserError):
        call_command(Failing(UserError("Wrong.")))
