"""Samples of stormwater: reports, outfalls, samples, and what becomes of them from week to week."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sync.synthetic.cells import Flaw
from sync.synthetic.readings import Reading
from sync.synthetic.sample_ledger import Names, SampleCounts
from sync.synthetic.weeks import ALWAYS, Life

STORM, OTHER_STORM = "Qualifying Storm Event", "Other Storm Event"
NO_STORM = "Non-Stormwater Discharge"


@dataclass(slots=True)
class Report:
    """A report: the columns before and after those of its samples, as CSV."""

    head: str
    tail: str
    event_type: str
    flaws: tuple[Flaw, ...] = ()


@dataclass(slots=True)
class Outfall:
    """A monitoring location, as CSV."""

    text: str
    flaws: tuple[Flaw, ...] = ()


@dataclass(slots=True)
class Correction:
    """From a week on another result stands where one stood."""

    week: int
    position: int
    reading: Reading


@dataclass(slots=True)
class Sample:
    """One sample: what was taken where and when, and its results."""

    report: Report
    outfall: Outfall
    code: str
    day: str | None  # ISO; None if what is published is no date
    when: str  # columns before the result, as CSV
    end: str  # columns after the result, as CSV
    readings: list[Reading]
    flaws: tuple[Flaw, ...] = ()
    life: Life = ALWAYS
    copies: tuple[int, int] = (1, 1)  # in weeks of even and of odd number
    corrections: list[Correction] = field(default_factory=list)

    @property
    def is_steady(self) -> bool:
        """Whether it is the same in every week."""
        return self.life is ALWAYS and not self.corrections and self.copies[0] == self.copies[1]

    def readings_in(self, week: int) -> list[Reading]:
        """Its results as of this week."""
        if not self.corrections:
            return self.readings
        readings = [*self.readings]
        for correction in self.corrections:
            if correction.week <= week:
                readings[correction.position] = correction.reading
        return readings

    def lines(self, readings: list[Reading]) -> list[str]:
        """The rows of these results, as CSV."""
        head = f"{self.report.head},{self.outfall.text},{self.when},"
        tail = f",{self.end}{self.report.tail}"
        return [head + reading.text + tail for reading in readings]


def lines_in(samples: list[Sample], week: int) -> list[str]:
    """All rows of a week."""
    lines: list[str] = []
    for sample in samples:
        if sample.life is ALWAYS or sample.life.is_there(week):
            lines += sample.lines(sample.readings_in(week)) * sample.copies[week % 2]
    return lines


def count_samples(samples: list[Sample], week: int, counts: SampleCounts, names: Names) -> None:
    """Count what a sync makes of the samples of one discharger."""
    known = [sample for sample in samples if sample.life.first <= week]
    reports = {id(sample.report) for sample in known}
    locations = {id(sample.outfall) for sample in known}
    counts.reports += len(reports)
    counts.locations += len(locations)
    for sample in known:
        _count_flaws(sample, week, counts)
        names.add(sample.readings)
        if sample.is_steady:
            rows = len(sample.readings)
            counts.count_steady(rows, week)
            counts.tally.duplicate += rows * (sample.copies[0] - 1)
        else:
            _count_unsteady(sample, week, counts, names)


def _count_flaws(sample: Sample, week: int, counts: SampleCounts) -> None:
    if not sample.life.is_there(week):
        return
    copies = sample.copies[week % 2]
    readings = sample.readings_in(week)
    if flaws := sample.report.flaws + sample.outfall.flaws + sample.flaws:
        counts.tally.add_flaws(flaws, copies * len(readings))
    for reading in readings:
        if reading.flaws:
            counts.tally.add_flaws(reading.flaws, copies)


def _count_unsteady(sample: Sample, week: int, counts: SampleCounts, names: Names) -> None:
    now = sample.copies[week % 2] if sample.life.is_there(week) else 0
    before = sample.copies[(week - 1) % 2] if week and sample.life.is_there(week - 1) else 0
    for position, first in enumerate(sample.readings):
        variants = [(sample.life.first, first)]
        variants += [(c.week, c.reading) for c in sample.corrections if c.position == position and c.week <= week]
        names.add([reading for _, reading in variants])
        ends = [start for start, _ in variants[1:]] + [week + 1]
        for (start, _), end in zip(variants, ends, strict=True):
            counts.count_row(
                now=now if start <= week < end else 0,
                before=before if start <= week - 1 < end else 0,
                is_known=start < week,
            )


def live_samples(samples: list[Sample], week: int) -> Iterator[tuple[Sample, list[Reading]]]:
    """The samples that are published in a week, with their results: each once, however often copied."""
    for sample in samples:
        if sample.life.is_there(week):
            yield sample, sample.readings_in(week)
