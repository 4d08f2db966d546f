"""What a person at a terminal sees of a sync: progress while it runs, a table when it is done."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from sync.models import Run
from sync.selectors import ResourceStatus
from sync.services import RunResult, SyncReport

_STATUS_STYLES = {"published": "green", "unchanged": "dim", "held": "yellow", "failed": "bold red", "absent": "dim"}
_WIDEST = 1000  # columns; no table is
_COUNTS = ("read", "inserted", "updated", "unchanged", "removed", "duplicate", "quarantined", "issues")


class PlainLines:
    """Progress as one line per step, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._resource = ""

    def begin(self, resource: str) -> None:
        """Remember whose steps follow."""
        self._resource = resource

    def step(self, name: str) -> None:
        """Print the step."""
        self._console.print(f"{self._resource}: {name}", highlight=False, soft_wrap=True)

    def downloaded(self, done: int, total: int | None) -> None:
        """Print nothing: a log needs no percentages."""

    def size_known(self, size: int) -> None:
        """Print nothing."""

    def bytes_read(self, count: int) -> None:
        """Print nothing."""

    def end(self, sentence: str) -> None:
        """Print how it ended."""
        self._console.print(sentence, highlight=False, markup=False, soft_wrap=True)


class Bars:
    """Progress as a bar with rate and time left, for a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._resource = ""
        self._task: TaskID | None = None

    def begin(self, resource: str) -> None:
        """Start a bar."""
        self._resource = resource
        self._task = self._progress.add_task(resource, total=None, step="")

    def step(self, name: str) -> None:
        """Name the step beside the bar; reading starts the bar anew."""
        self._update(step=name)

    def downloaded(self, done: int, total: int | None) -> None:
        """Move the bar to where the download is."""
        self._update(completed=done, total=total)

    def size_known(self, size: int) -> None:
        """Start the bar anew for the reading of the file."""
        self._update(completed=0, total=size)

    def bytes_read(self, count: int) -> None:
        """Move the bar on."""
        self._update(advance=count)

    def end(self, sentence: str) -> None:
        """Replace the bar by a sentence."""
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        self._progress.console.print(sentence, highlight=False, markup=False, soft_wrap=True)

    def _update(self, **changes: object) -> None:
        if self._task is not None:
            self._progress.update(self._task, **changes)  # type: ignore[arg-type]


@contextmanager
def shown_progress(console: Console) -> Iterator[PlainLines | Bars]:
    """Progress that fits where the console writes to: bars on a terminal, plain lines elsewhere."""
    if not console.is_terminal:
        yield PlainLines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        TextColumn("[dim]{task.fields[step]}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)


def summary_table(report: SyncReport) -> Table:
    """A row per run, with what became of its rows."""
    table = Table("dataset", "status", *_COUNTS, "seconds")
    for column in table.columns[2:]:
        column.justify = "right"
    for run in report.runs:
        counts = [f"{getattr(run, name):,}" for name in _COUNTS]
        style = _STATUS_STYLES.get(run.status, "")
        table.add_row(run.dataset, f"[{style}]{run.status}[/]", *counts, f"{run.seconds:.1f}")
    return table


def print_fitting(console: Console, table: Table) -> None:
    """Print a table, or, where the console is too narrow for it, a line per row with what is not nothing."""
    wanted = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
    if wanted <= console.width:
        console.print(table)
        return
    names, *others = table.columns
    for row, name in enumerate(names.cells):
        values = [(column.header, list(column.cells)[row]) for column in others]
        told = [f"{header} {value}".strip() for header, value in values if value not in {"", "0"}]
        console.print(f"{name}: {', '.join(told)}", highlight=False)


def summary_sentence(report: SyncReport) -> str:
    """The one line that a sync ends with."""
    by_status = {status: [run for run in report.runs if run.status == status] for status in _STATUS_STYLES}
    parts = [f"{len(runs)} {status}" for status, runs in by_status.items() if runs]
    rows = sum(run.read for run in report.runs)
    return f"{', '.join(parts) or 'Nothing to do'}; {rows:,} rows read."


def remarks(report: SyncReport) -> list[str]:
    """Sentences about the runs that did not go through, and how to go on with them."""
    lines = []
    for run in report.runs:
        if run.status == Run.Status.HELD:
            line = f"{run.dataset} is held, the last good data stay: {run.message}"
            if run.run is not None:  # a dry run leaves none
                line += f' If the file is right after all: manage.py sync --release {run.run} --reason "..."'
            lines.append(line)
        elif run.status == Run.Status.FAILED:
            lines.append(f"{run.dataset} failed: {run.message}")
    return lines


def as_json(runs: list[RunResult]) -> str:
    """The results as one JSON object."""
    return json.dumps({"runs": [run.as_json() for run in runs]}, indent=2)


def status_table(statuses: list[ResourceStatus]) -> Table:
    """A row per resource: what readers see, how old it is, and how the last run ended."""
    table = Table("dataset", "published", "file of", "rows", "last", "ended", "")
    table.columns[3].justify = "right"
    for status in statuses:
        published = status.published_at.strftime("%Y-%m-%d %H:%M") if status.published_at else "never"
        style = _STATUS_STYLES.get(status.last_status, "")
        table.add_row(
            status.resource,
            f"[red]{published}[/]" if status.is_stale else published,
            str(status.file_date or ""),
            f"{status.rows:,}",
            f"run {status.last_run}" if status.last_run else "",
            f"[{style}]{status.last_status}[/]" if style else status.last_status,
            "stale" if status.is_stale else "",
        )
    return table
