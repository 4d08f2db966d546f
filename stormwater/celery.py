"""Background work: `celery -A stormwater worker`, and `celery -A stormwater beat` for the schedule."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stormwater.settings")

app = Celery("stormwater")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def take_schedule(sender: Celery, **_: Any) -> None:
    """Take the beat schedule from `sync.schedule.beat_schedule()` when the configuration is first read.

    Not at import: the schedule is built from the dataset contracts, which Django's own start does not need.
    """
    if find_spec("sync.schedule"):
        sender.conf.beat_schedule = import_module("sync.schedule").beat_schedule()
