"""Reading the portal's file names: which dataset, which sampling year, exported on which day.

The names are `violations_2025-08-15.csv` or `esmr-analytical-export_year-2024_2026-10-01.csv`.
People who keep such files change the case, write spaces for underscores, shorten or drop the date
and compress the file; all of that is recognised, and nothing else is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sync.contracts.base import DatasetContract

# Year first, with or without separators, or the American order that spreadsheets write.
_DATE = r"(?P<date>\d{4}[-_.]?\d{2}[-_.]?\d{2}|\d{2}[-_.]\d{2}[-_.]\d{4})"
_ENDING = r"(?P<ending>\.csv|\.csv\.gz|\.csv\.zip|\.gz|\.zip)"
_YEAR = r"(?P<year>(?:19|20)\d{2})"


@dataclass(frozen=True, slots=True)
class RecognisedName:
    """What a file name says about the file."""

    dataset: str
    year: int | None  # sampling year, where every year is a resource of its own
    published_on: date | None
    is_compressed: bool


class FileNames:
    """The file names of a set of contracts."""

    def __init__(self, contracts: Iterable[DatasetContract]) -> None:
        self._patterns = {
            contract.slug: re.compile(f"{_stem_pattern(contract)}(?:[-_.]{_DATE})?{_ENDING}") for contract in contracts
        }

    def recognise(self, name: str) -> RecognisedName | None:
        """Read a bare file name; None if it is no name of the portal's."""
        spelling = _spelling(name)
        for dataset, pattern in self._patterns.items():
            found = pattern.fullmatch(spelling)
            if found is None:
                continue
            parts = found.groupdict()
            published_on = None
            if parts["date"] is not None:
                published_on = _day(parts["date"])
                if published_on is None:  # 31 February: this is no date, so not the portal's name
                    return None
            year = parts.get("year")
            return RecognisedName(
                dataset,
                None if year is None else int(year),
                published_on,
                is_compressed=parts["ending"] != ".csv",
            )
        return None


def year_in_title(contract: DatasetContract, title: str) -> int | None:
    """Read the sampling year from the title of a CKAN resource, "... - Analytical Export - Year 2024".

    None for other exports of the same package, and for those that hold several years.
    """
    words = set(re.findall(r"[a-z0-9]+", title.casefold()))
    stem, _, _ = contract.file_stem.partition("{year}")
    if not set(re.findall(r"[a-z0-9]+", stem.casefold())) <= words:
        return None
    years = re.findall(rf"\byear[\s_-]*{_YEAR}(?![\d-])", title.casefold())
    return int(years[0]) if len(years) == 1 else None


def _stem_pattern(contract: DatasetContract) -> str:
    before, year, after = _spelling(contract.file_stem).partition("{year}")
    return re.escape(before) + (_YEAR if year else "") + re.escape(after)


def _spelling(name: str) -> str:
    return re.sub(r"[\s_]+", "_", name.strip().lower())


def _day(text: str) -> date | None:
    digits = re.sub(r"\D", "", text)
    if not re.match(r"\d{4}", text):
        digits = digits[4:] + digits[:4]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
