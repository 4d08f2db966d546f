"""What a caller asks a source for: names such as `smarts_violations`, `esmr` or `esmr:2024`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sync.contracts.base import DatasetContract
from sync.sources.errors import SourceError


@dataclass(frozen=True, slots=True)
class DatasetRequest:
    """One dataset that is wanted: as a whole, or only the named sampling years, or both."""

    contract: DatasetContract
    is_whole: bool
    years: tuple[int, ...]  # named one by one, ascending


def parse_requests(names: Sequence[str], contracts: Mapping[str, DatasetContract]) -> tuple[DatasetRequest, ...]:
    """Read the names, each dataset once and in the order of the contracts; no name means all.

    Raises SourceError for a dataset nobody knows, and for a year where there are none.
    """
    wholes: set[str] = set()
    years: dict[str, set[int]] = {}
    for name in names:
        slug, colon, year = name.strip().partition(":")
        if slug not in contracts:
            raise SourceError(_unknown(slug, contracts))
        if not colon:
            wholes.add(slug)
        elif not contracts[slug].is_yearly:
            raise SourceError(f"{slug} has no years: ask for it as {slug}, not {name}.")
        elif not (len(year) == 4 and year.isascii() and year.isdigit()):
            raise SourceError(f"{name} names no year: write it like {slug}:2024.")
        else:
            years.setdefault(slug, set()).add(int(year))
    return tuple(
        DatasetRequest(contract, not names or slug in wholes, tuple(sorted(years.get(slug, ()))))
        for slug, contract in contracts.items()
        if not names or slug in wholes or slug in years
    )


def _unknown(slug: str, contracts: Mapping[str, DatasetContract]) -> str:
    close = get_close_matches(slug, contracts, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the datasets are {', '.join(contracts)}."
    return f"There is no dataset {slug!r}: {hint}"
