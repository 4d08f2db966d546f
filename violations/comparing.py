"""What was found beside what is true of a synthetic world, as its manifest counted it while it was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from violations.selectors.findings import FindingsSummary


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number that was found and the one that is true, by what it counts."""

    numbers: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # (what, of what) -> found, true

    @property
    def differing(self) -> list[str]:
        """What is not equal, in words."""
        return [
            f"{what} of {name}: {found:,} found, {true:,} in the manifest"
            for (what, name), (found, true) in self.numbers.items()
            if found != true
        ]

    def sentence(self) -> str:
        """Whether all is equal, in one line."""
        if self.differing:
            return f"NOT equal to the manifest: {'; '.join(self.differing)}."
        total = sum(found for (what, _), (found, _) in self.numbers.items() if what == "exceedances")
        return f"Equal to the world's manifest in all {len(self.numbers)} numbers; {total:,} exceedances."

    def tables(self, summary: FindingsSummary) -> Iterator[Table]:
        """The summary by rule, level and reason, each number with the manifest's beside it."""
        kinds = ("exceedances", "provisional", "indeterminate")
        rules = Table("rule", "enrollments or plants", *(name for kind in kinds for name in (kind, "manifest")))
        for column in rules.columns[1:]:
            column.justify = "right"
        for rule in summary.rules:
            cells = (number for kind in kinds for number in self.numbers[kind, rule.rule])
            rules.add_row(rule.rule, f"{rule.dischargers:,}", *(f"{number:,}" for number in cells))
        yield rules
        for kind, title in (("levels", "ERA level"), ("unusable results", "unusable results")):
            table = Table(title, "number", "manifest")
            for column in table.columns[1:]:
                column.justify = "right"
            for (what, name), (found, true) in self.numbers.items():
                if what == kind:
                    table.add_row(name, f"{found:,}", f"{true:,}")
            if table.row_count:
                yield table


def compare_with_manifest(summary: FindingsSummary, findings: Mapping[str, Any]) -> Comparison:
    """Each number of the summary, and each of the manifest's `findings`, beside the other; one that is missing is 0.

    Only of a summary that was computed as of the manifest's `today`.
    """
    numbers: dict[tuple[str, str], tuple[int, int]] = {}
    totals = dict(findings["totals"])
    for rule in summary.rules:
        name = rule.rule
        numbers["exceedances", name] = rule.findings, totals.pop(name, 0)
        numbers["provisional", name] = rule.provisional, findings["provisional"].get(name, 0)
        numbers["indeterminate", name] = rule.indeterminate, findings["indeterminate"].get(name, 0)
    for level, number in summary.levels.items():
        numbers["levels", level] = number, totals.pop(f"era_{level}", 0)
    numbers |= {("exceedances", name): (0, number) for name, number in totals.items()}
    unusable = {f"{rules}: {reason}": results for rules, reason, results in summary.unusable}
    true = {f"{row['rules']}: {row['reason']}": row["results"] for row in findings["unusable"]}
    for name in sorted(unusable.keys() | true.keys()):
        numbers["unusable results", name] = unusable.get(name, 0), true.get(name, 0)
    return Comparison(numbers)
