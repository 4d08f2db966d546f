"""Imported decisions: those whose records are here are made, the others wait for their records."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from facilities.models import (
    MACHINE_RULES,
    AwaitedDecision,
    EsmrFacility,
    MatchCandidate,
    MatchDecision,
    Rule,
    SmartsEnrollment,
    StalePlant,
    Verdict,
)

NO_HASH = UUID(int=0)


def apply_awaited_decisions() -> int:
    """Make the awaited decisions whose records have come; returns how many.

    For a run of the matcher, which works out their pairs afterwards. One whose pair a person has decided here goes on
    waiting: it must not overwrite that.
    """
    now = timezone.now()
    waiting = list(AwaitedDecision.objects.order_by("pk"))
    places = EsmrFacility.objects.filter(place_id__in={row.place_id for row in waiting})
    plants = dict(places.values_list("place_id", "pk"))
    done = []
    for row in waiting:
        plant = plants.get(row.place_id)
        if plant is not None and _apply(row, plant, now):
            done.append(row.pk)
    AwaitedDecision.objects.filter(pk__in=done).delete()
    return len(done)


def _apply(row: AwaitedDecision, plant: int, now: datetime) -> bool:
    """Make one decision; False if its enrollment is not here, or not one alone, or the pair is decided already."""
    is_of_plant = row.values["verdict"] == Verdict.NO_MATCH_EXISTS
    enrollment = None if is_of_plant else find_enrollment(row.app_id, row.wdid, row.program)
    if enrollment is None and not is_of_plant:
        return False
    live = MatchDecision.objects.filter(is_live=True, esmr_facility=plant, enrollment=enrollment).first()
    if live is not None and not live.is_by_machine:
        return live.verdict == row.values["verdict"]
    if contradicts_plant(plant, row.values["verdict"]):
        return False
    if live is not None:
        MatchDecision.objects.filter(pk=live.pk).update(is_live=False)
    MatchDecision.objects.create(
        esmr_facility_id=plant, enrollment_id=enrollment, supersedes=live, **_columns(row, now)
    )
    if enrollment is not None:
        _propose(plant, enrollment, now)
    StalePlant.objects.get_or_create(pk=plant, defaults={"since": now})
    return True


def contradicts_plant(plant: int, verdict: str) -> bool:
    """Whether a plant is said to have no match and a person's match at once, were this verdict added."""
    live = MatchDecision.objects.filter(is_live=True, esmr_facility=plant)
    if verdict == Verdict.NO_MATCH_EXISTS:
        return live.filter(verdict=Verdict.MATCH).exclude(rule__in=MACHINE_RULES).exists()
    return verdict == Verdict.MATCH and live.filter(verdict=Verdict.NO_MATCH_EXISTS).exists()


def decided_otherwise(place_id: int, program: str, app_id: str, wdid: str, verdict: str) -> str:
    """Why a verdict from a file goes against what is decided here; `same` if it says the same; empty if it is new."""
    plant = EsmrFacility.objects.filter(place_id=place_id).values_list("pk", flat=True).first()
    if plant is None:
        return ""
    enrollment = None
    if verdict != Verdict.NO_MATCH_EXISTS:
        enrollment = find_enrollment(app_id, wdid, program)
        if enrollment is None:
            return _why_unclear(app_id, wdid, program)
    live = MatchDecision.objects.filter(is_live=True, esmr_facility=plant, enrollment=enrollment).first()
    if live is not None and not live.is_by_machine:
        if live.verdict == verdict:
            return "same"
        return f"{live.decided_by} has decided here: {live.get_verdict_display()}"
    if contradicts_plant(plant, verdict):
        return "a match and that there is none are decided of the same plant"
    return ""


def _why_unclear(app_id: str, wdid: str, program: str) -> str:
    """Why several enrollments have these ids, or nothing where none has."""
    rows = _enrollments(app_id, wdid, program)
    if rows.count() <= 1:
        return ""
    return f"{rows.count()} enrollments have these ids: name APP_ID, WDID and program"


def _enrollments(app_id: str, wdid: str, program: str) -> QuerySet[SmartsEnrollment]:
    rows = SmartsEnrollment.objects.order_by("pk") if app_id or wdid else SmartsEnrollment.objects.none()
    if program:
        rows = rows.filter(program=program)
    if app_id:
        rows = rows.filter(app_id=app_id)
    return rows.filter(wdid__in=spellings(wdid)) if wdid else rows


def find_enrollment(app_id: str, wdid: str, program: str = "") -> int | None:
    """The one enrollment with these ids (empty: not said; a WDID with or without blanks), or None."""
    rows = _enrollments(app_id, wdid, program)
    keys = list(rows.values_list("pk", flat=True)[:2])
    if len(keys) > 1:  # an id that is not said may be one that is not there
        exact = rows.filter(app_id=app_id or None, wdid__in=spellings(wdid)) if wdid else rows.filter(wdid=None)
        keys = list(exact.values_list("pk", flat=True)[:2])
    return keys[0] if len(keys) == 1 else None


def spellings(wdid: str) -> list[str]:
    """A WDID as given, and with and without the blank of a region that has no sub-office letter (`4 19I012345`)."""
    bare = "".join(wdid.split()).upper()
    return list(dict.fromkeys([wdid, bare, f"{bare[:1]} {bare[1:]}"]))


def _columns(row: AwaitedDecision, now: datetime) -> dict[str, object]:
    values = row.values
    reviewer = values.get("reviewer", "")
    decided_at = parse_datetime(values["decided_at"]) if values.get("decided_at") else None
    return {
        "verdict": values["verdict"],
        "reason_code": values.get("reason_code", ""),
        "note": values.get("note", ""),
        "reviewer": get_user_model().objects.filter(username=reviewer).first() if reviewer else None,
        "reviewer_name": reviewer,
        "rule": "" if reviewer else Rule.STAFF_MAPPING,
        "decided_at": decided_at or row.received_at,
        "recorded_at": now,
        "tier": values.get("tier", ""),
        "probability": float(values["probability"]) if values.get("probability") else None,
        "evidence": values.get("evidence") or None,
        "evidence_hash": UUID(values["evidence_hash"]) if values.get("evidence_hash") else None,
        "model_version": values.get("model_version", ""),
        "is_blind": values.get("is_blind") == "yes",
        "is_live": True,
        "source": f"{row.file_name}, line {row.line}",
    }


def _propose(plant: int, enrollment: int, now: datetime) -> None:
    """A row for the pair, which the run of the matcher fills."""
    MatchCandidate.objects.get_or_create(
        esmr_facility_id=plant,
        enrollment_id=enrollment,
        defaults={
            "tier": "none",
            "reason": "not compared yet",
            "probability": 0.0,
            "log_odds": 0.0,
            "base": 0.0,
            "rank": 0,
            "evidence": [],
            "vetoes": [],
            "evidence_hash": NO_HASH,
            "machine_hash": NO_HASH,
            "state": "withdrawn",
            "is_queued": False,
            "first_proposed_at": now,
            "changed_at": now,
        },
    )
