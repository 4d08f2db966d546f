"""What the page of a pair shows: both records, every candidate of the plant, why this score, and the history."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from facilities.models import (
    MACHINE_RULES,
    CandidateState,
    CrosswalkEntry,
    EsmrFacility,
    MatchCandidate,
    MatchDecision,
    SmartsEnrollment,
    Tier,
    Verdict,
)
from facilities.review.comparison import compare_records
from facilities.review.history_page import Told, by_whom, tell
from facilities.review.score_bars import chance_in_words, explain_score, feature_in_words, signed
from facilities.review.site_map import Place, draw_map
from facilities.selectors.pairs import PlantCandidate, candidates_of_plant, history_of_plant
from facilities.services.decisions import is_override
from stormwater.admin.records import list_link, provenance_of

MOST_LOCATIONS = 12  # on a map
MOST_WARNINGS = 3  # about other matches of the plant
_BOTH = "Both can be right: a plant may have several enrollments."
_ASKED = {CandidateState.OPEN, CandidateState.REOPENED, CandidateState.UNSURE}


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate of the plant: `gap` says how far the next one is behind; both are empty where scores are hidden."""

    number: int
    pair: MatchCandidate
    is_current: bool
    chance: str
    percent: float
    gap: str
    state: str


def find_pair(pk: int) -> MatchCandidate | None:
    """The pair with everything that its page shows."""
    rows = MatchCandidate.objects.select_related(
        "esmr_facility__region",
        "esmr_facility__run",
        "esmr_facility__facility",
        "enrollment__run",
        "enrollment__industrial_detail",
        "enrollment__county",
        "enrollment__facility",
        "assignee",
    )
    return rows.filter(pk=pk).first()


def pair_page(pair: MatchCandidate, reviewer: AbstractBaseUser, *, is_blind: bool) -> dict[str, Any]:
    """The context of a pair's page, without scores, verdicts and links of the machine where it is blind."""
    plant, enrollment = pair.esmr_facility, pair.enrollment
    listed = CrosswalkEntry.objects.filter(place_id=plant.place_id).first()
    candidates = [one for one in candidates_of_plant(plant.pk) if _is_shown(one.candidate, pair)]
    decisions = _decisions(pair, is_blind=is_blind)
    told = tell(decisions, reviewer)
    return {
        "pair": pair,
        "plant": plant,
        "enrollment": enrollment,
        "is_blind": is_blind,
        "options": _options(candidates, pair, is_blind=is_blind),
        "seen": " ".join(f"{one.candidate.pk}:{one.candidate.version}" for one in candidates),
        "comparison": compare_records(plant, listed, enrollment),
        "map": draw_map(_places(plant, listed, enrollment)),
        "score": None if is_blind else _score(pair),
        "needs_reason": {
            "match": not is_blind and is_override(pair, Verdict.MATCH),
            "no_match": not is_blind and is_override(pair, Verdict.NO_MATCH),
        },
        "warnings": _warnings(pair, told, is_blind=is_blind),
        "changes": _changes(pair, told) if pair.state == CandidateState.REOPENED else [],
        "history": told,
        "sources": {"esmr": provenance_of(plant), "smarts": provenance_of(enrollment), "listed": listed},
        "plant_links": _plant_links(plant),
        "events_link": list_link("violations.RegulatoryViolation", enrollment=enrollment.pk),
    }


def _is_shown(candidate: MatchCandidate, current: MatchCandidate) -> bool:
    """All but those that the machine has withdrawn."""
    return candidate.pk == current.pk or candidate.state != CandidateState.WITHDRAWN


def _options(candidates: list[PlantCandidate], current: MatchCandidate, *, is_blind: bool) -> list[Option]:
    """The candidates, the likeliest first; where scores are hidden in the order of their ids, which tells nothing."""
    if is_blind:
        candidates = sorted(candidates, key=lambda one: (one.candidate.enrollment.app_id or "", one.candidate.pk))
    last = candidates[-1].candidate.pk if candidates else None
    return [
        Option(
            number=number,
            pair=one.candidate,
            is_current=one.candidate.pk == current.pk,
            chance="" if is_blind else _chance(one.candidate),
            percent=0.0 if is_blind else round(100 * one.candidate.probability, 1),
            gap="" if is_blind or one.gap is None or one.candidate.pk == last else f"{one.gap:.1f} points ahead",
            state=_state(one.candidate, is_blind=is_blind),
        )
        for number, one in enumerate(candidates, start=1)
    ]


def _chance(pair: MatchCandidate) -> str:
    return "an identifier says so" if pair.tier == Tier.DIRECT else chance_in_words(pair.probability)


def _state(pair: MatchCandidate, *, is_blind: bool) -> str:
    """How a pair stands; where scores are hidden, what the machine linked counts as open."""
    if is_blind and pair.state == CandidateState.AUTOMATIC:
        return str(CandidateState.OPEN.label)
    return pair.get_state_display()


def _score(pair: MatchCandidate) -> dict[str, Any]:
    score = explain_score(
        pair.evidence,
        base=pair.base,
        log_odds=pair.log_odds,
        probability=pair.probability,
        is_direct=pair.tier == Tier.DIRECT,
    )
    lead = "" if pair.lead is None else f"{signed(pair.lead)} points against the likeliest pair of another site"
    return {"explained": score, "tier": pair.get_tier_display(), "reason": pair.reason, "lead": lead}


def _decisions(pair: MatchCandidate, *, is_blind: bool) -> QuerySet[MatchDecision]:
    rows = history_of_plant(pair.esmr_facility_id, pair.enrollment_id)
    return rows.exclude(rule__in=MACHINE_RULES) if is_blind else rows


def _warnings(pair: MatchCandidate, told: Iterable[Told], *, is_blind: bool) -> list[str]:
    """What a reviewer should know before deciding."""
    found = []
    live = next((one.decision for one in told if one.decision.is_live and one.decision.enrollment_id), None)
    if live is not None and not live.is_by_machine:
        found.append(f"Decided already: {live.get_verdict_display()}, by {by_whom(live)}. A new verdict replaces it.")
    others = MatchDecision.objects.filter(
        is_live=True, esmr_facility=pair.esmr_facility_id, verdict=Verdict.MATCH
    ).exclude(enrollment=pair.enrollment_id)
    if is_blind:
        others = others.exclude(rule__in=MACHINE_RULES)
    found += [
        f"This plant has an accepted match already: {other.enrollment}, by {by_whom(other)}. {_BOTH}"
        for other in others.select_related("enrollment")[:MOST_WARNINGS]
    ]
    if pair.enrollment.removed_by_id is not None:
        found.append("The latest SMARTS file no longer has this enrollment.")
    if pair.conflict_reason:
        found.append(f"{pair.get_conflict_display()}: {pair.conflict_reason}")
    return found


def _changes(pair: MatchCandidate, told: Iterable[Told]) -> list[tuple[str, str, str]]:
    """What the evidence was when a person decided and what it is now, feature by feature."""
    live = next((one.decision for one in told if one.decision.is_live and one.decision.enrollment_id), None)
    if live is None or not live.evidence:
        return []
    then = {one["feature"]: one["detail"] for one in live.evidence.get("evidence", [])}
    return [
        (feature_in_words(one["feature"]), then.get(one["feature"], "not compared"), one["detail"])
        for one in pair.evidence
        if one["detail"] != then.get(one["feature"])
    ]


def _places(plant: EsmrFacility, listed: CrosswalkEntry | None, enrollment: SmartsEnrollment) -> list[Place]:
    """Everything with coordinates: the listed plant, where its discharge is monitored, the enrollment."""
    places = []
    if listed is not None and listed.latitude is not None and listed.longitude is not None:
        places.append(Place("plant", "Plant, as the CIWQS list has it", (listed.latitude, listed.longitude)))
    located = plant.locations.filter(latitude__isnull=False, longitude__isnull=False).order_by("name", "pk")
    points: dict[tuple[float, float], str] = {}
    for name, kind, latitude, longitude in located.values_list("name", "location_type", "latitude", "longitude"):
        if latitude is not None and longitude is not None:
            points.setdefault((latitude, longitude), f"{name or 'unnamed'} ({kind or 'kind not said'})")
    places += [Place("location", f"eSMR location {name}", at) for at, name in list(points.items())[:MOST_LOCATIONS]]
    if enrollment.latitude is not None and enrollment.longitude is not None:
        places.append(Place("enrollment", "the enrollment", (enrollment.latitude, enrollment.longitude)))
    return places


def _plant_links(plant: EsmrFacility) -> list[tuple[str, str]]:
    return [
        ("Its monitoring locations", list_link("monitoring.EsmrLocation", esmr_facility=plant.pk)),
        ("Its samples", list_link("monitoring.EsmrSample", esmr_facility=plant.pk)),
    ]
