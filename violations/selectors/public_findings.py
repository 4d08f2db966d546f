"""Reads: what was computed from samples, as the public API shows it: findings that stand, levels, what is unusable."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from facilities.models import EsmrFacility, SmartsEnrollment
from facilities.selectors.public import spellings_of_wdid
from stormwater.api.looking_up import FoundIn
from stormwater.replicas import reading_alias
from violations.models import EraLevel, Exceedance, Indeterminate, Pollutant, UnusableResults
from violations.rules.vocabulary import FAMILY_OF

# Results that `include=samples` shows of a finding; the ids of all are in `sample_ids`.
MAX_SAMPLES = 100
SMARTS_COMPUTED, ESMR_COMPUTED = "SMARTS_COMPUTED", "ESMR_COMPUTED"


def list_exceedances() -> QuerySet[Exceedance]:
    """Exceedances that the published samples show today, dismissed ones included."""
    return Exceedance.objects.order_by().filter(went_at=None)


def list_indeterminates() -> QuerySet[Indeterminate]:
    """Comparisons that the published samples do not allow to be made today."""
    return Indeterminate.objects.order_by().filter(went_at=None)


def list_era_levels() -> QuerySet[EraLevel]:
    """The level of every enrollment and pollutant with results, in every reporting year since the first of them."""
    return EraLevel.objects.order_by()


def list_unusable_results() -> QuerySet[UnusableResults]:
    """Numbers of results that rules could not use."""
    return UnusableResults.objects.order_by()


# What a finding is about is an enrollment or a plant, never both: what both have is that of the one that there is.


def of_either(enrollment: str, esmr_facility: str) -> Combinable:
    """What the enrollment says, or else the plant; paths from each."""
    return Coalesce(F(f"enrollment__{enrollment}"), F(f"esmr_facility__{esmr_facility}"))


def source_of_finding() -> Case:
    """The system whose samples a finding was computed from."""
    return Case(
        When(enrollment__isnull=False, then=Value(SMARTS_COMPUTED)),
        default=Value(ESMR_COMPUTED),
        output_field=TextField(),
    )


def family_of_rule() -> Case:
    """The family of a finding's rule."""
    cases = [When(rule=rule, then=Value(family)) for rule, family in FAMILY_OF.items()]
    return Case(*cases, output_field=TextField())


_DISMISSED = Q(dismissed_at__isnull=False, dismissed_inputs_hash=F("inputs_hash"))


def is_dismissed() -> Case:
    """Whether staff have dismissed an exceedance as it is now; one whose inputs changed since stands again."""
    return Case(When(_DISMISSED, then=Value(True)), default=Value(False))


def dismissed(wanted: bool) -> Q:
    """Condition on exceedances: staff have dismissed them as they are now, or have not."""
    return _DISMISSED if wanted else ~_DISMISSED


def has_suspect_units() -> Case:
    """Whether some results of an exceedance look like ug/L typed as mg/L."""
    return Case(When(suspect_unit_ids=[], then=Value(False)), default=Value(True))


def suspect_units(wanted: bool) -> Q:
    """Condition on exceedances: some of their results look like ug/L typed as mg/L, or none does."""
    return ~Q(suspect_unit_ids=[]) if wanted else Q(suspect_unit_ids=[])


# Conditions by facility, WDID, place: the dischargers are looked up in their own tables first.


def of_enrollment(**conditions: Any) -> Q:
    """Condition on findings and levels: their enrollment meets the conditions."""
    return Q(FoundIn("enrollment_id", SmartsEnrollment.objects.filter(**conditions)))


def of_wdid(text: str) -> Q:
    """Condition on findings and levels: their enrollment has this WDID, with or without its space."""
    return of_enrollment(wdid__in=spellings_of_wdid(text))


def of_plant(**conditions: Any) -> Q:
    """Condition on findings: their plant meets the conditions."""
    return Q(FoundIn("esmr_facility_id", EsmrFacility.objects.filter(**conditions)))


def of_discharger(**conditions: Any) -> Q:
    """Condition on findings: their enrollment or plant meets the conditions, which both have."""
    return of_enrollment(**conditions) | of_plant(**conditions)


def of_county(number: int) -> Q:
    """Condition on findings: the enrollment is in the county; of a plant, the canonical facility."""
    return of_enrollment(county=number) | of_plant(facility__county=number)


def of_pollutant(key: str) -> Q:
    """Condition on findings and levels: they are about this pollutant, by its key."""
    return Q(FoundIn("pollutant_id", Pollutant.objects.filter(key=key)))


def of_family(family: str) -> Q:
    """Condition on findings: their rule is of the family."""
    return Q(rule__in=[rule for rule, known in FAMILY_OF.items() if known == family])


def load_exceedance_samples(numbers: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The results that some exceedances were made of, at most `MAX_SAMPLES` of each."""
    return _load_samples(Exceedance, numbers)


def load_indeterminate_samples(numbers: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The results that some indeterminate comparisons were made of, at most `MAX_SAMPLES` of each."""
    return _load_samples(Indeterminate, numbers)


_SAMPLE_COLUMNS = ("id", "sample_date", "location", "parameter", "qualifier", "result", "unit", "mdl", "rl")


def _load_samples(
    model: type[Exceedance | Indeterminate], numbers: Sequence[int]
) -> Mapping[int, list[dict[str, Any]]]:
    """By the primary keys of findings: results as published, in the order of their ids."""
    halves = [
        _samples_sql(model, "monitoring_smartssample", "monitoring_smartslocation", "sample_date", "enrollment_id"),
        _samples_sql(model, "monitoring_esmrsample", "monitoring_esmrlocation", "sampling_date", "esmr_facility_id"),
    ]
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(halves)} ORDER BY 1, 2", [list(numbers), list(numbers)])
        rows = cursor.fetchall()
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for owner, *values in rows:
        found[owner].append(dict(zip(_SAMPLE_COLUMNS, values, strict=True)))
    return found


def _samples_sql(model: type[Exceedance | Indeterminate], samples: str, locations: str, day: str, owner: str) -> str:
    # The ids of the two systems' samples are numbers of two tables: `owner` says which of them a finding's are.
    return f"""
        SELECT f.id, s.id, s.{day}, l.name, p.name, s.qualifier, s.result, u.name, s.mdl, s.rl
        FROM {model._meta.db_table} f
        CROSS JOIN LATERAL unnest(f.sample_ids[1:{MAX_SAMPLES}]) AS given (id)
        JOIN {samples} s ON s.id = given.id
        LEFT JOIN {locations} l ON l.id = s.location_id
        LEFT JOIN monitoring_parameter p ON p.id = s.parameter_id
        LEFT JOIN monitoring_unit u ON u.id = s.unit_id
        WHERE f.id = ANY(%s) AND f.{owner} IS NOT NULL
    """
