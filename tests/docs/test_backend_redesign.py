"""The architecture document is true of the code: its tables of tables, models, contracts and indexes."""

import re

import pytest
from django.db.models import F, UniqueConstraint

from sync.contracts import CONTRACTS
from sync.models import Run
from tests.docs.pages import DOCS, MODELS, ROOT, in_backticks, part_below, rows_below

TEXT = (DOCS / "architecture" / "BACKEND_REDESIGN.md").read_text()
HEADINGS = [
    "1. Schema Migration Impact",
    "2. API Endpoint Specification",
    "3. Service Layer Design",
    "4. Data Flow Diagrams",
    "5. Performance Strategy",
    "6. Code Structure",
]
# The tables of the earlier design, in the order of its listing.
EARLIER_TABLES = [
    *("User", "Facility", "Sample", "ViolationEvent", "ViolationSample", "Subscription", "Alert", "Provenance"),
    *("ConfigPollutant", "PollutantBenchmark", "ESMRRegion", "ESMRFacility", "ESMRLocation", "ESMRParameter"),
    *("ESMRAnalyticalMethod", "ESMRSample", "ESMRImport", "ESMRImportError", "SMARTSFacility", "SMARTSViolation"),
    *("SMARTSEnforcementAction", "SMARTSInspection", "SMARTSInspectionViolationLink", "SMARTSMonitoringReport"),
    *("SMARTSMonitoringSample", "SMARTSImportLog", "FacilityLink", "DataQualityIssue", "GeocodeCache"),
]


def test_it_has_the_six_sections_in_order():
    assert re.findall(r"^## (.+)$", TEXT, re.MULTILINE) == HEADINGS


def test_every_table_of_the_earlier_design_has_its_row():
    assert [row[0] for row in rows_below(TEXT, "What became of each earlier table")] == EARLIER_TABLES


def test_what_an_earlier_table_became_is_a_model_or_none_at_all():
    known = {model.__name__ for model in MODELS} | {"Django's own user model", "none"}
    for earlier, ours, *_ in rows_below(TEXT, "What became of each earlier table"):
        assert set(ours.replace("`", "").split(", ")) <= known, earlier


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_is_named_and_drawn(model):
    assert model.__name__ in in_backticks(TEXT)
    assert re.search(rf"(?<!\w){model.__name__}(?!\w)", part_below(TEXT, "Entity relationships"))


def columns_of(index):
    """The columns of an index, also those inside its expressions, in their order."""
    names = [name.lstrip("-") for name in index.fields]
    waiting = list(index.expressions)
    while waiting:
        expression = waiting.pop(0)
        if isinstance(expression, F):
            names.append(str(expression.name))  # type: ignore[attr-defined]  # that of the column
        waiting[:0] = [part for part in getattr(expression, "source_expressions", ()) if part is not None]
    return names


def test_the_index_table_lists_exactly_the_indexes_that_models_name():
    named = {}
    for model in MODELS:
        for index in model._meta.indexes:
            named[index.name] = (model.__name__, columns_of(index))
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                named[constraint.name] = (model.__name__, list(constraint.fields))

    listed = {}
    for index, table, columns, _serves in rows_below(TEXT, "Indexes"):
        before_remarks = re.split(r" \(|, where", columns)[0].replace(" descending", "")
        listed[index.strip("`")] = (table.strip("`"), before_remarks.split(", "))

    assert listed == named


def test_every_index_says_what_it_serves():
    assert [row[0] for row in rows_below(TEXT, "Indexes") if len(row[3].split()) < 2] == []


def test_the_contracts_are_listed_in_the_order_of_loading_as_they_are():
    rows = rows_below(TEXT, "The eight contracts")
    assert [row[0].strip("`") for row in rows] == list(CONTRACTS)
    for name, shape, _key, tables, cadence in rows:
        contract = CONTRACTS[name.strip("`")]
        assert shape == contract.shape.value
        assert in_backticks(tables) == {label.split(".")[1] for label in (contract.target, contract.detail) if label}
        assert cadence == {1: "daily", 7: "weekly"}[contract.cadence.sync_every.days]


def test_the_states_of_a_run_are_drawn():
    diagram = part_below(TEXT, "States of a run")
    assert [status for status in Run.Status.values if f" {status} " not in diagram] == []


def test_services_are_where_the_table_says():
    for services, module, _does in rows_below(TEXT, "3. Service Layer Design"):
        source = (ROOT / module.strip("`")).read_text()
        assert [name for name in in_backticks(services) if f"\ndef {name}(" not in source] == []
