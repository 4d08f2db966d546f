"""Links of the machine drawn to measure it: what would tell of them is not shown until a person has judged them."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from facilities.models import MACHINE_RULES, CandidateState, MatchCandidate, MatchDecision, SmartsEnrollment

IS_BLIND = Q(is_blind_sample=True, state=CandidateState.AUTOMATIC)


def is_blind_pair(pair: MatchCandidate) -> bool:
    """Whether a pair is to be judged without its score, whatever the reviewer asks for."""
    return pair.is_blind_sample and pair.state == CandidateState.AUTOMATIC


def without_blind_links(decisions: QuerySet[MatchDecision]) -> QuerySet[MatchDecision]:
    """All but the machine's decisions about pairs that are to be judged blind."""
    pairs = MatchCandidate.objects.filter(
        IS_BLIND, esmr_facility=OuterRef("esmr_facility"), enrollment=OuterRef("enrollment")
    )
    return decisions.exclude(Exists(pairs), rule__in=MACHINE_RULES)


def blind_sites() -> QuerySet[SmartsEnrollment, Any]:
    """Ids of the facilities that the machine made of such pairs."""
    pairs = MatchCandidate.objects.filter(IS_BLIND)
    return SmartsEnrollment.objects.filter(match_candidates__in=pairs, facility__isnull=False).values("facility")
