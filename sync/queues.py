"""What waits in Redis for a worker."""

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from stormwater.errors import UserError

if TYPE_CHECKING:
    from redis import Redis

# Where Celery's transport keeps the messages that a worker has taken and not done, those for later among them.
_TAKEN = "unacked"


class QueueUnreachableError(UserError):
    """Redis cannot be asked."""


def count_waiting() -> dict[str, int]:
    """Queue -> messages that no worker has taken yet; nothing if there is no broker.

    Raises QueueUnreachableError.
    """
    if not settings.REDIS_URL:
        return {}
    with _client() as client:
        return {queue: int(client.llen(_key(queue))) for queue in (settings.DEFAULT_QUEUE, settings.SYNC_QUEUE)}


def list_unfinished(task: str) -> list[list[Any]]:
    """Arguments of each message of a task of the sync queue that waits, or that a worker has taken and not done.

    Raises QueueUnreachableError.
    """
    with _client() as client:
        # The taken ones last: a message that is taken in between is seen twice rather than never.
        waiting = client.lrange(_key(settings.SYNC_QUEUE), 0, -1)
        taken = client.hvals(_key(_TAKEN))
    messages = [*map(json.loads, waiting), *(json.loads(text)[0] for text in taken)]
    return [_arguments(message) for message in messages if message["headers"]["task"] == task]


def _arguments(message: dict[str, Any]) -> list[Any]:
    arguments, _options, _callbacks = json.loads(b64decode(message["body"]))
    return list(arguments)


def _key(name: str) -> str:
    return f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}{name}"


@contextmanager
def _client() -> "Iterator[Redis]":
    import redis  # noqa: PLC0415 - a tenth of a second at the start of every command, most of which ask no broker

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5) as client:
            yield client
    except redis.RedisError as error:
        raise QueueUnreachableError(f"Redis cannot be reached: {error}") from error
