"""Counting samples: what a sync makes of rows whose content is their identity."""

from dataclasses import dataclass, field

from sync.synthetic.readings import Reading
from sync.synthetic.tally import Tally


@dataclass(slots=True)
class Names:
    """The distinct parameters, units and methods of all samples, of both systems."""

    kinds: set[tuple[str, str | None, tuple[str | None, str | None]]] = field(default_factory=set)

    def add(self, readings: list[Reading]) -> None:
        """Note what these readings name."""
        self.kinds.update([(reading.parameter, reading.unit, reading.method) for reading in readings])

    @property
    def parameters(self) -> int:
        """Number of distinct parameter names."""
        return len({parameter for parameter, _, _ in self.kinds})

    @property
    def units(self) -> int:
        """Number of distinct units."""
        return len({unit for _, unit, _ in self.kinds} - {None})

    @property
    def methods(self) -> int:
        """Number of distinct methods."""
        return len({method for _, _, method in self.kinds} - {(None, None)})


@dataclass(slots=True)
class SampleCounts:
    """What one resource of samples is to leave in the tables."""

    tally: Tally
    live: int = 0
    removed: int = 0
    orphans: int = 0  # samples, reports and locations of no enrollment
    orphan_reports: int = 0
    orphan_locations: int = 0
    reports: int = 0
    locations: int = 0

    def count_steady(self, rows: int, week: int, first: int = 0) -> None:
        """Distinct rows that are there from week `first` on."""
        if week > first:
            self.tally.unchanged += rows
        else:
            self.tally.inserted += rows
        self.live += rows

    def count_row(self, *, now: int, before: int, is_known: bool) -> None:
        """One row: its copies in this week's file and the last one's, and whether it was ever there before."""
        tally = self.tally
        if now:
            self.live += 1
            tally.duplicate += now - 1
            if not is_known:
                tally.inserted += 1
            elif not before:
                tally.updated += 1
                tally.returned += 1
            elif now != before:
                tally.updated += 1
            else:
                tally.unchanged += 1
        elif is_known:
            self.removed += 1
            tally.removed += before > 0
