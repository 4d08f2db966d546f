"""What the tests of the sources share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sync.contracts import CONTRACTS
from sync.sources import FetchedFile, Validators
from sync.sources.backoff import Backoff
from sync.sources.portal import PortalSource
from tests.sync.portal import FakePortal, portal

__all__ = ["portal"]  # the fixture

USER_AGENT = "StormwaterWatch/0.0 (+https://example.org/contact)"


@dataclass
class Sleeps:
    """Stands in for time.sleep and remembers what it was asked for."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def make_source(portal: FakePortal, tmp_path: Path, sleeps: Sleeps) -> Callable[..., PortalSource]:
    """A portal source that never sleeps; `tries` counts the attempts."""

    def make(*, tries: int = 5, **arguments: Any) -> PortalSource:
        backoff = Backoff(tries=tries, sleep=sleeps, uniform=lambda _low, high: high)
        values: dict[str, Any] = {"user_agent": USER_AGENT, "backoff": backoff}
        return PortalSource(portal.url, CONTRACTS, tmp_path / "downloads", **(values | arguments))

    return make


@pytest.fixture
def source(make_source: Callable[..., PortalSource]) -> PortalSource:
    return make_source()


def as_published(fetched: FetchedFile, path: Path | None = None) -> Validators:
    """What the ledger would remember of a file that was published."""
    return Validators(
        location=fetched.planned.location,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        sha256=fetched.sha256,
        size=fetched.size,
        path=path or fetched.path,
    )
