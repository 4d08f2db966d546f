"""Follow-ups and alerts: what keeps the system going, for staff to look at."""

from django.contrib import admin

from stormwater.admin.records import ReadOnlyAdmin
from sync.models import Alert, FollowUp


@admin.register(FollowUp)
class FollowUpAdmin(ReadOnlyAdmin):
    """How far each step that follows a publish has come."""

    list_display = ("name", "status", "started_at", "finished_at", "message")
    list_filter = ("status",)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """What operators should know, or had to."""

    list_display = ("cause", "sentence", "opened_at", "closed_at", "told_at", "told_over_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
