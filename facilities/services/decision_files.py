"""Decisions as a file: what was decided leaves the database and comes back, also into an emptied one.

Pairs are named by place id, APP_ID and WDID, which survive; a staff mapping file is the same format with fewer columns.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from facilities.csv_files import BadRow, Row, read_rows, whole_number, with_mark
from facilities.models import MACHINE_RULES, AwaitedDecision, MatchDecision, Program, ReasonCode, Rule, Tier, Verdict
from facilities.services.awaited import decided_otherwise
from facilities.services.matching import MatchReport, run_matching

# Canonical column -> other names for it, in the order of an exported file.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "place_id": ("facility_place_id", "esmr_facility_place_id", "esmr_place_id", "esmr_id"),
    "program": (),
    "app_id": ("smarts_app_id",),
    "wdid": ("smarts_wdid",),
    "verdict": (),
    "reason_code": ("reason",),
    "note": (),
    "reviewer": (),
    "rule": (),
    "decided_at": (),
    "is_blind": (),
    "tier": (),
    "probability": (),
    "model_version": (),
    "evidence_hash": (),
    "evidence": (),
}
_IMPORTED = frozenset(Verdict.values) - {Verdict.UNDONE}


@dataclass(slots=True)
class DecisionFileReport:
    """What became of the rows of a decision file: read = taken + known + bad."""

    read: int = 0
    taken: int = 0  # decisions that were new
    known: int = 0  # rows that say what is decided already
    waiting: int = 0  # of those taken: their records are not in the database yet
    bad: list[BadRow] = field(default_factory=list)
    matched: MatchReport | None = None


def export_decisions(file: IO[str]) -> int:
    """Write the decisions of persons and staff mappings that are in force, negatives included; returns how many.

    Decisions that still wait for their records are written too, as they came.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    number = 0
    for cells in _exported():
        writer.writerow([with_mark(str(cells.get(column) or "")) for column in COLUMNS])
        number += 1
    return number


def _exported() -> Iterator[dict[str, Any]]:
    rows = MatchDecision.objects.filter(is_live=True).exclude(rule__in=MACHINE_RULES)
    rows = rows.select_related("esmr_facility", "enrollment").order_by(
        "esmr_facility__place_id", "enrollment__program", "enrollment__app_id", "enrollment__wdid"
    )
    for row in rows.iterator(chunk_size=1_000):
        enrollment = row.enrollment
        yield {
            "place_id": row.esmr_facility.place_id,
            "program": enrollment.program if enrollment else "",
            "app_id": enrollment.app_id if enrollment else "",
            "wdid": enrollment.wdid if enrollment else "",
            "verdict": row.verdict,
            "reason_code": row.reason_code,
            "note": row.note,
            "reviewer": row.reviewer_name,
            "rule": row.rule,
            "decided_at": row.decided_at.isoformat(),
            "is_blind": "yes" if row.is_blind else "",
            "tier": row.tier,
            "probability": "" if row.probability is None else repr(row.probability),
            "model_version": row.model_version,
            "evidence_hash": row.evidence_hash,
            "evidence": json.dumps(row.evidence, ensure_ascii=False) if row.evidence else "",
        }
    for waiting in AwaitedDecision.objects.iterator():
        values = dict(waiting.values)
        if values.get("evidence"):
            values["evidence"] = json.dumps(values["evidence"], ensure_ascii=False)
        ids = {name: getattr(waiting, name) for name in ("place_id", "program", "app_id", "wdid")}
        yield values | ids


def import_decisions(*, path: Path) -> DecisionFileReport:
    """Load decisions or staff mappings from a file, and run the matcher so that they take effect.

    A row needs place_id and, but for `no_match_exists`, app_id or wdid; without a verdict it is a match. A row without
    a reviewer is a staff mapping. A decision whose records are not here waits for them. A row that goes against what a
    person has decided here is bad: it is reported and changes nothing. Raises UserError for a file that cannot be read.
    """
    report = DecisionFileReport()
    with transaction.atomic():
        _receive(path, report)
        report.matched = run_matching()
        report.waiting = AwaitedDecision.objects.filter(file_name=path.name).count()
    return report


def _receive(path: Path, report: DecisionFileReport) -> None:
    now = timezone.now()
    seen: dict[tuple[int, str, str, str], int] = {}
    for row in read_rows(path, COLUMNS, ("place_id",), nulls={""}):
        report.read += 1
        why, ids, values = _checked(row)
        if not why and ids in seen:
            why = f"the pair is in line {seen[ids]} already"
        otherwise = "" if why else decided_otherwise(*ids, values["verdict"])
        if why or otherwise not in {"", "same"}:
            report.bad.append(BadRow(row.line, why or otherwise))
            continue
        seen[ids] = row.line
        if otherwise == "same":
            report.known += 1
            continue
        report.taken += 1
        place_id, program, app_id, wdid = ids
        AwaitedDecision.objects.update_or_create(
            place_id=place_id,
            program=program,
            app_id=app_id,
            wdid=wdid,
            defaults={"values": values, "file_name": path.name, "line": row.line, "received_at": now},
        )


def _checked(row: Row) -> tuple[str, tuple[int, str, str, str], dict[str, Any]]:
    """Why a row cannot be taken (or nothing), its ids, and its other cells."""
    cells = dict(row.cells)
    place_id = whole_number(row, "place_id")
    verdict = cells.get("verdict", Verdict.MATCH).lower()
    program = cells.get("program", "").lower()
    ids = (place_id or 0, program, cells.get("app_id", ""), cells.get("wdid", ""))
    if verdict == Verdict.NO_MATCH_EXISTS:
        ids = (place_id or 0, "", "", "")
    values: dict[str, Any] = {
        name: cells[name] for name in COLUMNS if name in cells and name not in {"place_id", "program", "app_id", "wdid"}
    }
    values["verdict"] = verdict
    why = _why_not(place_id, verdict, ids, cells)
    if not why and "evidence" in values:
        values["evidence"] = json.loads(values["evidence"])
    return why, ids, values


def _why_not(place_id: int | None, verdict: str, ids: tuple[int, str, str, str], cells: Mapping[str, str]) -> str:
    if place_id is None:
        return f"no place id: {cells.get('place_id', 'empty')}"
    if verdict not in _IMPORTED:
        return f"no verdict: {verdict}"
    if verdict != Verdict.NO_MATCH_EXISTS and not ids[2] and not ids[3]:
        return "neither APP_ID nor WDID"
    if ids[1] and ids[1] not in Program.values:
        return f"no program: {ids[1]}"
    allowed = {"reason_code": ReasonCode.values, "tier": Tier.values, "rule": ["", Rule.STAFF_MAPPING]}
    for column, values in allowed.items():
        if cells.get(column, "") not in {"", *values}:
            return f"no {column}: {cells[column]}"
    return _why_malformed(cells)


def _why_malformed(cells: Mapping[str, str]) -> str:
    """Why a cell cannot be read, or nothing."""
    readers: dict[str, Callable[[str], object]] = {
        "decided_at": _moment,
        "probability": _probability,
        "evidence_hash": UUID,
        "evidence": json.loads,
    }
    for column, read in readers.items():
        if column in cells:
            try:
                read(cells[column])
            except ValueError:
                return f"{column} cannot be read: {cells[column][:80]}"
    return ""


def _moment(text: str) -> None:
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError(text)


def _probability(text: str) -> None:
    if not 0 <= float(text) <= 1:
        raise ValueError(text)
