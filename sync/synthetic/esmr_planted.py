"""What is planted in the reports of some plants: limits exceeded or met, and what changes from week to week."""

from collections.abc import Callable
from dataclasses import replace

from sync.synthetic import esmr_readings as lab
from sync.synthetic.cells import Cell, flawed
from sync.synthetic.esmr_readings import Item, esmr_reading
from sync.synthetic.esmr_rows import EFFLUENT, LANES, YEARS, EsmrRow, Moment, PlantLane, PlantYear
from sync.synthetic.oddities import HUGE_CELL
from sync.synthetic.readings import no_number
from sync.synthetic.streams import stream
from sync.synthetic.weeks import PERIOD, Life, times

_NEVER = 1_000_000  # a week after all others


def plant_oddities(made: PlantYear) -> None:
    """Change the rows of a plant and year as its lane says."""
    if plan := _PLANTED.get(made.lane):
        plan(made)


def _months_of(made: PlantYear, *months: int) -> list[EsmrRow]:
    days = {f"{made.year}-{month:02}" for month in months}
    return [row for row in made.rows if row.moment.day and row.moment.day[:7] in days]


def _put(row: EsmrRow, item: Item, result: Cell, qualifier: str = "=", *, unit: str | None = "") -> None:
    """Replace a row's reading."""
    row.reading = esmr_reading(item, qualifier, result, unit=unit)


def _of(rows: list[EsmrRow], *items: Item) -> list[EsmrRow]:
    """The effluent rows of these items."""
    wanted = {(item.parameter, item.base, item.unit) for item in items}
    return [
        row
        for row in rows
        if row.location.kind == EFFLUENT and (row.reading.parameter, row.reading.base, row.reading.unit) in wanted
    ]


def _over_limits(made: PlantYear) -> None:
    rows = _months_of(made, 1, 2)
    for item, result in ((lab.BOD_MONTH, "37.5"), (lab.TSS_MONTH, "30.1"), (lab.TSS_WEEK, "52")):
        for row in _of(rows, item):
            _put(row, item, result)
    for row in _of(rows, lab.LAB_PH):
        _put(row, lab.LAB_PH, "9.4")
    for row in _of(_months_of(made, 1), lab.BOD_WEEK):
        _put(row, lab.BOD_WEEK, "61", ">")


def _at_limits(made: PlantYear) -> None:
    rows = _months_of(made, 1, 3)
    for item, result in ((lab.BOD_MONTH, "30"), (lab.TSS_MONTH, "30.0"), (lab.BOD_WEEK, "45"), (lab.LAB_PH, "6.0")):
        for row in _of(rows, item):
            _put(row, item, result)


def _rejected(made: PlantYear) -> None:
    for position, row in enumerate(_of(_months_of(made, 2), lab.BOD_MONTH, lab.TSS_MONTH, lab.BOD_WEEK)):
        item = next(
            i
            for i in (lab.BOD_MONTH, lab.TSS_MONTH, lab.BOD_WEEK)
            if (i.parameter, i.base) == (row.reading.parameter, row.reading.base)
        )
        _put(row, item, "88")
        row.qa_codes = ("R", "J, R", "R")[position % 3]
    for position, row in enumerate(_of(_months_of(made, 1, 3), lab.LAB_BOD, lab.BOD_MONTH)):
        row.qa_codes = ("J", "EB", "J, EB", None)[position % 4]


def _comments(made: PlantYear) -> None:
    texts = (
        'Analyzer "B" was used, as "A" drifted',
        "Sampler jammed\ngrab sample taken instead",
        "Late, see letter; lab closed",
        "=2+3",
        "caf\u00c3\u00a9 sample",
    )
    for position, row in enumerate(made.rows[::9]):
        row.comments = texts[position % len(texts)]
    if made.year == 2024 and made.plant.index < LANES:
        made.rows[0].comments = HUGE_CELL


def _less_than(made: PlantYear) -> None:
    """A limit above the benchmark says nothing; one below it says enough."""
    for row in _of(_months_of(made, 1), lab.BOD_MONTH, lab.BOD_WEEK):
        item = lab.BOD_MONTH if row.reading.base == lab.AMEL else lab.BOD_WEEK
        _put(row, item, "50", "<")
    for row in _of(_months_of(made, 2), lab.TSS_MONTH):
        _put(row, lab.TSS_MONTH, "5", "<")
    for row in _of(_months_of(made, 2), lab.BOD_MONTH):
        _put(row, lab.BOD_MONTH, None, "ND")


def _odd_values(made: PlantYear) -> None:
    for row in _of(_months_of(made, 1), lab.BOD_MONTH):
        _put(row, lab.BOD_MONTH, "38000", unit="ug/L")
    for row in _of(_months_of(made, 2), lab.BOD_MONTH):
        _put(row, lab.BOD_MONTH, None)
    for row in _of(_months_of(made, 1), lab.TSS_MONTH):
        _put(row, lab.TSS_MONTH, no_number("see note"))
    for row in _of(_months_of(made, 2), lab.TSS_MONTH):
        _put(row, lab.TSS_MONTH, "44", unit="mL/L")
    for row in _of(_months_of(made, 1), lab.LAB_PH):
        _put(row, lab.LAB_PH, "72")
    for position, row in enumerate(_of(_months_of(made, 3), lab.TSS_MONTH)):
        bad = (flawed(f"{made.year}-02-30", "not_a_date"), flawed(f"00{made.year - 2000}-03-31", "implausible_date"))
        cell = bad[position % 2]
        row.moment = Moment(None, row.moment.time, row.moment.text.replace(str(row.moment.day), cell, 1))
        row.flaws = (("sampling_date", cell.code),)


def _copies(made: PlantYear) -> None:
    for row in made.rows[::25]:
        row.copies = 2


def _resubmit(made: PlantYear) -> None:
    """Reports sent again under a higher document id, with some results changed."""
    for month in (1, 3):
        for row in _months_of(made, month):
            made.rows.append(_sent_again(row, 1, row.life))
    if made.year == YEARS[2]:
        for turn in range(min(times(made.week, made.turn), 2)):
            life = Life(first=made.turn + turn * PERIOD)
            for row in _months_of(made, 6):
                if row.document.number % 4 == 0:
                    made.rows.append(_sent_again(row, turn + 1, life))


def _sent_again(row: EsmrRow, times_before: int, life: Life) -> EsmrRow:
    document = replace(row.document, number=row.document.number + times_before)
    again = replace(row, document=document, life=life)
    reading = row.reading
    if reading.base == lab.AMEL and reading.parameter == lab.BOD and reading.unit == "mg/L":
        again.reading = esmr_reading(lab.BOD_MONTH, "=", f"3{times_before}.5")
    return again


def _late(made: PlantYear) -> None:
    """Two months of every year are missing; at every turn one of an old year arrives."""
    months = [(year, month) for year in YEARS[:-1] for month in (4, 9)]
    shift = {
        months[turn % len(months)]: made.turn + turn * PERIOD
        for turn in range(min(times(made.week, made.turn), len(months)))
    }
    for month in (4, 9):
        born = shift.get((made.year, month))
        rows = _months_of(made, month) if made.year < YEARS[-1] else []
        for row in rows:
            row.life = Life(first=_NEVER if born is None else born)


def _correct(made: PlantYear) -> None:
    """At every turn a result of the third year is replaced by another."""
    if made.year != YEARS[2]:
        return
    for turn in range(times(made.week, made.turn)):
        born = made.turn + turn * PERIOD
        rng = stream(made.seed, "esmr correction", made.plant.index, turn)
        row = rng.choice(
            [
                row
                for row in made.rows
                if row.life.end is None and row.reading.base == lab.AMEL and row.reading.unit == "mg/L"
            ]
        )
        made.rows.append(
            replace(row, reading=esmr_reading(lab.BOD_MONTH, "=", f"3{turn % 10}.{born:03}1"), life=Life(first=born))
        )
        row.life = replace(row.life, end=born)


def _withdraw(made: PlantYear) -> None:
    """Some months of old years are withdrawn at every turn and come back, or never do."""
    if made.year not in YEARS[1:3]:
        return
    for month, life in ((2, Life(turn=made.turn, stay=1)), (5, Life(turn=made.turn, stay=2)), (8, Life(end=made.turn))):
        for row in _months_of(made, month):
            row.life = life


_PLANTED: dict[int, Callable[[PlantYear], None]] = {
    PlantLane.RESUBMITTED: _resubmit,
    PlantLane.LATE: _late,
    PlantLane.CORRECTED: _correct,
    PlantLane.WITHDRAWN: _withdraw,
    PlantLane.OVER_LIMITS: _over_limits,
    PlantLane.AT_LIMITS: _at_limits,
    PlantLane.REJECTED: _rejected,
    PlantLane.COMMENTS: _comments,
    PlantLane.LESS_THAN: _less_than,
    PlantLane.ODD_VALUES: _odd_values,
    PlantLane.COPIES: _copies,
}
