"""What a rule is expected to find: the rows of truth_findings.csv."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TextIO

from sync.synthetic.cells import number

HEADER = (
    "rule", "id", "parameter", "reporting_year", "period_start", "period_end", "value", "limit", "results", "censored",
    "provisional", "location", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One expected finding, or with rule `era_level` the level of a reporting year."""

    rule: str
    id: str  # WDID, or eSMR place id
    parameter: str
    reporting_year: int
    period_start: str
    period_end: str
    value: Decimal | str
    limit: str
    results: int
    censored: int
    provisional: bool
    location: str = ""  # eSMR: location_place_id
    note: str = ""


@dataclass
class Findings:
    """What was found in samples, counted."""

    totals: Counter[str] = field(default_factory=Counter)
    provisional: Counter[str] = field(default_factory=Counter)
    indeterminate: Counter[str] = field(default_factory=Counter)
    unusable: Counter[tuple[str, str]] = field(default_factory=Counter)  # by rule family and reason

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        self.totals[finding.rule if finding.rule != "era_level" else f"era_{finding.value}"] += 1
        if finding.provisional:
            self.provisional[finding.rule] += 1

    def add_indeterminate(self, finding: Finding) -> None:
        """Count a comparison that cannot be made: no finding."""
        self.indeterminate[finding.rule] += 1


class FindingsFile(Findings):
    """Findings that go into files."""

    def __init__(self, stream: TextIO, indeterminate_stream: TextIO) -> None:
        super().__init__()
        self.stream, self.indeterminate_stream = stream, indeterminate_stream
        for each in (stream, indeterminate_stream):
            each.write(",".join(HEADER) + "\n")

    def add(self, finding: Finding) -> None:
        """Count a finding and write it down."""
        super().add(finding)
        self.stream.write(_line(finding))

    def add_indeterminate(self, finding: Finding) -> None:
        """Count a comparison that cannot be made, and write it down."""
        super().add_indeterminate(finding)
        self.indeterminate_stream.write(_line(finding))


class FindingsList(Findings):
    """Findings that are kept, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Count a finding and keep it."""
        super().add(finding)
        self.found.append(finding)


def _line(finding: Finding) -> str:
    value = finding.value if isinstance(finding.value, str) else number(float(finding.value), 6)
    cells = (
        finding.rule, finding.id, finding.parameter, str(finding.reporting_year), finding.period_start,
        finding.period_end, value, finding.limit, str(finding.results), str(finding.censored),
        "yes" if finding.provisional else "no", finding.location, finding.note,
    )  # fmt: skip
    return ",".join(cells) + "\n"
