"""Writing inspections, violations and enforcement actions, and counting what a sync makes of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sync.contracts import smarts_enforcement_actions, smarts_inspections, smarts_violations
from sync.contracts.base import DatasetContract
from sync.synthetic import event_columns
from sync.synthetic.answers import Answers
from sync.synthetic.cells import Cell
from sync.synthetic.discoveries import Discoveries
from sync.synthetic.events import Event, EventLane, Events, rows_of
from sync.synthetic.facility_rows import Row
from sync.synthetic.keyed_truth import KeyedTruth, Published
from sync.synthetic.oddities import quarantined_lines, repaired_lines
from sync.synthetic.portal_file import PortalFile
from sync.synthetic.sizes import total_in
from sync.synthetic.tally import Tally

ODD_ROWS = 3
_ODD_IDS = 99_000_000


@dataclass(slots=True)
class EventCounts:
    """What an event file is to leave in the tables."""

    tally: Tally
    live: int = 0
    removed: int = 0
    orphans: int = 0
    links: int = 0  # violations found by an inspection that is known


class OwnColumns(Protocol):
    """An event's own columns in a week."""

    def __call__(self, event: Event, week: int, *, is_conflicting: bool = False) -> Row: ...


@dataclass(frozen=True, slots=True)
class _EventFile:
    """One kind of events, and how its rows are made."""

    contract: DatasetContract
    events: Events
    get: Callable[[int], Event]
    own: OwnColumns

    def rows(self, event: Event, week: int) -> list[Row]:
        """The rows of an event in a week's file."""
        if not event.life.is_there(week):
            return []
        conflicting = self.own(event, week, is_conflicting=True) if event.lane == EventLane.CONFLICT else None
        return list(rows_of(event, self.own(event, week), conflicting, week))


def write_inspections(folder: Path, found: Discoveries, week: int) -> EventCounts:
    """Write the inspections of a week."""
    inspections = found.inspections

    def own(event: Event, week: int, *, is_conflicting: bool = False) -> Row:
        violations = found.violations_of(event.index)
        return event_columns.inspection(event, violations, week, is_conflicting=is_conflicting)

    return _write(folder, _EventFile(smarts_inspections.CONTRACT, inspections, inspections.get, own), week)


def write_enforcement(folder: Path, answers: Answers, week: int) -> EventCounts:
    """Write the enforcement actions of a week, of which some answer a violation."""
    actions = answers.actions

    def get(index: int) -> Event:
        if (answered := answers.by_action(index)) is None:
            return actions.get(index)
        violation, answer = answered
        return replace(actions.get(index, violation.target), day=answer.day)

    def own(event: Event, week: int, *, is_conflicting: bool = False) -> Row:
        answered = answers.by_action(event.index)
        kind = answered[1].kind if answered else None
        return event_columns.enforcement(event, week, answer=kind, is_conflicting=is_conflicting)

    return _write(folder, _EventFile(smarts_enforcement_actions.CONTRACT, actions, get, own), week)


def write_violations(folder: Path, answers: Answers, week: int) -> EventCounts:
    """Write the violations of a week, of which inspections found a part and some tell of an exceedance."""
    violations = answers.violations
    found, count = violations.found, violations.events.count

    def own(event: Event, week: int, *, is_conflicting: bool = False) -> Row:
        answer = answers.to_violation(event)
        return event_columns.violation(
            event,
            violations.source_of(event.index),
            week,
            record=violations.records.get(event.index),
            led_to=answer.kind if answer else None,
            is_conflicting=is_conflicting,
        )

    contract = smarts_violations.CONTRACT
    counts = _write(folder, _EventFile(contract, violations.events, violations.get, own), week)
    counts.links = sum(found.inspection_of(index) is not None and found.is_published(index) for index in range(count))
    return counts


def _write(folder: Path, file_of: _EventFile, week: int) -> EventCounts:
    contract, events = file_of.contract, file_of.events
    line_break = "\r\n" if contract is smarts_violations.CONTRACT else "\n"
    renamed = {"REGIONAL_BOARD": "REGION"} if week % 2 else {}
    with PortalFile(folder, contract, week, line_break=line_break, renamed=renamed) as file:
        counts = EventCounts(file.tally)
        truth = KeyedTruth(contract, file.tally)
        for index in range(total_in(week, events.count)):
            event = file_of.get(index)
            rows = file_of.rows(event, week)
            file.add_lines([file.line_of(row) for row in rows])
            if not week or event.changes(week):
                truth.count(_published(file_of, event, rows, week))
            elif rows:
                truth.count_unchanged(rows)
            counts.live += bool(rows)
            counts.removed += not rows
            counts.orphans += not events.links(event.target, week)
            file.tally.add_entity(EventLane, event.lane)
            if index == 20:
                _add_oddities(file, counts, week)
        file.add_blank_lines(1)
    return counts


def _published(file_of: _EventFile, event: Event, rows: list[Row], week: int) -> Published:
    last = next((earlier for earlier in range(week - 1, -1, -1) if event.life.is_there(earlier)), None)
    before = [] if last is None else file_of.rows(event, last)
    return Published(rows, before, was_there=week > 0 and event.life.is_there(week - 1))


def _add_oddities(file: PortalFile, counts: EventCounts, week: int) -> None:
    """Of every kind of bad row one; those that can be read belong to nobody."""
    columns = list(file.columns)
    key, text = 2, columns.index("PERMIT_TYPE")
    rows = []
    for number in range(ODD_ROWS):
        cells: list[Cell] = [None] * len(columns)
        cells[key] = str(_ODD_IDS + number)
        rows.append(cells)
    for line, code in repaired_lines(rows, text):
        file.add_raw(line)
        file.tally.add_flaws([("", code)])
        if week:
            file.tally.unchanged += 1
        else:
            file.tally.inserted += 1
    counts.live += ODD_ROWS
    counts.orphans += ODD_ROWS
    for line, reason in quarantined_lines(rows[0], (key,), text):
        file.add_raw(line)
        file.tally.quarantined[reason] += 1
