"""What the queue's page shows, and where a pair stands in the queue."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from facilities.matching.evaluation import Share
from facilities.models import MatchCandidate, Tier
from facilities.review.forms import AssignForm, BulkForm, QueueFilterForm, SampleForm
from facilities.review.score_bars import chance_in_words, strongest
from facilities.selectors.blind import IS_BLIND
from facilities.selectors.queue import QueueFigures, list_queue, open_pairs, queue_figures, why_empty
from facilities.services.queue import BULK_CAP

ROWS = 50  # pairs on a page


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A pair in the list, with what may be shown of its score."""

    pair: MatchCandidate
    chance: str
    percent: float
    why: str

    @property
    def selection(self) -> str:
        """The value of its box: the pair and the version that the reviewer sees."""
        return f"{self.pair.pk}:{self.pair.version}"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a pair stands in the queue: the keys before and after it. A pair that is not in it stands before all."""

    number: int | None  # 1 is the first; None for a pair that is not in the queue
    earlier: tuple[int, ...]
    later: tuple[int, ...]

    @property
    def total(self) -> int:
        """Pairs in the queue."""
        return len(self.earlier) + len(self.later) + (self.number is not None)

    @property
    def previous(self) -> int | None:
        """The pair before it."""
        return self.earlier[-1] if self.earlier else None

    @property
    def following(self) -> int | None:
        """The pair after it."""
        return self.later[0] if self.later else None


def queue_of(form: QueueFilterForm, reviewer: AbstractBaseUser) -> QuerySet[MatchCandidate]:
    """The pairs that a form asks for; none if it asks for what there is not.

    Pairs of the blind sample are left out where a filter would tell what the machine makes of them.
    """
    if not form.is_valid():
        return MatchCandidate.objects.none()
    rows = list_queue(form.narrowed(), reviewer=None if form.is_team else reviewer, order=form.order_name)
    return rows.exclude(IS_BLIND) if form.tells_scores else rows


def position_in(queue: QuerySet[MatchCandidate], pair: int) -> Position:
    """Where a pair stands in a queue."""
    keys = tuple(queue.values_list("pk", flat=True))
    if pair not in keys:
        return Position(None, (), keys)
    at = keys.index(pair)
    return Position(at + 1, keys[:at], keys[at + 1 :])


def go_on(queue: QuerySet[MatchCandidate], before: Position, pair: int) -> int | None:
    """The pair to go on with once this one is dealt with: the next that is still there, at the end the first.

    `before` is where the pair stood before that; None if nothing else is left.
    """
    left = [key for key in queue.values_list("pk", flat=True) if key != pair]
    still = set(left)
    return next((key for key in before.later if key in still), left[0] if left else None)


def queue_page(form: QueueFilterForm, reviewer: AbstractBaseUser, page: str | None) -> dict[str, Any]:
    """The context of the queue's page."""
    shown: Page[MatchCandidate] = Paginator(queue_of(form, reviewer), ROWS).get_page(page)
    is_blind = form.is_valid() and form.is_blind
    figures = queue_figures()
    return {
        "filters": form,
        "page": shown,
        "rows": [_row(pair, is_blind=is_blind) for pair in shown],
        "is_blind": is_blind,
        "figures": figures,
        "shares": shares_in_words(figures),
        "empty": "" if shown else _why_nothing(form),
        "bulk": BulkForm(),
        "assign": AssignForm(),
        "sample": SampleForm(),
        "cap": BULK_CAP,
    }


def shares_in_words(figures: QueueFigures) -> dict[str, str]:
    """The shares of the figures in words, with their intervals."""
    return {
        "agreement": share_in_words(figures.agreement, "verdicts", "no verdict of a person is in force yet"),
        "precision": share_in_words(
            figures.measured_precision, "links judged blind", "not measured yet: no link of the blind sample is judged"
        ),
    }


def share_in_words(share: Share, of_what: str, nothing: str) -> str:
    """A share with its count and interval, such as `18 of 20 verdicts (90 %, 95 % interval 70 to 97 %)`."""
    if share.value is None or share.interval is None:
        return nothing
    low, high = (f"{100 * end:.0f}" for end in share.interval)
    return f"{share.count:,} of {share.total:,} {of_what} ({100 * share.value:.0f} %, 95 % interval {low} to {high} %)"


def _row(pair: MatchCandidate, *, is_blind: bool) -> QueueRow:
    if is_blind or getattr(pair, "is_blind", False):
        return QueueRow(pair, "", 0.0, "judged without its score")
    chance = "an identifier says so" if pair.tier == Tier.DIRECT else chance_in_words(pair.probability)
    return QueueRow(pair, chance, round(100 * pair.probability, 1), _why(pair))


def _why(pair: MatchCandidate) -> str:
    """The conflict, the veto, or what speaks for the pair and against it."""
    if pair.conflict_reason:
        return pair.conflict_reason
    if pair.vetoes:
        return f"veto: {pair.vetoes[0]['detail']}"
    speaks_for, against = strongest(pair.evidence)
    parts = [f"{word} {', '.join(found)}" for word, found in (("for:", speaks_for), ("against:", against)) if found]
    return "; ".join(parts)


def _why_nothing(form: QueueFilterForm) -> str:
    """Why the list is empty, and what to do."""
    if reason := why_empty():
        return reason
    number = open_pairs().count()
    waiting = "1 pair waits" if number == 1 else f"{number:,} pairs wait"
    if not form.is_valid():
        return f"A filter asks for something that there is not. {waiting} in all."
    if form.narrows:
        return f"No pair meets these filters. {waiting} without them."
    return f"You are through: {waiting} in the team's queue, of all of which you are unsure."
