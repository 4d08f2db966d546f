"""A sync or a release that someone asks for while they wait: by a worker if there are any, else here and now."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from kombu.exceptions import OperationalError

from stormwater.errors import UserError
from sync import tasks
from sync.contracts import CONTRACTS
from sync.follow_ups import StepResult, run_follow_ups_inline
from sync.models import Resource, Run
from sync.opening_sources import configured_source
from sync.queues import QueueUnreachableError
from sync.services import RunResult, releasable_file, release_run, sync_datasets


class UnknownNameError(UserError):
    """There is no dataset, resource or run of this name or number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of it: waiting for a worker, or done with these results and follow-ups."""

    is_queued: bool
    runs: Sequence[RunResult] = ()
    follow_ups: Sequence[StepResult] = ()


def ask_for_sync(*, name: str) -> Asked:
    """Bring a dataset, or a resource of one (`esmr:2024`), up to date from the source of the settings.

    Raises UnknownNameError, QueueUnreachableError, and UserError if the sync cannot begin.
    """
    if not _is_known(name):
        raise UnknownNameError(f"There is no dataset or resource {name[:100]!r}.")
    if not settings.CELERY_TASK_ALWAYS_EAGER:
        try:
            tasks.sync_dataset.delay(name)
        except OperationalError as error:
            raise QueueUnreachableError("The queue of background work cannot be reached; try again.") from error
        return Asked(is_queued=True)
    runs = sync_datasets(source=configured_source(), requests=[name]).runs
    return Asked(is_queued=False, runs=runs, follow_ups=run_follow_ups_inline())


def _is_known(name: str) -> bool:
    """Whether there is such a dataset or resource; a year that the portal publishes may never have been loaded."""
    dataset, _, year = name.partition(":")
    if dataset not in CONTRACTS:
        return False
    published = {str(number) for number in CONTRACTS[dataset].years}
    return not year or year in published or Resource.objects.filter(slug=name).exists()


def ask_for_release(*, run_id: int, reason: str, user: AbstractBaseUser) -> Asked:
    """Publish the file of a held run on a person's word.

    Raises UnknownNameError, QueueUnreachableError, and UserError for a run that may not be released.
    """
    run = Run.objects.select_related("resource", "raw_file").filter(pk=run_id).first()
    if run is None:
        raise UnknownNameError(f"There is no run {run_id}.")
    releasable_file(run)
    if not settings.CELERY_TASK_ALWAYS_EAGER:
        try:
            tasks.release_held_run.delay(run_id, reason, user.pk)
        except OperationalError as error:
            raise QueueUnreachableError("The queue of background work cannot be reached; try again.") from error
        return Asked(is_queued=True)
    result = release_run(run_id=run_id, reason=reason, user=user)
    return Asked(is_queued=False, runs=[result], follow_ups=run_follow_ups_inline())
