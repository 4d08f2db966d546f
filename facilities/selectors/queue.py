"""The review queue: which pairs wait for a person, in which order, and how the work goes."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import log

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Abs, Coalesce
from django.utils import timezone

from facilities.matching.evaluation import Share
from facilities.matching.scoring import shipped_weights
from facilities.models import (
    CandidateState,
    Conflict,
    EsmrFacility,
    MatchCandidate,
    MatchDecision,
    MatcherRun,
    MatchSkip,
    SmartsEnrollment,
    Verdict,
)
from facilities.selectors.blind import IS_BLIND

NEAREST, IMPACT, OLDEST = "nearest", "impact", "oldest"
ORDERS = (NEAREST, IMPACT, OLDEST)
NOBODY = "nobody"
_JUDGED = (Verdict.MATCH, Verdict.NO_MATCH)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which pairs of the queue; what is not set does not narrow it."""

    region: str = ""  # code of the plant's region; `5` has all offices
    county: int | None = None  # number of the enrollment's county
    tier: str = ""
    state: str = ""
    least_probability: float | None = None
    most_probability: float | None = None  # exclusive
    older_than: timedelta | None = None  # since the pair was first proposed
    assignee: str = ""  # key of a user, or NOBODY
    conflict: str = ""  # a kind, or `any`
    place_id: int | None = None


def list_queue(
    narrowed: QueueFilter | None = None, *, reviewer: AbstractBaseUser | None = None, order: str = NEAREST
) -> QuerySet[MatchCandidate]:
    """Pairs that wait for a person, with what a list shows.

    `order`: `nearest` to the threshold of automatic links, highest `impact` (violations on record at the enrollment's
    facility), `oldest` first. With a reviewer, pairs of which they are unsure are left out, those that they passed over
    come last, and so it is their queue; without, the team's.

    Annotated with `violations` (on record and not dismissed, at the facility), `is_blind` (show neither score nor
    verdict) and `was_skipped`. Enrollments that the latest file no longer has are left out.
    """
    rows = _narrowed(open_pairs(), narrowed or QueueFilter()).annotate(
        violations=_violations(),
        is_blind=IS_BLIND,
        distance=distance_to_threshold(),
        was_skipped=_was_skipped(reviewer),
    )
    if reviewer is not None:
        rows = rows.exclude(Exists(_unsure_of(reviewer)))
    first = {NEAREST: ("distance",), IMPACT: ("-violations", "distance"), OLDEST: ("first_proposed_at",)}[order]
    return rows.select_related(
        "esmr_facility__region", "enrollment__county", "enrollment__facility", "assignee"
    ).order_by("was_skipped", *first, "pk")


def open_pairs() -> QuerySet[MatchCandidate]:
    """All pairs that a person is asked about."""
    return MatchCandidate.objects.filter(is_queued=True, enrollment__removed_by=None)


def _narrowed(rows: QuerySet[MatchCandidate], narrowed: QueueFilter) -> QuerySet[MatchCandidate]:
    conditions = {
        "esmr_facility__region__code__startswith": narrowed.region,
        "tier": narrowed.tier,
        "state": narrowed.state,
    }
    optional = {
        "enrollment__county": narrowed.county,
        "probability__gte": narrowed.least_probability,
        "probability__lt": narrowed.most_probability,
        "esmr_facility__place_id": narrowed.place_id,
    }
    rows = rows.filter(**{name: value for name, value in conditions.items() if value})
    rows = rows.filter(**{name: value for name, value in optional.items() if value is not None})
    if narrowed.older_than is not None:
        rows = rows.filter(first_proposed_at__lt=timezone.now() - narrowed.older_than)
    if narrowed.assignee:
        nobody = narrowed.assignee == NOBODY
        rows = rows.filter(assignee=None) if nobody else rows.filter(assignee__pk=narrowed.assignee)
    if narrowed.conflict:
        is_any = narrowed.conflict == "any"
        rows = rows.exclude(conflict=Conflict.NONE) if is_any else rows.filter(conflict=narrowed.conflict)
    return rows


def _violations() -> Coalesce:
    """Violations on record at the facility of the pair's enrollment, without dismissed ones."""
    on_record = Q(violations__removed_by=None) & (
        Q(violations__status=None) | ~Q(violations__status__iexact="dismissed")
    )
    per_facility = (
        SmartsEnrollment.objects.filter(facility=OuterRef("enrollment__facility"))
        .order_by()
        .values("facility")
        .annotate(number=Count("violations", filter=on_record))
        .values("number")
    )
    return Coalesce(Subquery(per_facility), Value(0), output_field=IntegerField())


def distance_to_threshold() -> Case:
    """Log-odds from the threshold of automatic links; 0 for the blind sample, whose place must not tell its score."""
    chance = shipped_weights().automatic_from
    threshold = Value(log(chance / (1 - chance)))
    blind = When(IS_BLIND, then=Value(0.0))
    return Case(blind, default=Abs(F("log_odds") - threshold), output_field=FloatField())


def _was_skipped(reviewer: AbstractBaseUser | None) -> Exists:
    return Exists(MatchSkip.objects.filter(candidate=OuterRef("pk"), reviewer_id=reviewer.pk if reviewer else None))


def _unsure_of(reviewer: AbstractBaseUser) -> QuerySet[MatchDecision]:
    return MatchDecision.objects.filter(
        is_live=True,
        verdict=Verdict.UNSURE,
        reviewer_id=reviewer.pk,
        esmr_facility=OuterRef("esmr_facility"),
        enrollment=OuterRef("enrollment"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits for a person."""

    queued: int
    reopened: int  # of these: the evidence changed since they were decided
    conflicts: int  # of these
    sampled: int  # of these: automatic links to be judged blind
    oldest: datetime | None  # when the oldest of them was first proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures(Backlog):
    """How the work goes. Shares carry their Wilson 95 % interval."""

    decided_today: int  # verdicts of persons, in the calendar day of the server's time zone
    agreement: Share  # verdicts in force that say what the machine found likelier
    measured_precision: Share  # of the blind sample of automatic links: judged a match


def count_backlog() -> Backlog:
    """Figures of the queue alone, in one query."""
    figures = open_pairs().aggregate(
        queued=Count("pk"),
        reopened=Count("pk", filter=Q(state=CandidateState.REOPENED)),
        conflicts=Count("pk", filter=~Q(conflict=Conflict.NONE)),
        sampled=Count("pk", filter=IS_BLIND),
        oldest=Min("first_proposed_at"),
    )
    return Backlog(**figures)


def queue_figures() -> QueueFigures:
    """Figures of the queue and of the decisions in force."""
    return QueueFigures(
        **asdict(count_backlog()),
        decided_today=_decided_since(timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)),
        agreement=_agreement(),
        measured_precision=_measured_precision(),
    )


def _decided_since(moment: datetime) -> int:
    rows = MatchDecision.objects.filter(decided_at__gte=moment, rule="")
    return rows.exclude(verdict=Verdict.UNDONE).count()


def _agreement() -> Share:
    rows = MatchDecision.objects.filter(is_live=True, rule="", verdict__in=_JUDGED, probability__isnull=False)
    agreeing = Q(verdict=Verdict.MATCH, probability__gte=0.5) | Q(verdict=Verdict.NO_MATCH, probability__lt=0.5)
    return Share(rows.filter(agreeing).count(), rows.count())


def _measured_precision() -> Share:
    sampled = MatchCandidate.objects.filter(
        is_blind_sample=True, esmr_facility=OuterRef("esmr_facility"), enrollment=OuterRef("enrollment")
    )
    rows = MatchDecision.objects.filter(Exists(sampled), is_live=True, is_blind=True, verdict__in=_JUDGED)
    return Share(rows.filter(verdict=Verdict.MATCH).count(), rows.count())


def list_contradictions() -> QuerySet[MatchCandidate]:
    """Pairs that a person told apart and that other links join all the same (A = B, B = C, but A is not C)."""
    rows = MatchCandidate.objects.filter(conflict=Conflict.CONTRADICTION, is_queued=True)
    return rows.select_related("esmr_facility__facility", "enrollment__facility").order_by("pk")


def why_empty() -> str:
    """Why the queue is empty and what to run, in a sentence; empty if it is not."""
    if open_pairs().exists():
        return ""
    if not EsmrFacility.objects.exists():
        return "No eSMR facility has been loaded yet: manage.py sync esmr."
    if not SmartsEnrollment.objects.exists():
        return "No SMARTS enrollment has been loaded yet: manage.py sync smarts_industrial_facilities."
    if not MatcherRun.objects.exists():
        return "The matcher has not run yet: manage.py match."
    return "Every proposed pair is decided or linked by the machine. The next sync and manage.py match may bring more."
