"""Staff pages of what findings are judged by. A correction of a number is a migration, not an edit."""

from typing import Any, ClassVar

from django.contrib import admin

from stormwater.admin.chosen import chosen
from stormwater.admin.records import ReadOnlyPermissions, RecordAdmin
from violations.models import (
    Benchmark,
    PermitLimit,
    Pollutant,
    PollutantAlias,
    QualifierClass,
    StatisticAlias,
    UnitConversion,
)


class AliasInline(ReadOnlyPermissions, admin.TabularInline):
    """Published names of a pollutant."""

    model = PollutantAlias
    extra = 0
    can_delete = False
    fields = readonly_fields = ("name", "factor", "preference", "is_confirmed")


@admin.register(Pollutant)
class PollutantAdmin(RecordAdmin):
    """Pollutants with their published names."""

    list_display = ("key", "name", "unit", "is_metal", "permit_group")
    search_fields = ("key",)
    search_help_text = "The exact key."
    inlines: ClassVar[Any] = (AliasInline,)


@admin.register(Benchmark)
class BenchmarkAdmin(RecordAdmin):
    """Numbers of orders and regulations."""

    list_display = ("rule", "pollutant", "bounds", "unit", "statistic", "permit", "section", "is_confirmed")
    list_select_related = ("pollutant",)
    list_filter = ("rule",)


@admin.register(PermitLimit)
class PermitLimitAdmin(RecordAdmin):
    """Limits of single permits, as loaded with `manage.py import_limits`."""

    list_display = (
        "row_number",
        "facility_place_id",
        "npdes_number",
        "esmr_facility",
        "location",
        "pollutant",
        "statistic",
        "low",
        "high",
        "unit",
        "valid_from",
        "valid_to",
    )
    list_select_related = ("esmr_facility", "pollutant")
    list_filter = (chosen("esmr_facility", "eSMR facility"),)
    search_fields = ("facility_place_id", "npdes_number")
    search_help_text = "Exact place id or NPDES number."


@admin.register(UnitConversion)
class UnitConversionAdmin(RecordAdmin):
    """Units that can be converted."""

    list_display = ("name", "unit", "factor")


@admin.register(QualifierClass)
class QualifierClassAdmin(RecordAdmin):
    """What qualifiers say."""

    list_display = ("qualifier", "kind")


@admin.register(StatisticAlias)
class StatisticAliasAdmin(RecordAdmin):
    """Names of statistics."""

    list_display = ("name", "statistic", "is_confirmed")
