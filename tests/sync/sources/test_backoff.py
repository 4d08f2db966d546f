"""When a failed request is tried again, and how long that waits."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sync.sources import DamagedFile, SourceError, TransportError
from sync.sources.backoff import Backoff
from sync.sources.transport import _retry_after


def failing(times, error):
    remaining = [error] * times

    def attempt():
        if remaining:
            raise remaining.pop()
        return "done"

    return attempt


def longest(_low, high):
    return high


def test_a_transport_error_is_tried_again_with_waits_that_double_up_to_the_cap(sleeps):
    backoff = Backoff(tries=6, base_seconds=1, cap_seconds=5, sleep=sleeps, uniform=longest)

    assert backoff.run(failing(5, TransportError("broke"))) == "done"
    assert sleeps.seconds == [1, 2, 4, 5, 5]


def test_the_wait_is_drawn_from_zero_so_that_clients_do_not_come_back_together(sleeps):
    drawn = []

    def shortest(low, high):
        drawn.append((low, high))
        return low

    backoff = Backoff(sleep=sleeps, uniform=shortest)

    backoff.run(failing(2, TransportError("broke")))

    assert drawn == [(0, 1), (0, 2)]
    assert sleeps.seconds == [0, 0]
    assert Backoff().uniform == random.uniform


def test_tries_are_bounded_and_the_last_error_says_how_many(sleeps):
    with pytest.raises(TransportError, match=r"^It broke \(tried 3 times\)\.$"):
        Backoff(tries=3, sleep=sleeps, uniform=longest).run(failing(9, TransportError("It broke.")))

    assert len(sleeps.seconds) == 2


@pytest.mark.parametrize("error", [DamagedFile("a page"), SourceError("refused"), ValueError("a bug")])
def test_other_errors_are_never_tried_again(sleeps, error):
    with pytest.raises(type(error)):
        Backoff(sleep=sleeps).run(failing(1, error))

    assert sleeps.seconds == []


def test_the_portals_wish_is_the_least_we_wait_up_to_a_cap(sleeps):
    backoff = Backoff(retry_after_cap_seconds=120, sleep=sleeps, uniform=longest)

    assert backoff.delay(1, 30) == 30
    assert backoff.delay(1, 0) == 1
    assert backoff.delay(1, 86_400) == 120


def test_retry_after_is_read_as_seconds_or_as_a_date():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    assert _retry_after("30") == 30
    assert _retry_after(soon) == pytest.approx(100, abs=5)
    assert _retry_after("Thu, 01 Jan 2015 00:00:00 GMT") == 0
    assert _retry_after("Thu, 01 Jan 2015 00:00:00 -0000") == 0
    assert _retry_after("in a while") is None
    assert _retry_after(None) is None
