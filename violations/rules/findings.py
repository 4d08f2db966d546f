"""What a rule answers with, and how bounds are compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from violations.rules.readings import Judged
from violations.rules.vocabulary import NONE_CENSORED, UNCHANGED

# Decimals to which a mean is written down. Verdicts are made before, on exact sums.
_DECIMALS = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Bounds:
    """A limit: at most `high`, at least `low`. Equality is no exceedance."""

    low: Decimal | None = None
    high: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def are_exceeded_by(self, value: Decimal, *, is_lower_bound: bool = False) -> bool:
        """Whether a value lies above `high` or below `low`.

        Of one that is a lower bound (`>`, `>=`) only the former can be said: pH above 5 may well be 7.
        """
        is_above = self.high is not None and value > self.high
        return is_above or (self.low is not None and value < self.low and not is_lower_bound)

    def are_exceeded_by_mean(self, total: Decimal, number: int, *, is_lower_bound: bool = False) -> bool:
        """Whether the mean of `number` values with this sum does, without dividing."""
        return Bounds(
            None if self.low is None else self.low * number, None if self.high is None else self.high * number
        ).are_exceeded_by(total, is_lower_bound=is_lower_bound)

    def excess_of(self, value: Decimal) -> Decimal:
        """By how much a value lies outside; not above zero if it lies inside."""
        over = [] if self.high is None else [value - self.high]
        under = [] if self.low is None else [self.low - value]
        return max(over + under)

    def are_valid_on(self, day: date) -> bool:
        """Whether they are in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Finding:
    """An exceedance, or a comparison that cannot be made. The discharger is the caller's."""

    rule: str
    pollutant: str
    reporting_year: int
    period_start: date
    period_end: date
    value: Decimal
    bounds: Bounds
    results: int
    censored: int
    is_lower_bound: bool
    sensitivity: str
    is_provisional: bool
    sample_ids: tuple[int, ...]
    results_over: int | None = None
    location: str | None = None


def mean_of(values: Iterable[Decimal]) -> Decimal:
    """The mean, rounded as it is written down. Reported values are never rounded."""
    every = list(values)
    mean = sum(every, Decimal(0)) / len(every)
    return mean.quantize(_DECIMALS, rounding=ROUND_HALF_UP).normalize()


def ids_of(judged: Sequence[Judged]) -> tuple[int, ...]:
    """Ids of the results, ascending."""
    return tuple(sorted(one.reading.id for one in judged))


def sensitivity_of_exceedance(censored: int) -> str:
    """What taking censored results at their limit does to an exceedance of an upper bound: nothing.

    They count as zero; any other value only raises the mean. What it can do to a year *without* an
    exceedance is another question: `sensitivity.would_exceed`.
    """
    return UNCHANGED if censored else NONE_CENSORED
