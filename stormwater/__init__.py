"""The project: settings, addresses, background work, and what every app shares."""

from stormwater.celery import app as celery_app

__all__ = ["celery_app"]
