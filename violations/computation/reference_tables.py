"""What published names mean, by the ids that samples have: worked out once, by the rules' own functions.

Parameters, units and qualifiers are short lists, samples are millions. So names are matched in
Python, by the functions that the rules use, and samples are joined with the answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from monitoring.models import Parameter, SmartsReport, Unit
from violations.computation.statements import create_work_table, execute, literal, load_work_table
from violations.models import Pollutant, PollutantAlias, QualifierClass, StatisticAlias, UnitConversion
from violations.rules.names import normalize_name
from violations.rules.readings import EQUAL, Alias, Substance, Vocabulary, counts_as_stormwater
from violations.rules.units import SU, Conversion

_ALIAS_COLUMNS = """
    parameter_id integer, pollutant_id integer, key text, preference smallint, unit text, is_su boolean, factor numeric,
    valid_low numeric, valid_high numeric
"""


@dataclass(frozen=True, slots=True)
class ReferenceTables:
    """What samples are joined with, and the kinds of qualifiers."""

    alias: str  # parameter_id -> pollutant and what is to know of it
    unit: str  # unit_id -> canonical unit and factor
    meaning: str  # parameter_id and unit_id (0: none) -> pollutant, and the factor to its canonical unit
    excluded_report: str  # reports of events that no storm caused
    qualifiers: Mapping[str, str]  # in upper case -> kind
    parameters: Mapping[int, tuple[int, ...]]  # pollutant_id -> the parameters that are its names

    def parameters_of(self, pollutants: Iterable[int]) -> list[int]:
        """The parameters of some pollutants.

        Named in a query, they tell the planner how many samples to expect; joined, they do not.
        """
        return sorted(parameter for pollutant in pollutants for parameter in self.parameters.get(pollutant, ()))


def read_vocabulary() -> Vocabulary:
    """The names by which the pure rules read samples."""
    substances = {
        pollutant.pk: Substance(pollutant.key, pollutant.unit, pollutant.valid_low, pollutant.valid_high)
        for pollutant in Pollutant.objects.all()
    }
    return Vocabulary(
        aliases={
            alias.name: Alias(substances[alias.pollutant_id], alias.factor, alias.preference)
            for alias in PollutantAlias.objects.all()
        },
        units={unit.name: Conversion(unit.unit, Decimal(unit.factor)) for unit in UnitConversion.objects.all()},
        qualifiers=dict(QualifierClass.objects.values_list("qualifier", "kind")),
    )


def read_statistics() -> dict[str, str]:
    """Name of a statistic, normalized, to what it is a statistic of."""
    return dict(StatisticAlias.objects.values_list("name", "statistic"))


def create_reference_tables() -> ReferenceTables:
    """Make the tables, of the names that samples have at this moment."""
    vocabulary = read_vocabulary()
    events = SmartsReport.objects.exclude(event_type=None).order_by().values_list("event_type", flat=True).distinct()
    excluded = [event for event in events if not counts_as_stormwater(event)]
    aliases = list(_aliases(vocabulary))
    parameters: dict[int, tuple[int, ...]] = {}
    for parameter, pollutant, *_ in aliases:
        parameters[pollutant] = (*parameters.get(pollutant, ()), parameter)
    alias = load_work_table("alias", _ALIAS_COLUMNS, aliases)
    unit = load_work_table("unit", "unit_id integer, unit text, factor numeric", _units(vocabulary))
    meaning = create_work_table(
        "meaning",
        f"""
        SELECT a.parameter_id, coalesce(n.id, 0) AS unit_id, a.pollutant_id, a.preference, a.valid_low,
            a.valid_high, a.is_su, {scale_of("a", "u")} AS scale
        FROM {alias} a
        CROSS JOIN (SELECT id FROM monitoring_unit UNION ALL SELECT NULL) n
        LEFT JOIN {unit} u ON u.unit_id = n.id
        """,
    )
    execute(f"CREATE UNIQUE INDEX ON {meaning} (parameter_id, unit_id)")  # for few samples, looked up one by one
    return ReferenceTables(
        alias=alias,
        unit=unit,
        meaning=meaning,
        excluded_report=create_work_table(
            "excluded_report", "SELECT id FROM monitoring_smartsreport WHERE event_type = ANY(%s)", [excluded]
        ),
        qualifiers=vocabulary.qualifiers,
        parameters=parameters,
    )


def kind_of(column: str, tables: ReferenceTables) -> str:
    """SQL of the kind of a qualifier as published; null if nobody knows it, and equal if there is none."""
    if not tables.qualifiers:
        return "NULL::text"
    # The first one is met first: most results have none, or an equals sign.
    known = sorted(tables.qualifiers.items(), key=lambda item: item[1] != EQUAL)
    cases = " ".join(f"WHEN {literal(name)} THEN {literal(kind)}" for name, kind in known)
    return f"CASE coalesce({column}, '=') {cases} ELSE CASE upper({column}) {cases} END END"


def scale_of(alias: str, unit: str, canonical: str = "") -> str:
    """SQL of the factor from the published to the canonical unit; null if there is no way."""
    return f"""CASE
        WHEN {alias}.is_su THEN {alias}.factor
        WHEN {unit}.unit = {canonical or f"{alias}.unit"} THEN {unit}.factor * {alias}.factor
    END"""


def _aliases(vocabulary: Vocabulary) -> Iterator[tuple[Any, ...]]:
    """A row for each parameter of a known pollutant."""
    ids = dict(Pollutant.objects.values_list("key", "pk"))
    for parameter in Parameter.objects.all():
        alias = vocabulary.aliases.get(normalize_name(parameter.name))
        if alias is not None:
            known = alias.substance
            yield (
                parameter.pk, ids[known.key], known.key, alias.preference, known.unit, known.unit == SU, alias.factor,
                known.low, known.high,
            )  # fmt: skip


def _units(vocabulary: Vocabulary) -> Iterator[tuple[Any, ...]]:
    """A row for each unit that can be converted."""
    for unit in Unit.objects.all():
        conversion = vocabulary.units.get(normalize_name(unit.name))
        if conversion is not None:
            yield unit.pk, conversion.unit, conversion.factor
