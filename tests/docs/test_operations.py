"""The operations page names every option and every variable, and none that is not there."""

import re

from django.core.management import load_command_class
from django.core.management.base import BaseCommand

from stormwater import commands
from sync.contracts import CONTRACTS
from sync.management.commands import sync
from tests.docs.pages import DOCS, ROOT, in_backticks, part_below, rows_below

TEXT = (DOCS / "operations.md").read_text()


def options_of(command: BaseCommand) -> set[str]:
    return {name for action in command.create_parser("manage.py", "x")._actions for name in action.option_strings}


def test_every_environment_variable_is_listed_here_and_in_the_example_file():
    listed = {row[0].strip("`") for row in rows_below(TEXT, "Environment variables")}
    settings = (ROOT / "stormwater" / "settings.py").read_text()
    assert listed == set(re.findall(r"(?:environ\.get|env_list|env_flag)\(\"(\w+)\"", settings))
    assert listed == set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_option_of_the_sync_is_listed():
    listed = {row[0].strip("`").split()[0] for row in rows_below(TEXT, "Syncing")}
    assert listed - {"--traceback"} == options_of(load_command_class("sync", "sync")) - options_of(BaseCommand())


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
