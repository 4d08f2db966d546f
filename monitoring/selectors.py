"""Reads: samples, locations and parameters, as the public API shows them."""

from typing import Any

from django.apps import apps
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from facilities.models import EsmrFacility, SmartsEnrollment
from facilities.selectors.public import spellings_of_wdid
from monitoring.models import EsmrLocation, EsmrSample, Parameter, SmartsReport, SmartsSample
from stormwater.api.keyset import date_key
from stormwater.api.looking_up import FoundIn
from stormwater.api.searching import SearchText, contains_words, words_of


def list_smarts_samples() -> QuerySet[SmartsSample]:
    """Published results of stormwater samples."""
    return SmartsSample.objects.order_by().filter(removed_by=None)


def list_esmr_samples() -> QuerySet[EsmrSample]:
    """Published self-monitoring results."""
    return EsmrSample.objects.order_by().filter(removed_by=None)


def list_esmr_locations() -> QuerySet[EsmrLocation]:
    """All monitoring locations of eSMR, each as often as it was described differently."""
    return EsmrLocation.objects.order_by()


def list_esmr_parameters() -> QuerySet[Parameter]:
    """Parameters of which eSMR has published results."""
    # One sample by the index of the list's order. A plain EXISTS is answered by reading the whole table, which takes
    # longest for parameters of which there is none.
    first = list_esmr_samples().filter(parameter=OuterRef("pk")).order_by(date_key("sampling_date"), "pk")
    return Parameter.objects.order_by().alias(sample=Subquery(first.values("pk")[:1])).filter(sample__isnull=False)


def search_parameters(text: str) -> Q:
    """Condition on parameters: every word is in the name."""
    return contains_words(SearchText("name"), words_of(text))


# Conditions on samples. Whatever they go by is looked up in its own table, never joined to the samples: only then
# does the database go to the samples by the index that is meant.


def of_parameter(name: str) -> Q:
    """Condition on samples: the parameter has exactly this name."""
    return Q(FoundIn("parameter_id", Parameter.objects.filter(name=name), is_one=True))


def of_resource(slug: str) -> Q:
    """Condition on samples: they are of the resource with this slug."""
    resources: QuerySet[Any] = apps.get_model("sync", "Resource")._default_manager.filter(slug=slug)
    return Q(resource=Subquery(resources.order_by().values("pk")))


def of_report(**conditions: Any) -> Q:
    """Condition on stormwater samples: their report meets the conditions."""
    return Q(FoundIn("report_id", SmartsReport.objects.filter(**conditions)))


def of_wdid(text: str) -> Q:
    """Condition on stormwater samples: their report has this WDID; orphans are found, too."""
    return of_report(wdid__in=spellings_of_wdid(text))


def of_enrollment(**conditions: Any) -> Q:
    """Condition on stormwater samples: their enrollment meets the conditions."""
    return Q(FoundIn("enrollment_id", SmartsEnrollment.objects.filter(**conditions)))


def of_esmr_facility(**conditions: Any) -> Q:
    """Condition on eSMR samples: their facility meets the conditions."""
    return Q(FoundIn("esmr_facility_id", EsmrFacility.objects.filter(**conditions)))


def of_esmr_location(**conditions: Any) -> Q:
    """Condition on eSMR samples: their location meets the conditions."""
    return Q(FoundIn("location_id", EsmrLocation.objects.filter(**conditions)))


def summarize_samples(facility_id: int) -> list[dict[str, Any]]:
    """What is measured at a facility, by system and parameter, the most samples first.

    `source` (esmr, smarts), `parameter` as published, `samples` (published ones), and the dates of the
    first and the last. Two statements, each through the indexes by discharger and parameter.
    """
    plants = EsmrFacility.objects.filter(facility=facility_id)
    enrollments = SmartsEnrollment.objects.filter(facility=facility_id)
    esmr = list_esmr_samples().filter(FoundIn("esmr_facility_id", plants))
    smarts = list_smarts_samples().filter(FoundIn("enrollment_id", enrollments))
    found = []
    for source, rows, day in (("esmr", esmr, "sampling_date"), ("smarts", smarts, "sample_date")):
        counted = (
            rows.order_by()
            .values(name=F("parameter__name"))
            .annotate(samples=Count("pk"), first=Min(day), last=Max(day))
        )
        found += [
            {
                "source": source,
                "parameter": row["name"],
                "samples": row["samples"],
                "first_date": row["first"],
                "last_date": row["last"],
            }
            for row in counted
        ]
    return sorted(found, key=lambda row: (-row["samples"], row["source"], row["parameter"] or ""))
