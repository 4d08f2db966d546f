"""What a sync of one file must report."""

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sync.synthetic.cells import Flaw


@dataclass(slots=True)
class Tally:
    """The ledger's counts of one resource, as planted."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    returned: int = 0
    duplicate: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)  # by reason
    issues: Counter[Flaw] = field(default_factory=Counter)  # by column and code
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind and field
    planted: Counter[str] = field(default_factory=Counter)  # entities by what is special about them
    is_same_file: bool = False  # byte for byte last week's: a sync skips it and counts nothing

    def add_flaws(self, flaws: list[Flaw] | tuple[Flaw, ...], times: int = 1) -> None:
        """Count the issues of a row that is in the file so many times."""
        for flaw in flaws:
            self.issues[flaw] += times

    def add_entity(self, lanes: type[IntEnum], lane: int) -> None:
        """Count an entity whose lane may have a meaning."""
        if lane in lanes._value2member_map_:
            self.planted[lanes(lane).name.lower()] += 1

    def as_json(self) -> dict[str, Any]:
        """The counts as the manifest has them."""
        return {
            "status": "unchanged" if self.is_same_file else "published",
            "read": self.read,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "returned": self.returned,
            "duplicate": self.duplicate,
            "quarantined": dict(sorted(self.quarantined.items())),
            "issues": [
                {"column": column, "code": code, "rows": rows} for (column, code), rows in sorted(self.issues.items())
            ],
            "changes": [
                {"kind": kind, "field": name, "rows": rows} for (kind, name), rows in sorted(self.changes.items())
            ],
        }
