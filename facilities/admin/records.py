"""Staff pages of facilities: canonical sites, enrollments, eSMR facilities, regions and counties."""

from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_field
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from facilities.models import (
    ConstructionDetail,
    County,
    EsmrFacility,
    Facility,
    IndustrialDetail,
    MatchCandidate,
    Program,
    Region,
    SmartsEnrollment,
    SupersededCertification,
)
from facilities.selectors.blind import IS_BLIND, blind_sites
from facilities.selectors.pairs import resolve_facility
from stormwater.admin.chosen import chosen
from stormwater.admin.records import (
    HIDDEN,
    PRIVATE_HEADING,
    ReadOnlyPermissions,
    ReadOnlyStackedInline,
    RecordAdmin,
    list_link,
    provenance_of,
)
from stormwater.fields import is_private

MOST_PLANTS = 5  # of one facility that links are shown to
LEFT_OUT = "Sites whose links are to be judged blind are left out of this list until they are judged."


@admin.register(Facility)
class FacilityAdmin(RecordAdmin):
    """A site, with links to what the two systems know of it."""

    list_display = ("public_id", "name", "city", "county", "region", "has_smarts", "has_esmr")
    list_select_related = ("county", "region")
    list_filter = ("has_smarts", "has_esmr", "region", chosen("merged_into", "merged into"))
    search_fields = ("public_id", "enrollments__wdid", "enrollments__app_id", "esmr_facilities__place_id")
    search_help_text = "Exact public id, or WDID, APP_ID or eSMR place id of one of its members."

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say so where sites are left out."""
        if blind_sites().exists():
            self.message_user(request, LEFT_OUT, messages.WARNING)
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Facility]:
        """In the list without sites that tell, by being one, that the machine linked a pair to be judged blind."""
        rows = super().get_queryset(request)
        if request.path != reverse("admin:facilities_facility_changelist"):
            return rows
        return rows.exclude(pk__in=blind_sites()).exclude(merged_into__in=blind_sites())

    def related_links(self, obj: Facility) -> list[tuple[str, str]]:
        today = resolve_facility(obj.public_id)
        moved = []
        if today is not None and today != obj:
            page = reverse("admin:facilities_facility_change", args=[today.pk])
            moved.append((f"Merged: this id now leads to {today}", page))
        summary = reverse("admin:violations_facilitysummary_change", args=[obj.pk])
        about = [("Findings, violations and plots", summary)] if obj.merged_into_id is None else []
        plants = obj.esmr_facilities.order_by("place_id")
        return [
            *moved,
            *about,
            *((f"Review the pairs of {plant}", review_link(plant)) for plant in plants[:MOST_PLANTS]),
            ("Its SMARTS enrollments", list_link("facilities.SmartsEnrollment", facility=obj.pk)),
            ("Its eSMR facilities", list_link("facilities.EsmrFacility", facility=obj.pk)),
            ("Facilities that were merged into it", list_link("facilities.Facility", merged_into=obj.pk)),
        ]


def review_link(plant: EsmrFacility) -> str:
    """The review queue, narrowed to a plant."""
    return f"{reverse('admin:review_queue')}?place_id={plant.place_id}&whose=team"


class IndustrialDetailInline(ReadOnlyStackedInline):
    """What only the industrial file says."""

    model = IndustrialDetail


class ConstructionDetailInline(ReadOnlyStackedInline):
    """What only the construction file says."""

    model = ConstructionDetail


class Difference(NamedTuple):
    """A field of an older certification that is another one now, in words."""

    field: str
    then: str
    now: str


class SupersededCertificationInline(ReadOnlyPermissions, admin.TabularInline):
    """Rows of the same enrollment that a newer certification replaced: how they differ from the current one."""

    model = SupersededCertification
    extra = 0
    can_delete = False
    fields = ("differences", "source")
    readonly_fields = ("differences", "source")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupersededCertification]:
        """With everything that a row shows, so that queries do not grow with the rows."""
        queryset = super().get_queryset(request)
        return queryset.select_related("run", "enrollment__industrial_detail", "enrollment__construction_detail")

    @admin.display(description="Where it differs from the current certification")
    def differences(self, obj: SupersededCertification) -> SafeString:
        """Field, its old value, and the current one; personal contact data folded away."""
        public, private = differing_values(obj)
        hidden = (
            format_html("<details><summary>{}</summary>{}</details>", PRIVATE_HEADING, _as_list(private))
            if private
            else ""
        )
        return format_html("{}{}", _as_list(public), hidden)

    @admin.display(description="Read from")
    def source(self, obj: SupersededCertification) -> SafeString:
        """The run and line."""
        return provenance_of(obj)


def differing_values(certification: SupersededCertification) -> tuple[list[Difference], list[Difference]]:
    """Where the certification differs from the current one: public values and private ones."""
    enrollment = certification.enrollment
    details = [getattr(enrollment, name, None) for name in ("industrial_detail", "construction_detail")]
    owners = [owner for owner in (enrollment, *details) if owner is not None]
    fields = {field.name: (owner, field) for owner in owners for field in owner._meta.concrete_fields}
    public: list[Difference] = []
    private: list[Difference] = []
    for name, value in certification.values.items():
        if name not in fields:
            public.append(Difference(name.replace("_", " "), str(value), "not known"))
            continue
        owner, field = fields[name]
        then, now = field.to_python(value), getattr(owner, name)
        if then != now:
            shown = (str(display_for_field(version, field, "nothing")) for version in (then, now))
            (private if is_private(field) else public).append(Difference(name.replace("_", " "), *shown))
    return public, private


def _as_list(differences: list[Difference]) -> SafeString:
    if not differences:
        return format_html("<p>{}</p>", "No difference.")
    items = format_html_join("", "<li><b>{}</b>: {} (now: {})</li>", differences)
    return format_html('<ul class="differences">{}</ul>', items)


@admin.register(SmartsEnrollment)
class SmartsEnrollmentAdmin(RecordAdmin):
    """An enrollment with its details, its older certifications, and links to what happened there."""

    list_display = (
        "wdid",
        "app_id",
        "program",
        "status",
        "site_name",
        "operator_name",
        "site_city",
        "is_published",
        "source_line",
    )
    list_display_links = ("wdid", "app_id")
    list_filter = ("program", "region", "county", chosen("facility", "facility"))
    search_fields = ("wdid", "app_id")
    search_help_text = "Exact WDID or APP_ID."
    sections = (
        (
            "Site as published",
            (
                "operator_name",
                "site_name",
                "site_address",
                "site_address_2",
                "site_city",
                "site_state",
                "site_zip",
                "site_county",
                "latitude",
                "longitude",
                "total_size",
                "total_size_unit",
            ),
        ),
        ("Discharge", ("receiving_water_name", "discharges_directly", "discharges_indirectly")),
    )

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The detail of its program, and the older certifications if there are any."""
        if obj is None:
            return []
        inlines: list[Any] = [IndustrialDetailInline if obj.program == Program.INDUSTRIAL else ConstructionDetailInline]
        if obj.superseded_certifications.exists():
            inlines.append(SupersededCertificationInline)
        return inlines

    def related_links(self, obj: SmartsEnrollment) -> list[tuple[str, str]]:
        lists = {
            "Violations": "violations.RegulatoryViolation",
            "Inspections": "enforcement.Inspection",
            "Enforcement actions": "enforcement.EnforcementAction",
            "Monitoring reports": "monitoring.SmartsReport",
            "Monitoring locations": "monitoring.SmartsLocation",
            "Samples": "monitoring.SmartsSample",
        }
        links = [(words, list_link(label, enrollment=obj.pk)) for words, label in lists.items()]
        key = f"{obj.app_id or ''}|{obj.wdid or ''}"
        return [*links, ("Its changes over time", list_link("sync.RecordChange", q=key))]


@admin.register(EsmrFacility)
class EsmrFacilityAdmin(RecordAdmin):
    """A facility of the eSMR files, with links to its locations and samples."""

    list_display = ("place_id", "name", "region", "facility_unless_blind", "source_line")
    list_select_related = ("region", "facility")
    list_filter = ("region", chosen("facility", "facility"))
    search_fields = ("place_id", "facility__public_id")
    search_help_text = "Exact place id (CIWQS), or public id of the facility."

    def get_queryset(self, request: HttpRequest) -> QuerySet[EsmrFacility]:
        """With what hides the facility."""
        pairs = MatchCandidate.objects.filter(IS_BLIND, esmr_facility=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_blind=Exists(pairs))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """With the facility as it is shown."""
        return (*super().get_readonly_fields(request, obj), "facility_unless_blind")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the facility as it is shown."""
        fieldsets = super().get_fieldsets(request, obj)
        shown = {"facility": "facility_unless_blind"}
        fieldsets[0][1]["fields"] = [shown.get(name, name) for name in fieldsets[0][1]["fields"]]
        return fieldsets

    @admin.display(description="Facility")
    def facility_unless_blind(self, obj: Any) -> str | SafeString:
        """The site, as a link; hidden while it tells that the machine linked a pair to be judged blind."""
        if obj.is_blind or obj.facility is None:
            return HIDDEN if obj.is_blind else "-"
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:facilities_facility_change", args=[obj.facility_id]), obj.facility
        )

    def related_links(self, obj: EsmrFacility) -> list[tuple[str, str]]:
        return [
            ("Review its pairs", review_link(obj)),
            ("Pairs that may be it", list_link("facilities.MatchCandidate", esmr_facility=obj.pk)),
            ("Monitoring locations", list_link("monitoring.EsmrLocation", esmr_facility=obj.pk)),
            ("Samples", list_link("monitoring.EsmrSample", esmr_facility=obj.pk)),
        ]


class ReferenceAdmin(ReadOnlyPermissions, admin.ModelAdmin):
    """Reference data, loaded by a migration: a short list that nobody edits."""

    actions: Any = None


@admin.register(Region)
class RegionAdmin(ReferenceAdmin):
    """Regions of the Water Boards."""

    list_display = ("code", "name")


@admin.register(County)
class CountyAdmin(ReferenceAdmin):
    """Counties of California."""

    list_display = ("number", "name", "fips_code")
    list_display_links = ("number", "name")
