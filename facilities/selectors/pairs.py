"""One pair, one plant, one facility: what the machine makes of it, what was decided, and what it was called before."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Max, QuerySet

from facilities.matching.explain import Explanation, match_pair
from facilities.matching.records import EnrollmentKey
from facilities.models import (
    EsmrFacility,
    Facility,
    MatchCandidate,
    MatchDecision,
    MatcherRun,
    SmartsEnrollment,
)
from facilities.selectors.judging import whole_index
from facilities.services.awaited import spellings
from facilities.services.index_store import stored_rarity
from facilities.services.matching import is_index_current
from facilities.services.part_index import part_index
from stormwater.errors import UserError

_SOME = 5  # ids that an error names


class NoSuchRecordError(UserError):
    """A pair's plant or enrollment is not there."""


class SeveralEnrollmentsError(UserError):
    """The ids that are given belong to several enrollments."""


class IndexBehindError(UserError):
    """Records have changed since the matcher last ran, and they are too many to be read for one pair."""


@dataclass(frozen=True, slots=True)
class FacilityMatch:
    """What the machine makes of a pair now, how it stands, and what was decided.

    `candidate` is None for a pair that was never proposed; `decision` is the one in force, a person's or the machine's.
    """

    explanation: Explanation
    candidate: MatchCandidate | None
    decision: MatchDecision | None

    def as_dict(self) -> dict[str, Any]:
        """The answer as plain values."""
        decision = self.decision
        return {
            **self.explanation.as_dict(),
            "state": self.candidate.state if self.candidate else None,
            "conflict": self.candidate.conflict_reason if self.candidate else "",
            "decision": decision
            and {
                "id": decision.pk,
                "verdict": decision.verdict,
                "decided_by": decision.decided_by,
                "decided_at": decision.decided_at.isoformat(),
                "reason_code": decision.reason_code,
            },
        }


def match_facility(
    *, esmr_id: int, wdid: str | None = None, app_id: str | None = None, most_to_read: int | None = None
) -> FacilityMatch:
    """Tier, confidence, evidence per feature and vetoes of one pair, among all records as they are now.

    The enrollment is named by its WDID (with or without the blank), its APP_ID, or both. In a fraction of a second
    after a run of the matcher; where records have changed since, all of them are read first, which takes seconds.
    Raises NoSuchRecordError for an id that is not there, SeveralEnrollmentsError, UserError without any id of an
    enrollment, and IndexBehindError if more than `most_to_read` enrollments would have to be read.
    """
    plant = EsmrFacility.objects.filter(place_id=esmr_id).first()
    if plant is None:
        raise NoSuchRecordError(f"There is no eSMR facility {esmr_id}.")
    enrollment = _enrollment(wdid, app_id)
    key = EnrollmentKey(enrollment.program, enrollment.app_id or "", enrollment.wdid or "")
    if is_index_current():
        index, _, _ = part_index({plant.pk}, stored_rarity(), also={enrollment.pk})
    else:
        if most_to_read is not None and SmartsEnrollment.objects.count() > most_to_read:
            raise IndexBehindError("Records have changed since the matcher last ran: manage.py match.")
        index = whole_index()
    pair = {"esmr_facility": plant, "enrollment": enrollment}
    return FacilityMatch(
        match_pair(esmr_id, key, index),
        MatchCandidate.objects.filter(**pair).first(),
        MatchDecision.objects.filter(is_live=True, **pair).first(),
    )


def match_stamp(*, esmr_id: int, wdid: str | None = None, app_id: str | None = None) -> str:
    """Stands for how a pair stands: another after a decision about it, and after a run of the matcher.

    What the records say is not in it: their changes raise the data version.
    """
    pairs = MatchCandidate.objects.filter(esmr_facility__place_id=esmr_id)
    if wdid:
        pairs = pairs.filter(enrollment__wdid__in=spellings(wdid))
    if app_id:
        pairs = pairs.filter(enrollment__app_id=app_id)
    state = pairs.aggregate(Max("version"), Max("changed_at"))
    decision = MatchDecision.objects.order_by("-pk").values_list("pk", flat=True).first()
    run = MatcherRun.objects.order_by("-pk").values_list("pk", flat=True).first()
    return repr((*state.values(), decision, run))


def _enrollment(wdid: str | None, app_id: str | None) -> SmartsEnrollment:
    if not wdid and not app_id:
        raise UserError("Name the enrollment by its WDID or its APP_ID.")
    rows = SmartsEnrollment.objects.order_by("pk")
    if wdid:
        rows = rows.filter(wdid__in=spellings(wdid))
    if app_id:
        rows = rows.filter(app_id=app_id)
    found = list(rows[: _SOME + 1])
    named = " and ".join(f"{name} {value}" for name, value in (("WDID", wdid), ("APP_ID", app_id)) if value)
    if not found:
        raise NoSuchRecordError(f"There is no enrollment with {named}.")
    if len(found) > 1:
        some = "; ".join(f"{one.wdid or 'no WDID'} / {one.app_id or 'no APP_ID'}" for one in found[:_SOME])
        raise SeveralEnrollmentsError(f"Several enrollments have {named}: {some}. Name both ids.")
    return found[0]


@dataclass(frozen=True, slots=True)
class PlantCandidate:
    """A candidate of a plant, with the log-odds that the next likely one lies behind it (None for the last)."""

    candidate: MatchCandidate
    gap: float | None


def candidates_of_plant(esmr_facility_id: int) -> list[PlantCandidate]:
    """All pairs of an eSMR facility, the most likely first, each with its gap to the runner-up."""
    rows = list(
        MatchCandidate.objects.filter(esmr_facility=esmr_facility_id)
        .select_related("enrollment__industrial_detail", "enrollment__county", "enrollment__facility", "assignee")
        .order_by("-log_odds", "enrollment__program", "enrollment__app_id", "enrollment__wdid")
    )
    after = [*(row.log_odds for row in rows[1:]), None]
    return [
        PlantCandidate(row, None if next_one is None else row.log_odds - next_one)
        for row, next_one in zip(rows, after, strict=True)
    ]


def history_of_plant(esmr_facility_id: int, enrollment_id: int | None = None) -> QuerySet[MatchDecision]:
    """All decisions of a plant, or of one of its pairs and of the plant as a whole, the latest first."""
    rows = MatchDecision.objects.filter(esmr_facility=esmr_facility_id)
    if enrollment_id is not None:
        rows = rows.filter(enrollment=enrollment_id) | rows.filter(enrollment=None)
    return rows.select_related("enrollment", "reverts", "supersedes").order_by("-pk")


def list_history() -> QuerySet[MatchDecision]:
    """All decisions, the latest first, with what a list shows."""
    return MatchDecision.objects.select_related("esmr_facility", "enrollment", "reviewer").order_by(
        "-decided_at", "-pk"
    )


def resolve_facility(public_id: str) -> Facility | None:
    """The facility that answers to a public id today: itself, or the one that it was merged into; one query.

    None if no facility ever had the id.
    """
    rows = Facility.objects.raw(
        """
        WITH RECURSIVE successor AS (
            SELECT f.id, f.merged_into_id, 0 AS step FROM facilities_facility f WHERE f.public_id = %s
            UNION ALL
            SELECT f.id, f.merged_into_id, s.step + 1
            FROM facilities_facility f JOIN successor s ON f.id = s.merged_into_id
        )
        SELECT f.* FROM facilities_facility f JOIN successor s USING (id) ORDER BY s.step DESC LIMIT 1
        """,
        [public_id],
    )
    return next(iter(rows), None)
