"""A publish raises the data versions of what it has written, with the data, and of nothing else."""

import pytest
from django.db import connection, transaction

from stormwater.api.families import Family
from stormwater.api.models import DataVersion
from stormwater.api.selectors import get_data_versions
from stormwater.api.services import bump_data_versions
from sync.contracts import CONTRACTS

pytestmark = pytest.mark.django_db

INDUSTRIAL, ESMR = "smarts_industrial_facilities", "esmr:2023"
TOUCHED = {
    INDUSTRIAL: {Family.FACILITIES},
    "smarts_construction_facilities": {Family.FACILITIES},
    "smarts_inspections": {Family.ENFORCEMENT},
    "smarts_violations": {Family.VIOLATIONS},
    "smarts_enforcement_actions": {Family.ENFORCEMENT},
    "smarts_industrial_monitoring": {Family.MONITORING},
    "smarts_construction_monitoring": {Family.MONITORING},
    ESMR: {Family.MONITORING, Family.FACILITIES},
}


def versions():
    return {Family(row.family): row.version for row in DataVersion.objects.all()}


@pytest.mark.parametrize("resource", TOUCHED)
def test_a_publish_raises_the_versions_of_what_it_has_written(publisher, resource):
    publisher.load(resource, {})
    assert versions() == dict.fromkeys(TOUCHED[resource], 1)


def test_every_contract_is_covered():
    assert {resource.partition(":")[0] for resource in TOUCHED} == set(CONTRACTS)


@pytest.mark.parametrize("resource", TOUCHED)
def test_an_unchanged_file_raises_nothing_however_it_is_loaded(publisher, resource):
    publisher.load(resource, {})
    before = versions()
    assert publisher.sync(resource).status == "unchanged"
    assert publisher.sync(resource, force=True).status == "published"
    assert versions() == before


@pytest.mark.parametrize("resource", TOUCHED)
def test_a_changed_row_raises_them_again(publisher, resource):
    publisher.load(resource, {})
    column = {"esmr": "result"}.get(resource.partition(":")[0])
    if column is None:
        column = "RESULT" if "monitoring" in resource else "PERMIT_TYPE"
    publisher.load(resource, {column: "7"})
    assert versions() == dict.fromkeys(TOUCHED[resource], 2)


def test_a_row_that_is_gone_raises_them(publisher):
    rows = [{"VIOLATION_ID": str(number)} for number in range(20)]
    publisher.load("smarts_violations", *rows)
    publisher.load("smarts_violations", *rows[1:])
    assert versions() == {Family.VIOLATIONS: 2}


def test_another_superseded_certification_raises_them_though_no_count_tells(publisher):
    ids = {"APP_ID": "1", "WDID": "4 19I000001"}
    current = ids | {"STATUS": "Active"}
    publisher.load(INDUSTRIAL, current, ids | {"STATUS": "Terminated"})
    publisher.load(INDUSTRIAL, current, ids | {"STATUS": "Expired"})
    assert versions() == {Family.FACILITIES: 2}


def test_a_held_run_raises_nothing(publisher):
    publisher.publish("smarts_violations")
    assert publisher.sync("smarts_violations").status == "held"
    assert versions() == {}


def test_a_dry_run_raises_nothing(publisher):
    publisher.publish("smarts_violations", {})
    publisher.sync("smarts_violations", is_dry_run=True)
    assert versions() == {}


def test_the_version_is_part_of_the_transaction_of_the_data(publisher):
    with transaction.atomic():
        bump_data_versions(families=[Family.VIOLATIONS])
        transaction.set_rollback(True)
    assert versions() == {}


def test_no_family_is_no_write():
    with connection.execute_wrapper(lambda *_: pytest.fail("a query")):
        bump_data_versions(families=[])


def test_the_label_names_the_families_asked_for_and_the_youngest_change():
    assert get_data_versions([Family.VIOLATIONS, Family.ENFORCEMENT]).label == "enforcement-0.violations-0"
    assert get_data_versions([Family.VIOLATIONS]).changed_at is None
    bump_data_versions(families=[Family.VIOLATIONS])
    bump_data_versions(families=[Family.ENFORCEMENT, Family.VIOLATIONS])
    found = get_data_versions([Family.VIOLATIONS, Family.ENFORCEMENT])
    assert found.label == "enforcement-1.violations-2"
    assert found.changed_at == DataVersion.objects.get(family="violations").changed_at
