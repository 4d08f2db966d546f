"""Reads: facilities, enrollments and eSMR facilities, as the public API shows them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from facilities.models import (
    CandidateState,
    ConstructionDetail,
    CrosswalkEntry,
    EsmrFacility,
    Facility,
    IndustrialDetail,
    MatchCandidate,
    Region,
    SmartsEnrollment,
    SupersededCertification,
)
from facilities.models.crosswalk import CROSSWALK_TEXT
from facilities.models.enrollment import ENROLLMENT_TEXT
from facilities.selectors.pairs import resolve_facility
from stormwater.api.looking_up import FoundIn
from stormwater.api.searching import SearchedKeys, SearchText, contains_words, words_of
from stormwater.fields import is_private

# A few thousand rows, read through without an index.
ESMR_FACILITY_TEXT = SearchText("name", Cast("place_id", CharField()))

_WDID_WITHOUT_SPACE = re.compile(r"([1-9S])(\d{2}|XX)([A-Z]{1,3}\d{5,6})")
_MEMBER_FIELDS = ("app_id", "wdid", "program", "status", "site_name", "operator_name")


def list_facilities() -> QuerySet[Facility]:
    """Canonical facilities, also those whose records have all been withdrawn: their ids stay valid.

    A facility that was merged into another is not listed; its id leads there (`current_id`).
    """
    return Facility.objects.order_by().filter(merged_into=None)


def count_facilities(place: Q) -> dict[str, int]:
    """How many facilities there are, and in which systems; `place` is a condition on county and region.

    All that it looks at is in the index `facility_counted`.
    """
    esmr, smarts = Q(has_esmr=True), Q(has_smarts=True)
    return (
        list_facilities()
        .filter(place)
        .aggregate(
            facilities=Count("*"),
            facilities_in_esmr=Count("has_esmr", filter=esmr),
            facilities_in_smarts=Count("has_smarts", filter=smarts),
            facilities_in_both=Count("has_esmr", filter=esmr & smarts),
        )
    )


def current_id(public_id: str) -> str:
    """The public id of the facility that answers to a public id today; the same one, if there is none."""
    facility = resolve_facility(public_id)
    return facility.public_id if facility else public_id


def list_enrollments() -> QuerySet[SmartsEnrollment]:
    """Published enrollments."""
    return SmartsEnrollment.objects.order_by().filter(removed_by=None)


def list_esmr_facilities() -> QuerySet[EsmrFacility]:
    """All eSMR facilities."""
    return EsmrFacility.objects.order_by()


def list_esmr_regions() -> QuerySet[Region]:
    """Regions that have eSMR facilities."""
    return Region.objects.order_by().filter(Exists(EsmrFacility.objects.filter(region=OuterRef("pk"))))


def spellings_of_wdid(text: str) -> list[str]:
    """The spellings under which a WDID can be stored: as given, and with the space of its office letter.

    `419I012345` is published as `4 19I012345`.
    """
    given = text.strip().upper()
    packed = _WDID_WITHOUT_SPACE.fullmatch(given.replace(" ", ""))
    return sorted({text, given, *([f"{packed[1]} {packed[2]}{packed[3]}"] if packed else [])})


def search_enrollments(text: str) -> Q:
    """Condition on enrollments: every word is in a name, the operator, the address, the city, WDID or APP_ID.

    A WDID is found with and without its space.
    """
    return _enrollments_with(words_of(text))


def search_esmr_facilities(text: str) -> Q:
    """Condition on eSMR facilities: every word is in the name or the place id, or in what the CIWQS list says of them.

    That is name, agency, address, city and NPDES number.
    """
    return _esmr_facilities_with(words_of(text))


def _enrollments_with(words: list[str]) -> Q:
    return contains_words(ENROLLMENT_TEXT, words)


def _esmr_facilities_with(words: list[str]) -> Q:
    listed = CrosswalkEntry.objects.order_by().filter(contains_words(CROSSWALK_TEXT, words)).values("place_id")
    return contains_words(ESMR_FACILITY_TEXT, words) | Q(FoundIn("place_id", listed, key="place_id"))


def with_npdes_number(number: str) -> QuerySet[EsmrFacility]:
    """The eSMR facilities of this NPDES permit number, by the CIWQS list."""
    listed = CrosswalkEntry.objects.order_by().filter(npdes_number__in={number, number.strip().upper()})
    return list_esmr_facilities().filter(place_id__in=listed.values("place_id"))


def said_by_crosswalk(column: str) -> Subquery:
    """What the CIWQS list says of an eSMR facility in one of its columns."""
    return Subquery(CrosswalkEntry.objects.filter(place_id=OuterRef("place_id")).order_by().values(column)[:1])


def npdes_numbers_of_facility() -> ArraySubquery:
    """NPDES permit numbers of a facility's eSMR facilities, by the CIWQS list."""
    members = EsmrFacility.objects.filter(facility=OuterRef(OuterRef("pk"))).order_by().values("place_id")
    listed = CrosswalkEntry.objects.filter(place_id__in=members, npdes_number__isnull=False)
    return ArraySubquery(listed.order_by("npdes_number").values("npdes_number").distinct())


def search_facilities(text: str) -> Q:
    """Condition on canonical facilities: one of the members, withdrawn ones included, has every word."""
    return _SEARCHED_FACILITIES.have("pk", words_of(text))


def _members_with(words: list[str]) -> QuerySet[Any, Any]:
    enrolled = SmartsEnrollment.objects.order_by().filter(_enrollments_with(words)).values("facility_id")
    permitted = EsmrFacility.objects.order_by().filter(_esmr_facilities_with(words)).values("facility_id")
    return enrolled.union(permitted)


_SEARCHED_FACILITIES = SearchedKeys(_members_with)


def facilities_with_enrollment(**conditions: Any) -> Q:
    """Condition on canonical facilities: a published enrollment meets the conditions."""
    return Q(pk__in=list_enrollments().filter(**conditions).values("facility_id"))


def count_of_enrollments() -> Coalesce:
    """Number of a facility's published enrollments."""
    return _number(SmartsEnrollment, "facility")


def count_of_events(label: str) -> Coalesce:
    """Number of a facility's published records of an event model, by the model's label."""
    return _number(apps.get_model(label), "enrollment__facility")


def latest_event(label: str, date_field: str) -> Subquery:
    """Latest date of a facility's published records of an event model."""
    return Subquery(_grouped(apps.get_model(label), "enrollment__facility").annotate(x=Max(date_field)).values("x"))


def wdids_of_facility() -> ArraySubquery:
    """WDIDs of a facility's published enrollments."""
    members = list_enrollments().filter(facility=OuterRef("pk"), wdid__isnull=False)
    return ArraySubquery(members.order_by("wdid").values("wdid").distinct())


def count_of_esmr_facilities() -> Coalesce:
    """Number of a region's eSMR facilities."""
    found = EsmrFacility.objects.order_by().filter(region=OuterRef("pk")).values("region").annotate(x=Count("pk"))
    return Coalesce(Subquery(found.values("x"), output_field=IntegerField()), 0)


def load_enrollments(facility_ids: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The published enrollments of some facilities, in few words each."""
    members = list_enrollments().filter(facility_id__in=facility_ids).order_by("facility_id", "app_id", "pk")
    return _by_owner(members.values("facility_id", "id", *_MEMBER_FIELDS), "facility_id")


def load_esmr_facilities(facility_ids: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The eSMR facilities of some facilities, in few words each."""
    members = EsmrFacility.objects.filter(facility_id__in=facility_ids).order_by("facility_id", "place_id")
    return _by_owner(members.values("facility_id", "place_id", "name"), "facility_id")


def load_links(facility_id: int) -> list[dict[str, Any]]:
    """The pairs of an eSMR facility and an enrollment that make this one facility: which, how found, how sure.

    `method` is the tier of the machine, or `manual` where a person decided.
    """
    pairs = MatchCandidate.objects.filter(
        state__in=(CandidateState.AUTOMATIC, CandidateState.ACCEPTED),
        esmr_facility__facility=facility_id,
        enrollment__facility=facility_id,
    ).order_by("esmr_facility__place_id", "enrollment__app_id", "enrollment__wdid", "pk")
    by_person = Case(
        When(state=CandidateState.ACCEPTED, then=Value("manual")), default=F("tier"), output_field=TextField()
    )
    names = ("place_id", "wdid", "app_id", "program", "method", "confidence")
    found = pairs.values_list(
        "esmr_facility__place_id",
        "enrollment__wdid",
        "enrollment__app_id",
        "enrollment__program",
        by_person,
        "probability",
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def load_superseded_certifications(enrollment_ids: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The earlier certifications of some enrollments: every published value but personal contact data."""
    found = SupersededCertification.objects.filter(enrollment_id__in=enrollment_ids).order_by("enrollment_id", "line")
    shown = public_names(SmartsEnrollment) | public_names(IndustrialDetail) | public_names(ConstructionDetail)
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for owner, line, values in found.values_list("enrollment_id", "line", "values"):
        rows[owner].append({"line": line} | {name: value for name, value in values.items() if name in shown})
    return rows


def public_names(model: type[Model]) -> set[str]:
    """Names of a model's fields, but those that hold personal contact data."""
    return {field.name for field in model._meta.concrete_fields if not is_private(field)}


def _grouped(model: type[Model], owner: str) -> QuerySet[Any, Any]:
    published = model._default_manager.order_by().filter(removed_by=None)
    return published.filter(**{owner: OuterRef("pk")}).values(owner)


def _number(model: type[Model], owner: str) -> Coalesce:
    counted = _grouped(model, owner).annotate(x=Count("pk")).values("x")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _by_owner(rows: Iterable[Any], owner: str) -> Mapping[int, list[dict[str, Any]]]:
    grouped: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.pop(owner)].append(row)
    return grouped
