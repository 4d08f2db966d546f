"""A result as published, and as the rules take it: censored or not, usable or not, in which unit.

Sources: the qualifiers of SMARTS and eSMR; censoring as the Industrial General Permit has it (Order
2014-0057-DWQ; its exact wording is unconfirmed): results below the reporting limit count as zero
and stay in the denominator.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from violations.rules.names import letters_of, normalize_name
from violations.rules.units import SU, Conversion, conversion_factor

EQUAL, NON_DETECT, NOT_QUANTIFIED = "equal", "non_detect", "not_quantified"
LESS_THAN, GREATER_THAN = "less_than", "greater_than"
BELOW = frozenset({NON_DETECT, NOT_QUANTIFIED, LESS_THAN})

# Why a result cannot be used.
UNIT, QUALIFIER, CENSORED, NULL_RESULT, OUT_OF_RANGE, BAD_DATE = REASONS = (
    "unit",
    "qualifier",
    "censored",
    "null_result",
    "out_of_range",
    "bad_date",
)

# Discharges that no storm caused. EVENT_TYPE is an open text; what is compared are its letters.
# Qualifying and other storm events count (that the others do is unconfirmed).
EXCLUDED_EVENTS = frozenset({"nonstormwaterdischarge", "nonstormwater"})

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Substance:
    """A pollutant as the rules know it."""

    key: str
    unit: str
    low: Decimal | None = _ZERO  # below it no value can be
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """What a published parameter name means."""

    substance: Substance
    factor: Decimal = Decimal(1)
    preference: int = 0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that samples are read by; all keys are normalized."""

    aliases: Mapping[str, Alias]
    units: Mapping[str, Conversion]
    qualifiers: Mapping[str, str] = field(
        default_factory=lambda: {
            "=": EQUAL,
            "ND": NON_DETECT,
            "DNQ": NOT_QUANTIFIED,
            "<": LESS_THAN,
            "<=": LESS_THAN,
            ">": GREATER_THAN,
            ">=": GREATER_THAN,
        }
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """One published result, of a stormwater sample or of a plant. Numbers are in the published unit."""

    id: int
    parameter: str
    qualifier: str | None
    result: Decimal | None
    unit: str | None
    day: date | None
    rl: Decimal | None = None
    mdl: Decimal | None = None
    # Results of one stormwater sample have an equal one: report, outfall, code, date and time.
    sample: tuple[object, ...] = ()
    event_type: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A result as the rules take it, in the canonical unit of its pollutant.

    `value` is zero if it is censored; `at_limit` is then the highest that it can be. `problem` says
    why it cannot be used; the numbers mean nothing then.
    """

    reading: Reading
    substance: Substance
    preference: int
    value: Decimal = _ZERO
    at_limit: Decimal = _ZERO
    kind: str = EQUAL
    is_censored: bool = False
    is_lower_bound: bool = False
    problem: str = ""

    @property
    def below(self) -> Decimal | None:
        """The number of a `<` or `<=`: a limit and never an exceedance."""
        return self.at_limit if self.kind == LESS_THAN and self.reading.result is not None else None


def judge(reading: Reading, vocabulary: Vocabulary, *, unit: str | None = None) -> Judged | None:
    """Read a result; None if no alias knows its parameter.

    `unit` asks for another canonical unit than the pollutant's own, as a permit limit in lb/day does.
    """
    alias = vocabulary.aliases.get(normalize_name(reading.parameter))
    if alias is None:
        return None
    substance = alias.substance
    factor = conversion_factor(reading.unit, unit or substance.unit, vocabulary.units)
    kind = vocabulary.qualifiers.get((reading.qualifier or "=").upper(), "")
    if problem := _problem_of(reading, substance, factor, kind):
        return Judged(reading, substance, alias.preference, kind=kind, problem=problem)
    scale = (factor or _ZERO) * alias.factor
    if is_censored(reading, kind, substance):
        at_limit = _limit_of(reading, kind) * scale
        return Judged(reading, substance, alias.preference, _ZERO, at_limit, kind, is_censored=True)
    value = (reading.result or _ZERO) * scale
    return Judged(reading, substance, alias.preference, value, value, kind, is_lower_bound=kind == GREATER_THAN)


def is_censored(reading: Reading, kind: str, substance: Substance) -> bool:
    """Whether a result is below its reporting limit: ND, DNQ, <, <=, or a number below the RL.

    pH is no concentration: a reporting limit says nothing about it.
    """
    if kind in BELOW:
        return True
    is_under = reading.result is not None and reading.rl is not None and reading.result < reading.rl
    return kind == EQUAL and is_under and substance.unit != SU


def _problem_of(reading: Reading, substance: Substance, factor: Decimal | None, kind: str) -> str:
    """Why a result cannot be used: the first reason of several."""
    is_number_needed = not is_censored(reading, kind, substance)
    reasons = {
        UNIT: factor is None,
        QUALIFIER: not kind,
        # "pH below 5" or "no pH detected" says nothing that a rule could take.
        CENSORED: substance.unit == SU and kind in BELOW,
        NULL_RESULT: is_number_needed and reading.result is None,
        OUT_OF_RANGE: is_number_needed and not _is_possible(reading.result, substance),
        BAD_DATE: reading.day is None,
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _is_possible(result: Decimal | None, substance: Substance) -> bool:
    if result is None:
        return True
    return (substance.low is None or result >= substance.low) and (substance.high is None or result <= substance.high)


def _limit_of(reading: Reading, kind: str) -> Decimal:
    """The highest that a censored result can be, in its own unit: the number of `<`, else the RL, else the MDL."""
    candidates = (reading.result if kind == LESS_THAN else None, reading.rl, reading.mdl)
    return next((number for number in candidates if number is not None), _ZERO)


def counts_as_stormwater(event_type: str | None, excluded: frozenset[str] = EXCLUDED_EVENTS) -> bool:
    """Whether results of this event are of stormwater; an event without a type is."""
    return letters_of(event_type) not in excluded


def once_per_sample(judged: Iterable[Judged]) -> list[Judged]:
    """The results that count where a sample has a pollutant in several forms (total, total recoverable).

    Of each sample and pollutant the form of the lowest preference that has a usable result, or if
    none has, the lowest: all of its results. Accepted practice, unconfirmed.
    """
    every = list(judged)
    best: dict[tuple[object, ...], tuple[bool, int]] = {}
    for one in every:
        key, rank = (one.reading.sample, one.substance.key), (bool(one.problem), one.preference)
        best[key] = min(best.get(key, rank), rank)
    return [one for one in every if one.preference == best[one.reading.sample, one.substance.key][1]]
