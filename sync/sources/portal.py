"""The open data portal as a source: CKAN says where the files are, HTTP brings them."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sync.contracts.base import DatasetContract
from sync.sources.backoff import Backoff
from sync.sources.base import (
    RECENT_YEARS,
    FetchedFile,
    Plan,
    PlannedFile,
    Progress,
    Unresolved,
    Validators,
    no_progress,
    resource_name,
)
from sync.sources.ckan import Ckan, CkanResource
from sync.sources.download import Download
from sync.sources.errors import DamagedFile, NotPublishedError, PortalUnreachableError, SourceError
from sync.sources.file_names import FileNames, year_in_title
from sync.sources.opening import Content, read_content, require_data
from sync.sources.part_file import PartFile
from sync.sources.requested import DatasetRequest, parse_requests
from sync.sources.transport import Transport


class PortalSource:
    """The files a CKAN portal publishes for a set of contracts.

    `user_agent` names the project and a contact. Downloads are kept in `download_dir`, unfinished
    ones too, to be continued the next time; finished ones are the caller's to remove.
    """

    kind = "portal"

    def __init__(
        self,
        base_url: str,
        contracts: Mapping[str, DatasetContract],
        download_dir: Path,
        *,
        user_agent: str,
        backoff: Backoff | None = None,
        transport: Transport | None = None,
    ) -> None:
        """Raise SourceError if `base_url` is no http or https address."""
        self._contracts = contracts
        self._names = FileNames(contracts.values())
        self._download_dir = download_dir
        self._backoff = backoff or Backoff()
        self._transport = transport or Transport(user_agent)
        self._ckan = Ckan(base_url, self._transport, self._backoff)

    def plan(self, requests: Sequence[str] = (), *, all_years: bool = False) -> Plan:
        """Ask the portal where the requested files are now.

        Where every year is a resource of its own, the five newest are taken, or all, and those
        that are named in any case. A resource that the portal cannot tell about is `unresolved`
        and does not keep the others from being planned. Raises PortalUnreachableError if the portal
        does not answer at all.
        """
        files: list[PlannedFile] = []
        absent: list[str] = []
        unresolved: list[Unresolved] = []
        for request in parse_requests(requests, self._contracts):
            contract = request.contract
            try:
                if contract.is_yearly:
                    found, missing = self._plan_years(request, all_years=all_years)
                    files += found
                    absent += missing
                else:
                    files.append(_planned(contract, None, self._names, self._ckan.resource(contract.resource_id)))
            except PortalUnreachableError:
                raise
            except SourceError as error:
                unresolved += [Unresolved(resource, contract.slug, error) for resource in _resources(request)]
        return Plan(tuple(files), tuple(absent), unresolved=tuple(unresolved))

    def fetch(
        self,
        planned: PlannedFile,
        previous: Validators | None = None,
        on_bytes: Progress = no_progress,
    ) -> FetchedFile:
        """Download the file, or learn that it is still the one of `previous`.

        Raises TransportError after the last try (what arrived is continued next time where that
        is safe), DamagedFile for an error page, an empty file or a broken archive.
        """
        name = planned.resource.replace(":", "-")
        part = PartFile(self._download_dir, name)
        with part.held():
            download = Download(self._transport, planned.location, part, previous=previous, on_bytes=on_bytes)
            received = self._backoff.run(download.attempt)
            if received.not_modified:
                assert previous is not None  # noqa: S101 - without it nothing conditional was asked
                return FetchedFile(
                    planned,
                    previous.path,
                    previous.sha256,
                    previous.size,
                    received.etag or previous.etag,
                    received.last_modified or previous.last_modified,
                    not_modified=True,
                )
            content = _checked_content(part, planned)
            target = self._download_dir / f"{name}.download"
            part.finish(target)
        return FetchedFile(
            planned,
            target,
            content.sha256,
            content.size,
            received.etag,
            received.last_modified,
            temporary=True,
            expected_rows=self._expected_rows(planned),
        )

    def _plan_years(self, request: DatasetRequest, *, all_years: bool) -> tuple[list[PlannedFile], list[str]]:
        contract = request.contract
        published = self._published_years(contract)
        years = set(request.years)
        if request.is_whole:
            known = sorted(published or contract.years)
            years.update(known if all_years else known[-RECENT_YEARS:])
        files: list[PlannedFile] = []
        missing: list[str] = []
        for year in sorted(years):
            resource = published.get(year) or self._hinted(contract, year)
            if resource is None:
                missing.append(resource_name(contract.slug, year))
            else:
                files.append(_planned(contract, year, self._names, resource))
        if request.is_whole and not files:
            raise SourceError(f"The portal lists no yearly file of {contract.slug} in {contract.package}.")
        return files, missing

    def _published_years(self, contract: DatasetContract) -> dict[int, CkanResource]:
        """Find the yearly files of the package; none if the package is gone."""
        try:
            resources = self._ckan.package(contract.package)
        except NotPublishedError:
            return {}  # renamed, perhaps: resource ids outlive that
        years: dict[int, CkanResource] = {}
        for resource in resources:
            year = self._year(contract, resource)
            if year is None:
                continue
            other = years.get(year)
            if other is None or _preference(contract, year, resource) > _preference(contract, year, other):
                years[year] = resource
        return years

    def _year(self, contract: DatasetContract, resource: CkanResource) -> int | None:
        """Tell which sampling year a resource of the package holds; None if it is something else."""
        if not resource.url or not resource.is_active:
            return None
        name = self._names.recognise(resource.file_name)
        if name is not None:
            return name.year if name.dataset == contract.slug else None
        # The address says nothing, as that of a dump. A resource id never changes its meaning.
        by_id = {resource_id: year for year, resource_id in contract.years.items()}
        return by_id.get(resource.id) or year_in_title(contract, resource.title)

    def _hinted(self, contract: DatasetContract, year: int) -> CkanResource | None:
        """Find a year that the package does not list, by the resource id the contract remembers."""
        if year not in contract.years:
            return None
        try:
            resource = self._ckan.resource(contract.years[year])
        except NotPublishedError:
            return None
        return resource if self._year(contract, resource) == year else None

    def _expected_rows(self, planned: PlannedFile) -> int | None:
        """Ask how many rows a dump must have: after it came, for a table that is being filled has grown."""
        if not planned.is_datastore_dump:
            return None
        try:
            return self._ckan.row_count(planned.resource_id)
        except NotPublishedError:
            return None


def _checked_content(part: PartFile, planned: PlannedFile) -> Content:
    try:
        content = read_content(part.path)
        require_data(content, planned.file_name)
    except DamagedFile as error:
        part.discard()  # an error page is nothing to continue
        # The part's own name means nothing to a reader of the run.
        raise DamagedFile(str(error).replace(part.path.name, planned.file_name)) from error
    return content


def _planned(contract: DatasetContract, year: int | None, names: FileNames, resource: CkanResource) -> PlannedFile:
    if not resource.url:
        raise SourceError(f"The portal gives no address for {resource_name(contract.slug, year)}.")
    name = names.recognise(resource.file_name)
    return PlannedFile(
        resource=resource_name(contract.slug, year),
        dataset=contract.slug,
        year=year,
        file_name=resource.file_name,
        location=resource.url,
        published_on=(name.published_on if name else None) or resource.changed_on,
        size=resource.size,
        resource_id=resource.id,
        is_datastore_dump=resource.is_datastore_dump,
    )


def _preference(contract: DatasetContract, year: int, resource: CkanResource) -> tuple[date, bool, str]:
    """Orders resources that claim the same year: the newest, then the one we know, then any."""
    return (resource.changed_on or date.min, resource.id == contract.years.get(year), resource.id)


def _resources(request: DatasetRequest) -> list[str]:
    slug = request.contract.slug
    years = [resource_name(slug, year) for year in request.years]
    return [slug, *years] if request.is_whole else years
