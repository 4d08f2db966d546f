"""The measurements of the sync: what they are held against."""

import pytest
from django.apps import apps
from django.db import connection

from stormwater.bench.emptying import empty_database
from sync.bench import synced_files
from sync.contracts import CONTRACTS

APPS = {"facilities", "monitoring", "violations", "enforcement", "sync"}


def test_a_world_is_held_against_the_copy_of_every_file_that_a_sync_reads(tmp_path):
    names = {
        f"{contract.file_stem.format(year=year)}_2026-05-04.csv"
        for contract in CONTRACTS.values()
        for year in ([2024, 2025] if contract.is_yearly else [None])
    }
    for name in (*names, "crosswalk.csv", "manifest.json"):
        (tmp_path / name).touch()
    assert len(names) == 9
    assert {path.name for path in synced_files(tmp_path)} == names


@pytest.mark.django_db
def test_a_measurement_begins_with_a_database_that_has_never_seen_a_file(publisher):
    def rows():
        models = [model for model in apps.get_models() if model._meta.app_label in APPS and model._meta.managed]
        return {model._meta.label: model._default_manager.count() for model in models}

    before = rows()
    for resource in ("smarts_industrial_facilities", "smarts_industrial_monitoring", "esmr:2024"):
        publisher.load(resource, {}, {"nonsense": "1"})
    publisher.publish("esmr:2024", {"result": "many"})
    assert publisher.sync("esmr:2024").issues == 1
    assert rows() != before

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the test is one transaction
    empty_database()
    assert {label: number for label, number in rows().items() if number > before[label]} == {}
