"""What a computation found, for a person: tables and a sentence."""

from collections.abc import Iterator

from rich.table import Table

from violations.refreshing.refresh import RefreshResult
from violations.selectors.findings import FindingsSummary
from violations.services import ComputationResult


def summary_tables(summary: FindingsSummary) -> Iterator[Table]:
    """Findings by rule, ERA levels, and unusable results by reason."""
    rules = Table("rule", "enrollments or plants", "exceedances", "provisional", "indeterminate")
    for column in rules.columns[1:]:
        column.justify = "right"
    for rule in summary.rules:
        numbers = (rule.dischargers, rule.findings, rule.provisional, rule.indeterminate)
        rules.add_row(rule.rule, *(f"{number:,}" for number in numbers))
    yield rules
    levels = Table("ERA level", "enrollments, parameters and years")
    levels.columns[1].justify = "right"
    for level, number in summary.levels.items():
        levels.add_row(level, f"{number:,}")
    yield levels
    unusable = Table("unusable for", "reason", "results")
    unusable.columns[2].justify = "right"
    for family, reason, results in summary.unusable:
        unusable.add_row(family, reason, f"{results:,}")
    if summary.unusable:
        yield unusable


def result_sentence(result: ComputationResult) -> str:
    """What the computation did, in one line."""
    if result.computation is None:
        return f"Nothing has changed since the last computation (as of {result.as_of})."
    changes = result.changes
    extent = "All samples were judged" if result.is_full else f"{len(result.runs)} runs of the sync were taken in"
    return (
        f"{extent} as of {result.as_of}: {changes.appeared:,} findings appeared, {changes.changed:,} changed, "
        f"{changes.went:,} went."
    )


def refresh_sentence(result: RefreshResult) -> str:
    """What a refresh wrote, in one line."""
    extent = "Everything was looked at" if result.is_full else "What had changed was looked at"
    if not result.has_written:
        return f"{extent}: nothing differs."
    rows = result.rows
    return (
        f"{extent}: {rows.appeared:,} rows of the unified list appeared, {rows.changed:,} changed, {rows.went:,} went; "
        f"{result.pairs:,} probable duplicates, {result.links:,} inferred links, "
        f"{result.summaries:,} summaries of facilities and {result.cells:,} counts were written."
    )
