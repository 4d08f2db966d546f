"""Whether background work is done: Redis, a worker for each queue, beat."""

from collections.abc import Iterator
from datetime import timedelta

import redis
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from stormwater.celery import app
from stormwater.overview.checks.finding import Finding, error, warning
from sync.models import SignOfLife
from sync.queues import QueueUnreachableError, count_waiting

# Beat is heard of every minute through a worker of the default queue, which a task may hold up for a while.
BEAT_SILENCE = timedelta(minutes=20)
ANSWER_SECONDS = 2  # for workers to say which queues they serve; a busy one answers, too

START_REDIS = "Start it, or correct REDIS_URL."
WORKER_OF = "Start: celery -A stormwater worker --queues {0} --hostname {0}@%h (see docs/operations.md)"


def check_redis() -> Iterator[Finding]:
    """It answers and never throws messages away to make room."""
    if not settings.REDIS_URL:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5) as client:
            memory = client.info("memory")
    except redis.RedisError as problem:
        yield error("redis", f"Redis cannot be reached: {problem}", START_REDIS)
        return
    if memory.get("maxmemory") and str(memory.get("maxmemory_policy")).startswith("allkeys"):
        yield warning(
            "redis",
            f"Redis drops keys when it is full ({memory['maxmemory_policy']}), waiting messages among them.",
            "Set maxmemory-policy to volatile-lru: the cache's entries expire, messages do not.",
        )


def check_workers() -> Iterator[Finding]:
    """Each queue has a worker, and no queue grows."""
    if not settings.REDIS_URL:
        return
    try:
        waiting = count_waiting()  # first: it gives up sooner when Redis is away
        served = _served_queues()
    except (OperationalError, QueueUnreachableError, redis.RedisError):
        return  # check_redis says so
    for queue in (settings.DEFAULT_QUEUE, settings.SYNC_QUEUE):
        if queue not in served:
            yield error("workers", f"No worker takes the queue {queue}.", WORKER_OF.format(queue))
        if waiting.get(queue, 0) > settings.QUEUE_LIMIT:
            sentence = f"{waiting[queue]} messages wait in the queue {queue}."
            yield warning("workers", sentence, "Look at the worker's log; more workers on other hosts help.")


def check_beat() -> Iterator[Finding]:
    """Beat sends messages, and they arrive."""
    if not settings.REDIS_URL:
        return
    heard = SignOfLife.objects.filter(pk="beat").first()
    if heard is None or timezone.now() - heard.heard_at > BEAT_SILENCE:
        when = f"since {timezone.localtime(heard.heard_at):%Y-%m-%d %H:%M}" if heard else "at all"
        yield error("beat", f"Beat was not heard of {when}: nothing is scheduled.", "Start: celery -A stormwater beat")


def _served_queues() -> set[str]:
    answers = app.control.inspect(timeout=ANSWER_SECONDS).active_queues() or {}
    return {queue["name"] for queues in answers.values() for queue in queues}
