"""Whether a violation on record and a computed exceedance are probably one event.

An effluent-type violation and an exceedance of a pollutant that it names, at one site and within a
few days, probably are. The score weighs what speaks for it, from 0 to 1; it is no probability, and
nobody has measured how often it is right. Whether they are is for staff to say; both stay.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

# Days that an entry may be off from what was measured.
DAYS_APART = 7
FEW_DAYS = 3
# A period longer than this is a year or a month, which a date inside it says less about.
SHORT_PERIOD_DAYS = 7
# From here on a pair is shown to staff.
PROBABLE = 0.5

_EFFLUENT = re.compile(
    r"\b(effluent|exceed\w*|numeric (action|effluent) (level|limit)\w*|nals?|nels?)\b", re.IGNORECASE
)
# Words for pollutants in running text, each as whole words. They serve this comparison alone: what a result is of goes
# by its exact name (`rules.names`).
_WORDS = {
    "aluminum": "aluminum",
    "ammonia_n": "ammonia",
    "arsenic": "arsenic",
    "bod5": r"bod5?|biochemical oxygen demand",
    "cadmium": "cadmium",
    "cod": r"cod|chemical oxygen demand",
    "copper": "copper",
    "cyanide": "cyanide",
    "iron": "iron",
    # Mostly a verb: to lead to, by, or into something.
    "lead": r"lead(?! (to|by|in|into|the|a|agency|person|inspector))",
    "magnesium": "magnesium",
    "mercury": "mercury",
    "nickel": "nickel",
    "nitrate_nitrite_n": r"n ?\+ ?n|nitrates?|nitrites?",
    "oil_grease": r"oil (and|&) grease|o ?& ?g",
    "ph": "ph",
    "phosphorus": "phosphorus",
    "selenium": "selenium",
    "silver": "silver",
    "tss": r"tss|(total )?suspended solids",
    "turbidity": r"turbidity|ntu",
    "zinc": "zinc",
}
_PATTERNS = {key: re.compile(rf"(?<![\w])({words})(?![\w])", re.IGNORECASE) for key, words in _WORDS.items()}


@dataclass(frozen=True, slots=True)
class Mention:
    """What a violation's type and text say: whether it is about effluent, and which pollutants it names."""

    is_effluent_type: bool
    is_said_to_exceed: bool  # in its text
    pollutants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A violation and an exceedance at one site, at about one time."""

    mention: Mention
    occurred_on: date
    pollutant: str
    period_start: date
    period_end: date
    is_same_discharger: bool  # else another enrollment or the plant at the same facility


@dataclass(frozen=True, slots=True)
class HeldPair:
    """A pair that staff confirmed, or that is probable and was not rejected; the two by their public ids."""

    violation: str
    exceedance: str
    score: float
    is_confirmed: bool = False
    is_dismissed: bool = False  # the violation, by the Water Boards


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much speaks for one event, and what."""

    score: float
    reasons: tuple[str, ...]


def read_mention(violation_type: str | None, *texts: str | None) -> Mention:
    """What a violation says that it is about, by its type, description and memo."""
    text = " ".join(" ".join(part.split()) for part in (violation_type, *texts) if part)
    pollutants = {key for key, pattern in _PATTERNS.items() if pattern.search(text)}
    # BOD is written as biochemical, COD as chemical oxygen demand.
    if "cod" in pollutants and not re.search(r"\bcod\b|(?<!bio)(?<!bio-)\bchemical oxygen demand", text, re.IGNORECASE):
        pollutants.discard("cod")
    is_effluent_type = bool(_EFFLUENT.search(violation_type or ""))
    return Mention(is_effluent_type, bool(_EFFLUENT.search(text)), frozenset(pollutants))


def may_be_computed(mention: Mention) -> bool:
    """Whether such a violation can be about what is computed from samples at all."""
    return mention.is_effluent_type or (mention.is_said_to_exceed and bool(mention.pollutants))


def compare(pair: Pair) -> Likeness | None:
    """What speaks for one event; None where something speaks against it, or too little for it.

    A pollutant that the record names must be that of the exceedance. Where it names none, only an effluent-type
    violation of the same discharger within a few days of a short period is worth a look.
    """
    mention = pair.mention
    days = max(0, (pair.period_start - pair.occurred_on).days, (pair.occurred_on - pair.period_end).days)
    is_short = pair.period_end - pair.period_start <= timedelta(days=SHORT_PERIOD_DAYS)
    is_named = pair.pollutant in mention.pollutants
    if days > DAYS_APART or not may_be_computed(mention) or (mention.pollutants and not is_named):
        return None
    if not is_named and not (pair.is_same_discharger and is_short and days <= FEW_DAYS):
        return None
    said = (
        (0.4, "the record names the pollutant") if is_named else (0.05, "the record names no pollutant"),
        (0.2, "its type is about effluent") if mention.is_effluent_type else (0.1, "its text is about effluent"),
        (0.15, "same discharger") if pair.is_same_discharger else (0.05, "another discharger at the same facility"),
        _nearness(days, is_short=is_short),
    )
    score = round(sum(weight for weight, _ in said), 2)
    return Likeness(score, tuple(reason for _, reason in said)) if score >= PROBABLE else None


def _nearness(days: int, *, is_short: bool) -> tuple[float, str]:
    if days == 0 and is_short:
        return 0.25, "it occurred within the days of the exceedance"
    if days == 0:
        return 0.1, "it occurred within the period of the exceedance"
    off = f"it occurred {days} day{'s' if days > 1 else ''} before or after the exceedance"
    return (0.15 if days <= FEW_DAYS else 0.05), off


def group_pairs(pairs: Iterable[HeldPair]) -> dict[str, str]:
    """Which group each row belongs to, from the pairs that hold; by public ids.

    All that staff's confirmations connect is one event, named and led by its first violation. A pair that is
    only probable adds its exceedance to the event of one violation: of one on record before one that was
    dismissed, and then the likeliest. So the rules alone never take two violations for one event.
    """
    every = list(pairs)
    events = _connected((pair.violation, pair.exceedance) for pair in every if pair.is_confirmed)
    groups = dict(events)
    for pair in sorted(every, key=lambda one: (one.is_dismissed, -one.score, one.violation)):
        if not pair.is_confirmed and pair.exceedance not in groups:
            lead = events.get(pair.violation, pair.violation)
            groups |= {pair.exceedance: lead, pair.violation: lead}
    return groups


def _connected(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each row of what hangs together through pairs (violation, exceedance) -> the first violation in it."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    violations: set[str] = set()
    for violation, exceedance in pairs:
        violations.add(violation)
        for name in (violation, exceedance):
            parent.setdefault(name, name)
        parent[root(violation)] = root(exceedance)
    members: dict[str, list[str]] = {}
    for name in parent:
        members.setdefault(root(name), []).append(name)
    leads: Mapping[str, str] = {top: min(violations.intersection(names)) for top, names in members.items()}
    return {name: leads[root(name)] for name in parent}
