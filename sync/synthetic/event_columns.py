"""The columns of inspections, violations and enforcement actions, but for the joined ones."""

from datetime import date

from sync.synthetic.cells import Cell, flawed
from sync.synthetic.events import Event, EventLane, day_after, event_day, later
from sync.synthetic.exceedance_records import ExceedanceRecord
from sync.synthetic.facility_rows import Row
from sync.synthetic.oddities import LARGE_CELL

INSPECTION_IDS, VIOLATION_IDS, ENFORCEMENT_IDS = 2_000_000, 800_000, 400_000
_PURPOSES = (
    "B Type Compliance", "A Type Compliance", "Complaint", "Enforcement Follow-up", "Inspection from Vehicle", "NEC",
    "NOT", "Non-Filer/NONA", "Non-Compliance Follow-up",
)  # fmt: skip
_VIOLATIONS = (
    "Deficient BMP Implementation", "Deficient SWPPP", "Unauthorized NSWD", "Effluent Limitation",
    "Deficient Monitoring", "Late Report", "Order Conditions",
)  # fmt: skip
_PRIORITIES = ("1", "2", "3", "3", "2", "Y", "N", "B", "4", "Not Authorized to Assign Rank", None)
_STATUSES = ("Potential", "Violation", "Dismissed")
_ACTIONS = (
    "Staff Enforcement Letter", "Notice of Violation", "Verbal Communication", "Oral Communication",
    "Notice of Non-Compliance", "Notice to Comply", "13267 Letter", "Clean-up and Abatement Order",
    "Expedited Payment Letter", "Admin Civil Liability", "Time Schedule Order", "Cease and Desist Order",
)  # fmt: skip
_ACTION_STATUSES = ("Active", "Historical", "Draft", "Rescinded", "Withdrawn")
_MONEY_FROM = _ACTIONS.index("Expedited Payment Letter")
_NOTES = (None, "Sheen in the drop inlet", "Drums stored outside without cover", "Perimeter controls in place")


def inspection(event: Event, violations: int, week: int, *, is_conflicting: bool = False) -> Row:
    """An inspection's own columns; `violations` is how many it found."""
    n, day, version = event.numbers, event_day(event), event.version(week)
    purpose = "Drone Overflight" if event.lane == EventLane.UNKNOWN_CODE else _PURPOSES[n[3] % len(_PURPOSES)]
    virtual: Cell = (
        flawed("Unknown", "not_a_flag") if event.lane == EventLane.NO_FLAG else "Y" if n[4] % 9 == 0 else "N"
    )
    return (
        event.target.wdid, event.target.app_id, str(INSPECTION_IDS + event.index),
        None if n[3] % 4 else "Compliance", ("09:15 AM", "1300", "10:30", None)[n[5] % 4],
        ("10:05 AM", "1345", "noon", None)[n[5] % 4], "Draft" if version % 2 or is_conflicting else "Historical",
        purpose, day, "Contact" if n[4] % 3 else None, "Regional Board" if n[5] % 3 else "Contractor", "Inspector",
        None, None, "Letter" if n[4] % 4 == 0 else None, _NOTES[(n[3] + version) % 4], virtual, str(violations),
        later(event, 14) if n[5] % 2 else None, event.target.permit_type, event.target.region,
    )  # fmt: skip


def violation(
    event: Event,
    source: tuple[str, str],
    week: int,
    *,
    record: ExceedanceRecord | None = None,
    led_to: str | None = None,
    is_conflicting: bool = False,
) -> Row:
    """A violation's own columns.

    `source` says what found it, and its id there; `record` what it tells of an exceedance, `led_to` which kind of
    action answers it. One that tells of an exceedance or is answered is not dismissed.
    """
    n, day, version = event.numbers, event_day(event), event.version(week)
    statuses = _STATUSES[:2] if record or led_to else _STATUSES
    status = statuses[(n[3] + version + is_conflicting) % len(statuses)]
    kind = "Stockpile Ordinance" if event.lane == EventLane.UNKNOWN_CODE else _VIOLATIONS[n[3] % len(_VIOLATIONS)]
    serious: Cell = flawed("U", "not_a_flag") if event.lane == EventLane.NO_FLAG else "Y" if n[4] % 15 == 0 else "N"
    text = LARGE_CELL if event.index == 11 else _NOTES[n[5] % 4]
    if record:
        kind, text = record.kind, record.text
    linked = led_to or ("Staff Enforcement Letter" if n[3] % 6 == 0 else None)
    return (
        event.target.wdid, event.target.app_id, str(VIOLATION_IDS + event.index), *source, kind, serious,
        _PRIORITIES[(n[4] + version) % len(_PRIORITIES)], day, discovered_on(event).isoformat(), "Regional Board staff",
        "Y" if n[4] % 4 else "N", None, text, status, linked,
        event.target.permit_type, event.target.region,
    )  # fmt: skip


def discovered_on(violation: Event) -> date:
    """The day on which a violation came to be known."""
    return day_after(violation, violation.numbers[5] % 30)


def enforcement(event: Event, week: int, *, answer: str | None = None, is_conflicting: bool = False) -> Row:
    """An enforcement action's own columns; `answer` is its kind if it answers a violation."""
    n, day, version = event.numbers, event_day(event), event.version(week)
    chosen = _ACTIONS.index(answer) if answer else n[3] % len(_ACTIONS)
    kind = "Letter of Concern" if event.lane == EventLane.UNKNOWN_CODE else _ACTIONS[chosen]
    status = _ACTION_STATUSES[(n[4] + version + is_conflicting) % len(_ACTION_STATUSES)]
    has_money = chosen >= _MONEY_FROM
    amount = 500 * (1 + n[5] % 80)
    total: Cell = (
        flawed("6,000", "not_a_number") if event.lane == EventLane.NO_FLAG else str(amount) if has_money else None
    )
    correction = "Report how the violation was corrected" if answer else "Submit the missing annual report"
    received, balance = (str(amount // 2), str(amount - amount // 2)) if has_money else (None, None)
    return (
        event.target.wdid, event.target.app_id, str(ENFORCEMENT_IDS + event.index), kind, status, day,
        "2031-01-15" if n[4] % 11 == 0 else later(event, 60), f"{kind} sent", correction,
        f"R-{event.day.year}-{n[5] % 1000:04}" if has_money else None, None, None, None,
        str(amount) if has_money else None, total, received, None, balance, None, None, None,
        later(event, 2) if kind == "Expedited Payment Letter" else None, None, None,
        "1" if answer else str(1 + n[4] % 4), event.target.permit_type, event.target.region,
    )  # fmt: skip
