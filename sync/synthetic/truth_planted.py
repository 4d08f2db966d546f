"""What is planted in a week's violations and enforcement actions for the rules to infer.

At least these: by chance there can be more. Each violation of truth_duplicates.csv is to be proposed
as probably one event with the exceedance beside it, and each action of truth_links.csv to be linked
with the violation beside it.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sync.synthetic.answers import Answers
from sync.synthetic.event_columns import ENFORCEMENT_IDS, VIOLATION_IDS
from sync.synthetic.sizes import total_in
from sync.synthetic.violations import Violations

DUPLICATES, LINKS = "truth_duplicates.csv", "truth_links.csv"
DUPLICATE_COLUMNS = ("violation_id", "rule", "id", "parameter", "period_start", "period_end")
LINK_COLUMNS = ("enforcement_id", "violation_id")


def write_planted(folder: Path, answers: Answers, week: int) -> tuple[int, int]:
    """Write the pairs and the links; returns how many of each there are."""
    duplicates = _write(folder / DUPLICATES, DUPLICATE_COLUMNS, _duplicates(answers.violations, week))
    return duplicates, _write(folder / LINKS, LINK_COLUMNS, _links(answers, week))


def _duplicates(violations: Violations, week: int) -> Iterator[Sequence[str]]:
    for index in range(total_in(week, violations.events.count)):
        if record := violations.records.get(index):
            told = record.exceedance
            period = (told.period_start, told.period_end)
            yield str(VIOLATION_IDS + index), told.rule, told.id, told.parameter, *period


def _links(answers: Answers, week: int) -> list[Sequence[str]]:
    """The links of actions whose enrollment the tables know by this week."""
    links, of_enrollment = [], Counter[tuple[str, int]]()
    for index in range(total_in(week, answers.actions.count)):
        answered = answers.by_action(index)
        enrollment = answered[0].target.enrollment if answered else None
        if answered and enrollment and answers.actions.links(answered[0].target, week):
            whose = (enrollment.program, enrollment.index)
            of_enrollment[whose] += 1
            links.append((whose, (str(ENFORCEMENT_IDS + index), str(VIOLATION_IDS + answered[0].index))))
    # Of two violations that are answered at one enrollment, either action may be about either.
    return [link for whose, link in links if of_enrollment[whose] == 1]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    number = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            number += 1
    return number
