"""Holding a file's header against its contract.

Names are compared without regard to case, surrounding space, and space or underscore; a name may
be one of the contract's aliases. Order does not matter. Pure Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.contracts.base import Column, DatasetContract


@dataclass(frozen=True, slots=True)
class HeaderCheck:
    """What a header turned out to be.

    `columns[i]` is the contract's column at position i of the file, or None where the contract
    knows nothing of it. `drift` is kept in the ledger; `missing_required` holds the run.
    """

    columns: tuple[Column | None, ...]
    missing_required: tuple[str, ...]
    missing_optional: tuple[str, ...]
    new: tuple[str, ...]
    repeated: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]  # (published, contract's name), other than by case
    is_reordered: bool

    @property
    def missing(self) -> frozenset[str]:
        """Contract names of all columns that the file does not have."""
        return frozenset(self.missing_required + self.missing_optional)

    def as_json(self) -> dict[str, object]:
        """The drift alone, for the ledger; empty if the header is as expected."""
        drift = {
            "missing_required": list(self.missing_required),
            "missing_optional": list(self.missing_optional),
            "new": list(self.new),
            "repeated": list(self.repeated),
            "renamed": [list(pair) for pair in self.renamed],
            "reordered": self.is_reordered,
        }
        return {name: value for name, value in drift.items() if value}


def check_header(header: Sequence[str], contract: DatasetContract) -> HeaderCheck:
    """Assign each published name to a column of the contract."""
    known = {_plain(alias): column for column in contract.columns for alias in column.aliases}
    known |= {_plain(column.name): column for column in contract.columns}
    columns: list[Column | None] = []
    new, repeated, renamed = [], [], []
    for name in header:
        column = known.get(_plain(name))
        if column is None:
            new.append(name)
        elif column in columns:
            repeated.append(name)
            column = None  # the first one counts
        elif _plain(name) != _plain(column.name):
            renamed.append((name, column.name))
        columns.append(column)
    found = [column for column in columns if column is not None]
    absent = [column for column in contract.columns if column not in found]
    return HeaderCheck(
        columns=tuple(columns),
        missing_required=tuple(column.name for column in absent if not column.optional),
        missing_optional=tuple(column.name for column in absent if column.optional),
        new=tuple(new),
        repeated=tuple(repeated),
        renamed=tuple(renamed),
        is_reordered=found != [column for column in contract.columns if column in found],
    )


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
