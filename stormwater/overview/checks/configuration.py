"""Whether the settings fit together."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from stormwater.overview.checks.finding import Finding, error, warning
from sync.schedule import beat_schedule


def check_settings() -> Iterator[Finding]:
    """Django's own checks, the schedule, and mail."""
    for message in checks.run_checks(include_deployment_checks=settings.PRODUCTION):
        if not message.is_silenced():
            found = error if message.is_serious() else warning
            yield found("settings", f"{message.id}: {message.msg}", message.hint or "See docs/operations.md.")
    try:
        beat_schedule()
    except ImproperlyConfigured as problem:
        yield error("settings", str(problem), "Correct the variable and start beat again.")
    if settings.ALERT_RECIPIENTS and not settings.EMAIL_HOST:
        yield warning(
            "settings",
            "STORMWATER_ALERT_RECIPIENTS is set and EMAIL_HOST is not: no alert is mailed.",
            "Set EMAIL_HOST.",
        )
    if settings.PRODUCTION and not settings.REDIS_URL:
        yield warning(
            "settings",
            "REDIS_URL is not set: nothing is synced by itself, and the cache is in each process.",
            "Set it and start workers and beat, or run manage.py sync, clean_up and check_alerts from cron.",
        )
