"""A directory of downloaded files as a source: `manage.py sync --from DIR`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sync.contracts.base import DatasetContract
from sync.sources.base import (
    FetchedFile,
    Plan,
    PlannedFile,
    Progress,
    Validators,
    no_progress,
    resource_name,
)
from sync.sources.errors import SourceError
from sync.sources.file_names import FileNames, RecognisedName
from sync.sources.opening import read_content, require_data
from sync.sources.requested import DatasetRequest, parse_requests


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    name: RecognisedName

    @property
    def resource(self) -> str:
        return resource_name(self.name.dataset, self.name.year)

    @property
    def rank(self) -> tuple[date, bool, str]:
        """Orders the files of one resource, the best last: newest date, then plain, then name."""
        return (self.name.published_on or date.min, not self.name.is_compressed, self.path.name)


class DirectorySource:
    """The files at the top level of one directory that are named like the portal's.

    All sampling years that are there are taken: the limit to recent years is the portal's.
    """

    kind = "directory"

    def __init__(self, directory: Path, contracts: Mapping[str, DatasetContract]) -> None:
        self._directory = directory
        self._contracts = contracts
        self._names = FileNames(contracts.values())

    def plan(self, requests: Sequence[str] = (), *, all_years: bool = False) -> Plan:
        """Choose the newest file of each requested resource, of all years that are there.

        Raises SourceError if the directory cannot be read or holds no file of any dataset.
        """
        wanted = parse_requests(requests, self._contracts)
        found, ignored = self._look()
        if not found:
            raise SourceError(self._nothing_recognised(ignored))
        best: dict[str, _Found] = {}
        for file in sorted(found, key=lambda file: file.rank):
            best[file.resource] = file
        chosen: list[_Found] = []
        absent: list[str] = []
        for request in wanted:
            files, missing = _choose(request, best)
            chosen += files
            absent += missing
        return Plan(
            files=tuple(_planned(file) for file in chosen),
            absent=tuple(absent),
            ignored=tuple(sorted(ignored)),
            superseded=tuple(sorted(file.path.name for file in found if best[file.resource] is not file)),
        )

    def fetch(
        self,
        planned: PlannedFile,
        previous: Validators | None = None,
        on_bytes: Progress = no_progress,
    ) -> FetchedFile:
        """Read the file once, for its hash and to be sure that all of it can be read.

        `previous` saves nothing here: a file's time stamp proves nothing about its content.

        Raises SourceError if it cannot, DamagedFile if it is no data.
        """
        path = Path(planned.location)
        total = None if path.suffix.lower() in {".gz", ".zip"} else planned.size
        content = read_content(path, on_bytes, total)
        require_data(content, planned.file_name)
        return FetchedFile(planned, path, content.sha256, content.size)

    def _look(self) -> tuple[list[_Found], list[str]]:
        try:
            # is_file is false for pipes and devices, which would hang on opening.
            files = [entry for entry in self._directory.iterdir() if not entry.name.startswith(".") and entry.is_file()]
        except NotADirectoryError as error:
            raise SourceError(f"{self._directory} is not a directory.") from error
        except FileNotFoundError as error:
            raise SourceError(f"There is no directory {self._directory}.") from error
        except OSError as error:
            raise SourceError(f"{self._directory} cannot be read: {error.strerror}.") from error
        found: list[_Found] = []
        ignored: list[str] = []
        for path in files:
            name = self._names.recognise(path.name)
            if name is None:
                ignored.append(path.name)
            else:
                found.append(_Found(path, name))
        return found, ignored

    def _nothing_recognised(self, ignored: Sequence[str]) -> str:
        shown = sorted(ignored)[:3]
        others = f" ({', '.join(shown)}{', ...' if len(ignored) > len(shown) else ''})" if shown else ""
        example = "such as violations_2025-08-15.csv"
        return f"No file in {self._directory} is named like one of the portal's, {example}{others}."


def _choose(request: DatasetRequest, best: Mapping[str, _Found]) -> tuple[list[_Found], list[str]]:
    """List the files for one request in the order of their years, and the resources without one."""
    slug = request.contract.slug
    of_dataset = [file for file in best.values() if file.name.dataset == slug]
    wanted_years = set(request.years)
    files = [file for file in of_dataset if request.is_whole or file.name.year in wanted_years]
    files.sort(key=lambda file: file.name.year or 0)
    missing = [resource_name(slug, year) for year in request.years if resource_name(slug, year) not in best]
    if request.is_whole and not files:
        missing.insert(0, slug)
    return files, missing


def _planned(file: _Found) -> PlannedFile:
    try:
        size = file.path.stat().st_size
    except OSError:  # gone since it was listed: fetch says so
        size = None
    return PlannedFile(
        resource=file.resource,
        dataset=file.name.dataset,
        year=file.name.year,
        file_name=file.path.name,
        location=str(file.path),
        published_on=file.name.published_on,
        size=size,
    )
