"""What the history shows: every decision with its reasons, and whether it can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet

from facilities.models import MACHINE_RULES, MatchCandidate, MatchDecision, Rule, Verdict
from facilities.review.forms import HistoryFilterForm
from facilities.review.score_bars import chance_in_words
from facilities.selectors.blind import without_blind_links
from facilities.selectors.pairs import list_history

ROWS = 50  # decisions on a page
_LOOKUPS = {"reviewer": "reviewer_name", "verdict": "verdict", "place_id": "esmr_facility__place_id"}
_RULES = {
    Rule.DIRECT: "the matcher (a shared identifier)",
    Rule.FUZZY: "the matcher (score)",
    Rule.STAFF_MAPPING: "a staff mapping file",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A decision in words. `can_be_undone`: it is in force, and a person's or a mapping's."""

    decision: MatchDecision
    pair: int | None  # whose page to look at, for a plant its likeliest pair; None if there is none any more
    by: str
    what: str
    reason: str
    seen: str
    can_be_undone: bool


def tell(decisions: Iterable[MatchDecision], reader: AbstractBaseUser) -> list[Told]:
    """Decisions as the history shows them to a reader."""
    decisions = list(decisions)
    pairs = _pairs_of(decisions)
    return [_told(decision, pairs.get(decision.pk), reader) for decision in decisions]


def history_page(form: HistoryFilterForm, reader: AbstractBaseUser) -> dict[str, Any]:
    """The context of the history's page: some decisions, the latest first, and where older ones follow."""
    rows = list(_narrowed(form).select_related("reverts", "supersedes")[: ROWS + 1])
    shown = rows[:ROWS]
    return {
        "filters": form,
        "history": tell(shown, reader),
        "older": shown[-1].pk if len(rows) > ROWS else None,
        "is_first_page": not (form.is_valid() and form.cleaned_data["before"]),
    }


def _narrowed(form: HistoryFilterForm) -> QuerySet[MatchDecision]:
    rows = without_blind_links(list_history())
    if not form.is_valid():
        return rows.none()
    given = form.cleaned_data
    if given["by"] != "all":
        rows = rows.exclude(rule__in=MACHINE_RULES)
    for name, lookup in _LOOKUPS.items():
        if given[name]:
            rows = rows.filter(**{lookup: given[name]})
    if given["before"]:
        last = MatchDecision.objects.filter(pk=given["before"]).values_list("decided_at", flat=True).first()
        if last is None:
            return rows.none()
        rows = rows.filter(Q(decided_at__lt=last) | Q(decided_at=last, pk__lt=given["before"]))
    return rows


def _pairs_of(decisions: list[MatchDecision]) -> dict[int, int]:
    """The pair of each decision, for a plant the likeliest one."""
    plants = {decision.esmr_facility_id for decision in decisions}
    rows = MatchCandidate.objects.filter(esmr_facility__in=plants).order_by("-log_odds", "pk")
    pairs: dict[tuple[int, int | None], int] = {}
    for pk, plant, enrollment in rows.values_list("pk", "esmr_facility", "enrollment"):
        pairs.setdefault((plant, None), pk)
        pairs[plant, enrollment] = pk
    found = {one.pk: pairs.get((one.esmr_facility_id, one.enrollment_id)) for one in decisions}
    return {decision: pair for decision, pair in found.items() if pair is not None}


def _told(decision: MatchDecision, pair: int | None, reader: AbstractBaseUser) -> Told:
    return Told(
        decision=decision,
        pair=pair,
        by=_by(decision, reader),
        what=_what(decision),
        reason=str(decision.get_reason_code_display()) if decision.reason_code else "",
        seen=_seen(decision),
        can_be_undone=decision.is_live and not decision.is_by_machine,
    )


def by_whom(decision: MatchDecision) -> str:
    """The reviewer's login, or the rule as it stands within a sentence."""
    return decision.reviewer_name or _RULES[Rule(decision.rule)]


def _by(decision: MatchDecision, reader: AbstractBaseUser) -> str:
    if not decision.reviewer_name:
        return by_whom(decision)
    if decision.reviewer_id is None:
        return f"{decision.reviewer_name} (no account now)"
    return f"{decision.reviewer_name} (you)" if decision.reviewer_id == reader.pk else decision.reviewer_name


def _what(decision: MatchDecision) -> str:
    """The verdict, and what it took back or replaced."""
    if decision.reverts is not None:
        earlier = f"{decision.reverts.get_verdict_display()} by {by_whom(decision.reverts)}"
        back = f"Taken back: {earlier}"
        return back if decision.verdict == Verdict.UNDONE else f"{back}; again {decision.get_verdict_display()}"
    return str(decision.get_verdict_display())


def _seen(decision: MatchDecision) -> str:
    """What the machine had made of the pair then."""
    if decision.is_blind:
        return "judged blind"
    if decision.probability is None:
        return ""
    return chance_in_words(decision.probability)
