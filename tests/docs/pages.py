"""Reading the project's own documents: tables, names in backticks, diagrams."""

import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
APPS = ("facilities", "monitoring", "violations", "enforcement", "sync")
MODELS = [model for label in (*APPS, "api") for model in apps.get_app_config(label).get_models()]

_FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# Names of classes, functions and modules, told by their spelling: TwoWords and two_words.
_CODE_NAME = re.compile(r"(?<![\w./])(?:[A-Z][a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+)(?!\w)")


def rows_below(text: str, heading: str) -> list[list[str]]:
    """Cells of the first table below a heading, without its header."""
    table = re.search(r"(?:^\|.*\n)+", part_below(text, heading), re.MULTILINE)
    assert table, f"no table below {heading!r}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[0].splitlines()[2:]]


def part_below(text: str, heading: str) -> str:
    """What stands below a heading, up to the next heading of any level."""
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    assert heading in parts[1::2], f"no heading {heading!r}"
    return parts[parts.index(heading) + 1]


def in_backticks(text: str) -> set[str]:
    """Everything that is set in backticks in running text or a table."""
    return set(re.findall(r"`([^`\n]+)`", _FENCED.sub("", text)))


def names_in_diagrams(text: str) -> set[str]:
    """Names in fenced blocks that are spelled like those of code."""
    return {name for block in _FENCED.findall(text) for name in _CODE_NAME.findall(block)}
