"""Walking any list while a sync publishes: every row that exists throughout comes exactly once, in every order."""

from datetime import date

import pytest
from django.test import override_settings

from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.stormwater.api.conftest import SAMPLES
from tests.stormwater.api.lists import LISTINGS, address_of, path_parts_of
from tests.stormwater.api.test_walks import KEY, keys_of, narrowed
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.django_db, pytest.mark.usefixtures("world")]

# Of every file one record in so many is left out, each time others: some come back when others go.
ONE_IN = 20
# Lists whose rows outlast any such change, or have other sources than these files.
UNTOUCHED = {"esmr_regions", "esmr_facilities", "esmr_locations", "esmr_parameters", "facilities", "indeterminate"}


def records_of(content):
    """The records of a file as they stand there, of which a quoted cell may have line breaks."""
    record = b""
    for line in content.splitlines(keepends=True):
        record += line
        if record.count(b'"') % 2 == 0:
            yield record
            record = b""


def publish(folder, left_out):
    """Publish the sample files without some of their records, and do what follows a publish."""
    folder.mkdir()
    for file in SAMPLES.glob("*.csv"):
        header, *records = records_of(file.read_bytes())
        kept = [record for number, record in enumerate(records) if number % ONE_IN != left_out]
        (folder / file.name).write_bytes(b"".join([header, *kept]))
    with override_settings(DATA_DIR=folder, RAW_DIR=folder / "raw"):
        report = sync_datasets(source=DirectorySource(folder, CONTRACTS))
    assert {run.status for run in report.runs} <= {"published", "absent"}, report.runs
    compute_exceedances(as_of=date(2026, 10, 1))
    refresh_violations()


def orders_of(listing):
    """The orders that a list can be walked in, each with the parameters that it needs."""
    for name in listing.ordering_names:
        is_by_number = name.lstrip("-") == "id"
        needs = narrowed(listing) if not is_by_number else {}
        yield name, needs | {"ordering": name}


def places_of(listing, ordering_name):
    """Key of each row that there is -> where it stands in the order."""
    ordering = listing.ordering_of[ordering_name.lstrip("-")]
    source = listing.field_of[KEY.get(listing.name, "id")].source
    rows = listing.rows(**path_parts_of(listing)).values_list(source, *ordering.parts)
    return {key: tuple(place) for key, *place in rows}


class Walk:
    """A walk through a list in an order, that stops half way."""

    def __init__(self, api, listing, name, asked):
        self.api, self.listing, self.name = api, listing, name
        self.is_of_parameter = "parameter" in asked
        self.before = places_of(listing, name)
        half = max(2, len(self.before) // 2)
        size = max(1, half // 3)
        self.page = api.json(address_of(listing), page_size=min(size, 500), **asked)
        self.found = keys_of(listing, self.page["results"])
        while self.page["next"] and len(self.found) < half:
            self._go_on()

    def _go_on(self):
        self.page = self.api.json(self.page["next"])
        self.found += keys_of(self.listing, self.page["results"])

    def finish(self):
        while self.page["next"]:
            self._go_on()

    def mistakes(self):
        """Rows that came twice, and rows that stayed where they were and did not come."""
        after = places_of(self.listing, self.name)
        throughout = {key for key, place in self.before.items() if after.get(key) == place}
        if self.is_of_parameter:
            throughout &= self._of_parameter()
        return sorted(map(str, throughout - set(self.found))), len(self.found) - len(set(self.found))

    def _of_parameter(self):
        rows = self.listing.rows().filter(parameter__name="pH")
        return set(rows.values_list(self.listing.field_of["id"].source, flat=True))


def test_every_row_that_exists_throughout_comes_exactly_once(api, tmp_path):
    publish(tmp_path / "first", left_out=4)
    walks = [Walk(api, listing, *order) for listing in LISTINGS.values() for order in orders_of(listing)]
    rows_before = {name: set(places_of(listing, "id")) for name, listing in LISTINGS.items()}

    publish(tmp_path / "second", left_out=11)
    for walk in walks:
        walk.finish()

    assert {f"{walk.listing.name} by {walk.name}": walk.mistakes() for walk in walks if any(walk.mistakes())} == {}
    assert len([walk for walk in walks if walk.listing.name == "violations"]) == 4
    rows_after = {name: set(places_of(listing, "id")) for name, listing in LISTINGS.items()}
    unchanged = {name for name in LISTINGS if rows_before[name] == rows_after[name]}
    came = {name for name in LISTINGS if rows_after[name] - rows_before[name]}
    assert unchanged <= UNTOUCHED
    assert {"violations", "smarts_violations", "smarts_monitoring", "esmr_samples"} <= came
