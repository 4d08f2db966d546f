"""What waits in Redis for a worker."""

from django.conf import settings

from stormwater.errors import UserError


class QueueUnreachableError(UserError):
    """Redis cannot be asked."""


def count_waiting() -> dict[str, int]:
    """Queue -> messages that no worker has taken yet; nothing if there is no broker.

    Raises QueueUnreachableError.
    """
    if not settings.REDIS_URL:
        return {}
    import redis  # noqa: PLC0415 - a tenth of a second at the start of every command, most of which ask no broker

    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    prefix = str(options["global_keyprefix"])
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5) as client:
            return {queue: int(client.llen(prefix + queue)) for queue in (settings.DEFAULT_QUEUE, settings.SYNC_QUEUE)}
    except redis.RedisError as error:
        raise QueueUnreachableError(f"Redis cannot be reached: {error}") from error
