"""The ledger's codes in words, for people who do not read code."""

from typing import Any

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stormwater.admin.records import ReadOnlyAdmin
from sync.asking import Asked
from sync.models import Run

# A sign in front, so that the badge can be read without its colour.
_SIGNS = {
    Run.Status.RUNNING: "…",
    Run.Status.PUBLISHED: "✓",
    Run.Status.UNCHANGED: "=",
    Run.Status.HELD: "!",
    Run.Status.FAILED: "✗",
    "stale": "!",
    "fresh": "✓",
    "never": "-",
    "never loaded": "-",
    "ok": "✓",
    "late": "!",
}

REASONS = {
    "missing_key": "A cell that every row needs is empty",
    "ragged_row": "The row has more or fewer cells than the header",
    "stray_quote": "A quotation mark is opened and not closed",
}

ISSUES = {
    "not_a_date": "The cell is no date: emptied",
    "implausible_date": "The date cannot be right (too early or too late): emptied",
    "future_date": "The date lies in the future: emptied",
    "not_a_number": "The cell is no number: emptied",
    "not_a_whole_number": "The cell is no whole number: emptied",
    "not_a_flag": "The cell is neither Y nor N: emptied",
    "half_a_coordinate": "Latitude or longitude is missing: both emptied",
    "coordinate_outside_california": "The coordinates are outside California: both emptied",
    "longitude_sign_repaired": "The longitude was positive: its sign was repaired",
    "stray_quote": "A quotation mark stood inside a cell: read all the same",
    "invalid_utf8": "The row was not UTF-8: read as Windows-1252",
    "control_character": "The row had control characters: removed",
    "missing_column": "A required column is missing from the file",
    "missing_optional_column": "An optional column is missing from the file",
    "new_column": "The file has a column that the contract does not know",
    "repeated_column": "The file has a column twice: the first one counts",
    "conflicting_rows": "Rows with the same id say different things: the last one counts",
}

STEPS = {
    "fetch": "Fetch the file",
    "stage": "Read it and copy it in",
    "validate": "Check every cell",
    "merge": "Compare and merge",
    "link": "Link to facilities and inspections",
    "publish": "Publish",
}


def badge(status: str) -> SafeString:
    """A status as a coloured badge with a sign and a word."""
    return format_html('<span class="badge badge-{}">{} {}</span>', status, _SIGNS.get(status, "?"), status)


def health_badge(state: str) -> SafeString:
    """How a dataset stands, as a badge like that of a run's status."""
    return format_html('<span class="badge badge-{}">{} {}</span>', state.partition(" ")[0], _SIGNS[state], state)


def in_words(codes: dict[str, str], code: str) -> str:
    """The code as a sentence, or itself where it is new."""
    return codes.get(code, code.replace("_", " "))


def run_link(run_id: int | None) -> SafeString | str:
    """Link to a run; costs no query."""
    if run_id is None:
        return ""
    return format_html('<a href="{}">Run {}</a>', reverse("admin:sync_run_change", args=[run_id]), run_id)


def header_drift(header: dict[str, Any]) -> list[str]:
    """What was unusual about the file's header, a sentence each; empty if it was as expected."""
    lists = {
        "missing_required": "Required columns that the file does not have: {}.",
        "missing_optional": "Optional columns that the file does not have (their values are empty): {}.",
        "new": "Columns that the contract does not know (kept in the raw file only): {}.",
        "repeated": "Columns that the file has twice (the first one counts): {}.",
    }
    sentences = [sentence.format(", ".join(header[name])) for name, sentence in lists.items() if header.get(name)]
    if header.get("renamed"):
        pairs = ", ".join(f"{published} for {ours}" for published, ours in header["renamed"])
        sentences.append(f"Columns under another name: {pairs}.")
    if header.get("reordered"):
        sentences.append("The columns are in another order than usual (which does not matter).")
    return sentences


def number(value: int) -> str:
    """A count with separators."""
    return str(intcomma(value))


def seconds_of(run: Run) -> float | None:
    """How long the run took, in seconds; None while it is running."""
    return (run.finished_at - run.started_at).total_seconds() if run.finished_at else None


def duration(seconds: float | None) -> str:
    """`85 ms`, `4.2 s`, `3 min 12 s`."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def say_what_failed(page: ReadOnlyAdmin, request: HttpRequest, asked: Asked) -> None:
    """Tell whoever asked for a sync or release which of the steps after it have failed."""
    for step in asked.follow_ups:
        if step.has_failed:
            page.message_user(request, step.sentence(), messages.ERROR)
