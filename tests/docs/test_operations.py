"""The operations page names every option and every variable, and none that is not there."""

import re

import pytest
from django.conf import settings
from django.core.management import load_command_class
from django.core.management.base import BaseCommand

from stormwater import commands
from stormwater.overview.checks import CHECKS
from sync.contracts import CONTRACTS
from sync.management.commands import sync
from tests.docs.pages import DOCS, ROOT, in_backticks, part_below, rows_below

TEXT = (DOCS / "operations.md").read_text()


def options_of(command: BaseCommand) -> set[str]:
    return {name for action in command.create_parser("manage.py", "x")._actions for name in action.option_strings}


def test_every_environment_variable_is_listed_here_and_in_the_example_file():
    listed = {name for row in rows_below(TEXT, "Environment variables") for name in in_backticks(row[0])}
    readers = [ROOT / "stormwater" / "settings.py", ROOT / "gunicorn.conf.py"]
    read = r"(?:environ\.get|env_\w+)\(\s*\"(\w+)\""
    in_compose = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    assert listed == in_compose | {name for path in readers for name in re.findall(read, path.read_text())}
    assert listed == set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_option_of_the_sync_is_listed():
    listed = {row[0].strip("`").split()[0] for row in rows_below(TEXT, "Syncing")}
    assert listed - {"--traceback"} == options_of(load_command_class("sync", "sync")) - options_of(BaseCommand())


@pytest.mark.parametrize(
    "app, command",
    [
        ("sync", "check_alerts"),
        ("sync", "clean_up"),
        ("sync", "follow_up"),
        ("stormwater.overview", "doctor"),
        ("stormwater.overview", "export_release"),
    ],
)
def test_every_option_of_the_other_commands_is_shown(app, command):
    shown = {word for line in re.findall(rf"^manage\.py {command} (.*)$", TEXT, re.MULTILINE) for word in line.split()}
    assert options_of(load_command_class(app, command)) - options_of(BaseCommand()) <= shown


def test_what_beat_would_do_is_done_by_cron_where_there_is_no_redis():
    cron = re.findall(r"^[\d*/]+(?: [\d*/]+){4} +manage\.py (\w+)", TEXT, re.MULTILINE)
    assert set(cron) == {"sync", "clean_up", "check_alerts"}


def test_the_checks_of_the_doctor_are_listed_in_order():
    assert [row[0].strip("`") for row in rows_below(TEXT, "What is wrong?")] == list(CHECKS)


def test_the_queues_and_their_limits_are_listed():
    rows = {row[0].strip("`"): row[2] for row in rows_below(TEXT, "On a schedule")}
    assert rows == {
        settings.SYNC_QUEUE: f"{settings.SYNC_TIME_LIMIT // 3600} hours",
        settings.DEFAULT_QUEUE: f"{settings.CELERY_TASK_TIME_LIMIT // 60} minutes",
    }


def test_the_datasets_are_listed_in_the_order_of_loading():
    text = part_below(TEXT, "Syncing")
    _, _, listed = text.partition("Datasets, in the order in which they are loaded:")
    assert re.findall(r"`(\w+)`", listed.partition(". ")[0]) == list(CONTRACTS)


def test_the_exit_statuses_are_listed():
    listed = {int(row) for row in re.findall(r"^\| (\d+) \|", part_below(TEXT, "Syncing"), re.MULTILINE)}
    assert listed == {0, 2, sync.FAILED, sync.HELD, commands.INTERRUPTED}


def test_the_actions_of_the_database_command_are_shown():
    parser = load_command_class("stormwater.database", "database").create_parser("manage.py", "database")
    (action,) = (action for action in parser._actions if action.dest == "action")
    assert set(re.findall(r"^manage\.py database (\w+)", TEXT, re.MULTILINE)) == set(action.choices or ())


def test_the_folders_of_data_are_named():
    assert {".data/postgres", ".data/raw", ".data/downloads"} <= in_backticks(TEXT)
