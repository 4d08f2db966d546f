"""The contracts among themselves, and held against the models that they fill."""

import pytest
from django.apps import apps
from django.db import models

from stormwater.fields import is_private
from sync.contracts import CONTRACTS
from sync.contracts.base import DatasetContract, Kind, Part, Shape

every_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)

# How many columns the publisher documents per dataset: a column cannot get lost by an edit.
COLUMNS = {
    "smarts_industrial_facilities": 38,
    "smarts_construction_facilities": 80,
    "smarts_inspections": 35,
    "smarts_violations": 32,
    "smarts_enforcement_actions": 41,
    "smarts_industrial_monitoring": 27,
    "smarts_construction_monitoring": 30,
    "esmr": 29,
}
FIELD_TYPES: dict[Kind, type[models.Field]] = {
    Kind.TEXT: models.TextField,
    Kind.TIME: models.TextField,
    Kind.NUMERIC: models.DecimalField,
    Kind.INTEGER: models.IntegerField,
    Kind.FLAG: models.BooleanField,
    Kind.DATE: models.DateField,
    Kind.ORACLE_TIMESTAMP: models.DateTimeField,
    Kind.LATITUDE: models.FloatField,
    Kind.LONGITUDE: models.FloatField,
}


def model_of(contract: DatasetContract, part: Part) -> type[models.Model]:
    """The model that keeps a part of the contract's columns."""
    if part in {Part.RECORD, Part.SAMPLING}:
        return apps.get_model(contract.target)
    if part is Part.DETAIL:
        return apps.get_model(contract.detail)
    return apps.get_model(next(d.target for d in contract.dimensions if d.part is part))


def test_there_are_eight_datasets_with_all_their_columns():
    assert {slug: len(contract.columns) for slug, contract in CONTRACTS.items()} == COLUMNS


@every_contract
def test_every_column_is_kept_by_a_field_or_dropped_with_a_reason(contract):
    for column in contract.columns:
        if column.dropped:
            assert len(column.dropped) > 10
        else:
            model_of(contract, column.part)._meta.get_field(column.field)


@every_contract
def test_a_field_has_the_type_that_its_column_is_read_as(contract):
    for column in contract.kept_columns:
        field = model_of(contract, column.part)._meta.get_field(column.field)
        assert isinstance(field, FIELD_TYPES[column.kind]), column.name


@every_contract
def test_private_columns_are_marked_private_in_the_database_too(contract):
    for column in contract.kept_columns:
        field = model_of(contract, column.part)._meta.get_field(column.field)
        assert isinstance(field, models.Field)
        assert is_private(field) == column.private, column.name


@every_contract
def test_no_two_columns_fill_one_field_and_no_two_have_one_name(contract):
    places = [(column.part, column.field) for column in contract.kept_columns]
    names = [name.casefold() for column in contract.columns for name in (column.name, *column.aliases)]
    assert len(set(places)) == len(places)
    assert len(set(names)) == len(names)


@every_contract
def test_key_and_required_columns_exist_and_must_be_in_the_file(contract):
    for name in {*contract.key, *(name for group in contract.required for name in group)}:
        assert not contract.column(name).optional
    assert bool(contract.key) == (contract.shape is not Shape.SAMPLES)


@every_contract
def test_datasets_come_after_those_that_they_link_to(contract):
    order = list(CONTRACTS)
    assert all(order.index(earlier) < order.index(contract.slug) for earlier in contract.after)


def test_resources_are_named_by_id_and_never_twice():
    ids = [contract.resource_id for contract in CONTRACTS.values() if not contract.is_yearly]
    ids += [resource_id for contract in CONTRACTS.values() for resource_id in contract.years.values()]
    assert all(len(resource_id) == 36 for resource_id in ids)
    assert len(set(ids)) == len(ids)


def test_unknown_column_names_are_refused():
    with pytest.raises(KeyError, match="has no column NONSENSE"):
        CONTRACTS["esmr"].column("NONSENSE")
