"""What published names mean, by the ids that samples have: worked out once, by the rules' own functions.

Parameters, units and qualifiers are short lists, samples are millions. So names are matched in
Python, by the functions that the rules use, and samples are joined with the answers.
"""

from dataclasses import dataclass
from decimal import Decimal

from monitoring.models import Parameter, SmartsReport, Unit
from violations.computation.statements import create_work_table, load_work_table
from violations.models import Pollutant, PollutantAlias, QualifierClass, StatisticAlias, UnitConversion
from violations.rules.names import normalize_name
from violations.rules.readings import Alias, Substance, Vocabulary, counts_as_stormwater
from violations.rules.units import Conversion

ALIAS_COLUMNS = """
    parameter_id integer, pollutant_id integer, key text, unit text, factor numeric, preference smallint,
    valid_low numeric, valid_high numeric
"""


@dataclass(frozen=True, slots=True)
class ReferenceTables:
    """Names of the tables that samples are joined with."""

    alias: str  # parameter_id -> pollutant and what is to know of it
    unit: str  # unit_id -> canonical unit and factor
    qualifier: str  # qualifier in upper case -> kind
    excluded_report: str  # reports of events that no storm caused


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
    ids = dict(Pollutant.objects.values_list("key", "pk"))
    aliases = []
    for parameter in Parameter.objects.all():
        alias = vocabulary.aliases.get(normalize_name(parameter.name))
        if alias is not None:
            known = alias.substance
            aliases.append(
                (parameter.pk, ids[known.key], known.key, known.unit, alias.factor, alias.preference, known.low,
                 known.high)
            )  # fmt: skip
    units = [
        (unit.pk, conversion.unit, conversion.factor)
        for unit in Unit.objects.all()
        if (conversion := vocabulary.units.get(normalize_name(unit.name)))
    ]
    events = SmartsReport.objects.exclude(event_type=None).order_by().values_list("event_type", flat=True).distinct()
    excluded = [event for event in events if not counts_as_stormwater(event)]
    return ReferenceTables(
        alias=load_work_table("alias", ALIAS_COLUMNS, aliases),
        unit=load_work_table("unit", "unit_id integer, unit text, factor numeric", units),
        qualifier=load_work_table("qualifier", "qualifier text, kind text", vocabulary.qualifiers.items()),
        excluded_report=create_work_table(
            "excluded_report", "SELECT id FROM monitoring_smartsreport WHERE event_type = ANY(%s)", [excluded]
        ),
    )
