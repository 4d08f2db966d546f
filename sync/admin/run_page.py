"""What a run's page says, put together from the ledger."""

from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Left

from stormwater.admin.records import list_link
from stormwater.errors import UserError
from sync.admin.wording import ISSUES, REASONS, STEPS, duration, header_drift, in_words, number, seconds_of
from sync.contracts import CONTRACTS
from sync.models import QuarantinedRow, Run
from sync.rawstore import absolute_path
from sync.selectors import count_changes, count_issues, find_reading
from sync.services import releasable_file

SAMPLE_ROWS = 10
SAMPLE_CHARACTERS = 2_000
BALANCED = (
    ("inserted", "new records"),
    ("updated", "records with another value than before, or that have come back"),
    ("unchanged", "records that are as they were"),
    ("duplicate", "rows that repeat, or are superseded by, another row of the file"),
    ("quarantined", "rows that could not be loaded"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the table of steps."""

    step: str
    duration: str
    percent: float  # of the whole run


@dataclass(frozen=True, slots=True)
class Group:
    """A count with its words and the list that shows its rows."""

    words: str
    detail: str
    number: str
    address: str


def run_page(run: Run) -> dict[str, Any]:
    """The context of a run's page."""
    return {
        "run": run,
        "contract": CONTRACTS.get(run.resource.dataset_id),
        "seconds": duration(seconds_of(run)),
        "released_as": Run.objects.filter(release_of=run, status=Run.Status.PUBLISHED).first(),
        "is_current": run.resource.last_published_id == run.pk,
        "balance": [(number(getattr(run, name)), name, words) for name, words in BALANCED],
        "read": number(run.rows_read),
        "bars": _bars(run),
        "drift": header_drift(run.header),
        "raw_file_is_here": run.raw_file is not None and absolute_path(run.raw_file).exists(),
        "reading": find_reading(run),
        "quarantine": _quarantine_sample(run),
        "quarantine_link": list_link("sync.QuarantinedRow", run=run.pk),
        "issue_groups": _issue_groups(run),
        "issues_link": list_link("sync.DataQualityIssue", run=run.pk),
        "change_groups": _change_groups(run),
        "changes_link": list_link("sync.RecordChange", run=run.pk),
        "why_not_releasable": why_not_releasable(run),
    }


def why_not_releasable(run: Run) -> str:
    """Why a held run cannot be released, in a sentence; empty if it can, or if it is not held."""
    if run.status != Run.Status.HELD:
        return ""
    try:
        releasable_file(run)
    except UserError as error:
        return str(error)
    return ""


def _bars(run: Run) -> list[Bar]:
    timings: dict[str, float] = run.timings
    total = sum(timings.values()) or 1
    order = [step for step in STEPS if step in timings] + [step for step in timings if step not in STEPS]
    return [
        Bar(in_words(STEPS, step), duration(timings[step]), round(100 * timings[step] / total, 1)) for step in order
    ]


def _quarantine_sample(run: Run) -> list[tuple[QuarantinedRow, str]]:
    """The first rows, each with its reason in words. A raw row can have megabytes: the database sends its beginning."""
    if not run.quarantined:
        return []
    rows = QuarantinedRow.objects.filter(run=run).order_by("line").defer("raw_text")
    sample = rows.annotate(beginning=Left("raw_text", SAMPLE_CHARACTERS))[:SAMPLE_ROWS]
    return [(row, in_words(REASONS, row.reason)) for row in sample]


def _issue_groups(run: Run) -> list[Group]:
    return [
        Group(
            in_words(ISSUES, code),
            column or "the whole row",
            number(found),
            list_link("sync.DataQualityIssue", run=run.pk, code=code, column=column or "-"),
        )
        for code, column, found in count_issues(run)
    ]


def _change_groups(run: Run) -> list[Group]:
    return [
        Group(
            kind,
            field.replace("_", " ") or "the record",
            number(found),
            list_link("sync.RecordChange", run=run.pk, kind__exact=kind, field=field or "-"),
        )
        for kind, field, found in count_changes(run)
    ]
