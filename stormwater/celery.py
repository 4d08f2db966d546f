"""Background work: `celery -A stormwater worker`, and `celery -A stormwater beat` for the schedule."""

import logging.config
import os
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun
from django.conf import settings

from stormwater.logs import log_context

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


@setup_logging.connect
def take_logging(**_: Any) -> None:
    """Log as everything else does; without a receiver Celery would set up its own."""
    logging.config.dictConfig(settings.LOGGING)


# By id, as a task that runs inline runs inside another one.
_task_contexts: dict[str, ExitStack] = {}


@task_prerun.connect
def name_task(task_id: str, **_: Any) -> None:
    """Put the task's id on every line that is logged for it."""
    stack = _task_contexts[task_id] = ExitStack()
    stack.enter_context(log_context(task=task_id))


@task_postrun.connect
def forget_task(task_id: str, **_: Any) -> None:
    """Take it off again."""
    if stack := _task_contexts.pop(task_id, None):
        stack.close()
