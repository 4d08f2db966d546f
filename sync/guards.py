"""Guards: what makes a complete, readable file too odd to publish without a person's word.

Pure functions over counts. Each answers with a sentence for the ledger, or with nothing.
"""

from dataclasses import dataclass

from sync.contracts.base import Guards
from sync.header import HeaderCheck

# Below this many rows a share says nothing: one bad row of ten would be 10 %.
BAD_SHARE_FROM_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Hold:
    """A guard that stopped a run, and why, in a sentence for staff."""

    guard: str
    sentence: str

    def as_json(self) -> dict[str, str]:
        """The hold as the ledger keeps it."""
        return {"guard": self.guard, "sentence": self.sentence}


def check_columns(header: HeaderCheck) -> list[Hold]:
    """Hold a file that lacks a required column."""
    if not header.missing_required:
        return []
    names = ", ".join(header.missing_required)
    return [Hold("missing_column", f"The file has no column {names}.")]


def check_counts(
    guards: Guards,
    *,
    source: str,
    rows_read: int,
    quarantined: int,
    last_published_rows: int | None,
    expected_rows: int | None = None,
) -> list[Hold]:
    """Hold a file with too few rows, or with too many bad ones.

    `last_published_rows` are the rows read by the last published run of the same resource (None
    if there is none); `expected_rows` is what the portal says the file should have.
    """
    if rows_read == 0:
        return [Hold("no_rows", "The file has a header and no data rows.")]
    if quarantined == rows_read:
        return [Hold("no_good_rows", f"None of the {rows_read:,} rows can be loaded.")]
    holds = []
    if source == "portal" and rows_read < guards.min_rows:
        holds.append(Hold("min_rows", f"{rows_read:,} rows; at least {guards.min_rows:,} are expected."))
    if expected_rows is not None and rows_read < expected_rows:
        holds.append(Hold("short_file", f"{rows_read:,} rows where the portal counts {expected_rows:,}."))
    if last_published_rows and rows_read < last_published_rows * (1 - guards.max_drop):
        lost = 1 - rows_read / last_published_rows
        sentence = (
            f"{rows_read:,} rows where the last published file had {last_published_rows:,}: {lost:.0%} fewer, "
            f"at most {guards.max_drop:.0%} is let through."
        )
        holds.append(Hold("row_drop", sentence))
    if rows_read >= BAD_SHARE_FROM_ROWS and quarantined > rows_read * guards.max_bad_share:
        sentence = (
            f"{quarantined:,} of {rows_read:,} rows cannot be loaded ({quarantined / rows_read:.1%}), "
            f"at most {guards.max_bad_share:.0%} is let through."
        )
        holds.append(Hold("bad_rows", sentence))
    return holds
