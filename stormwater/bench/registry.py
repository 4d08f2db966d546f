"""Which measurements there are: each app's `bench.py` registers its own."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.module_loading import autodiscover_modules

from stormwater.bench.figures import Figure


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a measurement is given to work with."""

    folder: Path  # for files of its own
    pairs: int  # how many paired runs
    scale: float | None  # size of the whole world to measure, where a measurement has one
    say: Callable[[str], None]  # tells the person what is going on
    is_loaded: bool = False  # the database has the data to measure with: load none
    names: Collection[str] = ()  # measurements that were asked for by name
    weeks: int = 20  # how long a soak is


Measurement = Callable[[Conditions], Iterator[Figure]]
_measurements: dict[str, Measurement] = {}
_only_read: set[str] = set()


def measurement(name: str, *, only_reads: bool = False) -> Callable[[Measurement], Measurement]:
    """Register a measurement under a name for the command line.

    One that `only_reads` what others have loaded may be taken on a database that is in use.
    """

    def register(function: Measurement) -> Measurement:
        _measurements[name] = function
        if only_reads:
            _only_read.add(name)
        return function

    return register


def all_measurements() -> dict[str, Measurement]:
    """All measurements of the installed apps, by name."""
    autodiscover_modules("bench")
    return dict(_measurements)


def reading_measurements() -> dict[str, Measurement]:
    """Those that may be taken on a database that is in use."""
    return {name: function for name, function in all_measurements().items() if name in _only_read}
