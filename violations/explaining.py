"""Explaining a discharger's findings: each with its rule, its numbers and its inputs, for people and programs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from monitoring.models import EsmrSample, SmartsReport, SmartsSample
from stormwater.errors import UserError
from violations.models import EraLevel, Exceedance, Finding, Indeterminate, UnusableResults

ESMR_PREFIX = "esmr:"
AnyFinding = TypeVar("AnyFinding", Exceedance, Indeterminate)


@dataclass(frozen=True, slots=True)
class Input:
    """A result that a finding was made of, as published."""

    id: int
    day: str
    location: str
    text: str  # qualifier, number, unit
    parameter: str


@dataclass(slots=True)
class Explanation:
    """All that is computed of one discharger: the enrollments of a WDID, or a plant."""

    name: str  # WDID, or esmr:PLACE_ID
    title: str
    findings: list[Exceedance] = field(default_factory=list)
    indeterminate: list[Indeterminate] = field(default_factory=list)
    levels: list[EraLevel] = field(default_factory=list)
    unusable: list[tuple[str, int]] = field(default_factory=list)  # reason, results
    inputs: dict[int, Input] = field(default_factory=dict)  # by sample id

    def as_json(self) -> dict[str, Any]:
        """The explanation for a program."""
        return {
            "findings": [_as_json(finding) for finding in self.findings],
            "indeterminate": [_as_json(finding) for finding in self.indeterminate],
            "era_levels": [
                {"parameter": level.pollutant.key, "reporting_year": level.reporting_year, "level": level.level}
                for level in self.levels
            ],
            "unusable": [{"reason": reason, "count": count} for reason, count in self.unusable],
        }


def explain_id(text: str) -> list[Explanation]:
    """Explain what an id names: a WDID, `esmr:PLACE_ID`, or a facility's public id, which can be several dischargers.

    Raises UserError if nothing has that id.
    """
    wanted = text.strip()
    if "\0" in wanted:
        raise UserError("An id has no NUL character in it.")
    if wanted.lower().startswith(ESMR_PREFIX):
        place_id = wanted[len(ESMR_PREFIX) :]
        plant = EsmrFacility.objects.filter(place_id=place_id).first() if _is_place_id(place_id) else None
        if plant is None:
            raise UserError(f"No eSMR facility has the place id {place_id!r}.")
        return [_explain_plant(plant)]
    facility = Facility.objects.filter(public_id=wanted).first()
    if facility is not None:
        return _explain_facility(facility)
    enrollments = _enrollments_of(wanted)
    if enrollments:
        return [_explain_enrollments(enrollments[0].wdid or wanted, enrollments)]
    if SmartsReport.objects.filter(wdid=wanted).exists():
        return [Explanation(wanted, "no enrollment of this WDID is in the facility files: its results are not judged")]
    raise UserError(f"No enrollment has the WDID {wanted!r}, and no facility that public id.")


def _is_place_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _enrollments_of(wdid: str) -> list[SmartsEnrollment]:
    """The enrollments of a WDID, also if it was written without its space."""
    exact = list(SmartsEnrollment.objects.filter(wdid__in={wdid, wdid.upper()}).order_by("pk"))
    if exact:
        return exact
    bare = wdid.upper().replace(" ", "")
    if len(bare) < 8:
        return []
    return list(SmartsEnrollment.objects.filter(wdid=f"{bare[0]} {bare[1:]}").order_by("pk"))


def _explain_facility(facility: Facility) -> list[Explanation]:
    by_wdid: dict[str, list[SmartsEnrollment]] = {}
    for enrollment in facility.enrollments.order_by("wdid", "app_id"):
        by_wdid.setdefault(enrollment.wdid or f"APP {enrollment.app_id}", []).append(enrollment)
    explanations = [_explain_enrollments(wdid, enrollments) for wdid, enrollments in by_wdid.items()]
    return explanations + [_explain_plant(plant) for plant in facility.esmr_facilities.order_by("place_id")]


def _explain_enrollments(name: str, enrollments: list[SmartsEnrollment]) -> Explanation:
    ids = [enrollment.pk for enrollment in enrollments]
    of = ", ".join(
        f"{enrollment.get_program_display().lower()} enrollment, application {enrollment.app_id or 'unknown'}"
        for enrollment in enrollments
    )
    explanation = Explanation(name, f"{enrollments[0].site_name or 'unnamed site'} ({of})")
    _add_findings(explanation, Q(enrollment__in=ids))
    explanation.levels = list(
        EraLevel.objects.filter(enrollment__in=ids)
        .select_related("pollutant")
        .order_by("pollutant__key", "reporting_year", "pk")
    )
    samples = SmartsSample.objects.filter(pk__in=_sample_ids(explanation))
    for sample in samples.select_related("location", "unit", "parameter"):
        explanation.inputs[sample.pk] = _input_of(sample, sample.sample_date, sample.location.name)
    return explanation


def _explain_plant(plant: EsmrFacility) -> Explanation:
    explanation = Explanation(f"{ESMR_PREFIX}{plant.place_id}", f"{plant.name or 'unnamed plant'} (eSMR)")
    _add_findings(explanation, Q(esmr_facility=plant.pk))
    samples = EsmrSample.objects.filter(pk__in=_sample_ids(explanation))
    for sample in samples.select_related("location", "unit", "parameter"):
        explanation.inputs[sample.pk] = _input_of(sample, sample.sampling_date, sample.location.name)
    return explanation


def _add_findings(explanation: Explanation, of: Q) -> None:
    def ordered(findings: QuerySet[AnyFinding]) -> list[AnyFinding]:
        related = findings.filter(of, went_at=None).select_related("pollutant", "benchmark", "permit_limit")
        return list(related.order_by("rule", "pollutant__key", "period_start", "location", "public_id"))

    explanation.findings = ordered(Exceedance.objects.all())
    explanation.indeterminate = ordered(Indeterminate.objects.all())
    reasons: Counter[str] = Counter()
    for reason, results in UnusableResults.objects.filter(of).values_list("reason", "results"):
        reasons[reason] += results
    explanation.unusable = sorted(reasons.items())


def _sample_ids(explanation: Explanation) -> set[int]:
    every: Iterable[Finding] = [*explanation.findings, *explanation.indeterminate]
    return {sample for finding in every for sample in finding.sample_ids}


def _input_of(sample: SmartsSample | EsmrSample, day: Any, location: str | None) -> Input:
    parts = (
        sample.qualifier,
        None if sample.result is None else f"{sample.result:f}",
        sample.unit and sample.unit.name,
    )
    return Input(
        sample.pk,
        day.isoformat() if day else "no date",
        location or "unnamed",
        " ".join(str(part) for part in parts if part) or "no result",
        sample.parameter.name,
    )


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "parameter": finding.pollutant.key,
        "reporting_year": finding.reporting_year,
        "period_start": finding.period_start.isoformat(),
        "period_end": finding.period_end.isoformat(),
        "location": finding.location,
        "value": _number(finding.value),
        "limit": _limit(finding),
        "unit": finding.unit,
        "results": finding.results,
        "censored": finding.censored,
        "provisional": finding.is_provisional,
        "confidence": finding.confidence,
        "sample_ids": finding.sample_ids,
    }


def _limit(finding: Finding) -> int | float | str | None:
    """A number, or a range as `6.0-9.0`."""
    if finding.limit_low is not None and finding.limit_high is not None:
        return finding.limit_text
    bound = finding.limit_high if finding.limit_low is None else finding.limit_low
    return None if bound is None else _number(bound)


def _number(value: Decimal) -> int | float:
    """The shortest JSON number of the same value."""
    return int(value) if value == value.to_integral_value() else float(value)
