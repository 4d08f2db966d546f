"""Trying again after a transport error, and only then."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sync.sources.errors import TransportError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often to try, and how long to wait in between: exponential, with full jitter.

    `sleep` and `uniform` are there for tests.
    """

    tries: int = 5
    base_seconds: float = 1.0
    cap_seconds: float = 60.0
    retry_after_cap_seconds: float = 120.0  # a portal may ask for hours; the schedule comes round anyway
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform

    def run(self, attempt: Callable[[], T]) -> T:
        """Call `attempt` until it raises no TransportError, at most `tries` times.

        Raises the last TransportError; any other error at once, since it would come again.
        """
        failures = 0
        while True:
            try:
                return attempt()
            except TransportError as error:
                failures += 1
                if failures >= self.tries:
                    if failures == 1:
                        raise
                    tried = f"{str(error).removesuffix('.')} (tried {failures} times)."
                    raise type(error)(tried, retry_after=error.retry_after) from error
                self.sleep(self.delay(failures, error.retry_after))

    def delay(self, failures: int, retry_after: float | None) -> float:
        """Seconds to wait after that many failures in a row.

        Full jitter, so that clients that failed together do not come back together; never earlier
        than the portal asked for, up to the cap.
        """
        longest = min(self.cap_seconds, self.base_seconds * 2 ** (failures - 1))
        waiting = self.uniform(0, longest)
        if retry_after is not None:
            waiting = max(waiting, min(retry_after, self.retry_after_cap_seconds))
        return waiting
