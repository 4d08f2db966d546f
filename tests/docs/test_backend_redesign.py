"""The architecture document is true of the code: its tables of tables, models, contracts and indexes."""

import re

import pytest
from django.db.models import F, UniqueConstraint
from drf_spectacular.generators import SchemaGenerator

from stormwater.api.caching import Tier
from stormwater.api.filters import Lookup
from stormwater.overview import urls
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
        waiting[:0] = [part for part in getattr(expression, "get_source_expressions", tuple)() if part is not None]
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


def api_patterns():
    """Every documented address of the API with its view, once: without the ones with a slash at the end."""
    for pattern in urls.urlpatterns:
        if not str(pattern.name).endswith("_slash") and pattern.name != "api_unknown":
            yield "/api/" + re.sub(r"<\w+:\w+>", "{}", str(pattern.pattern)), pattern.callback.cls  # type: ignore[attr-defined]  # a view of REST framework


def listings():
    """Every list of the API, staff's too."""
    return {view.listing.name: view.listing for _, view in api_patterns() if getattr(view, "listing", None)}


def test_the_inventory_has_every_address_and_the_module_that_declares_it():
    inventory: dict[str, str] = {}
    for paths, _what, _against, modules in rows_below(TEXT, "2. API Endpoint Specification"):
        source = "".join((ROOT / module).read_text() for module in in_backticks(modules))
        inventory |= {re.sub(r"{\w+}", "{}", path): source for path in in_backticks(paths)}
    served = dict(api_patterns())
    rows_of_lists = {path for path, view in served.items() if getattr(view, "listing", None) and path.endswith("/{}")}

    assert set(inventory) - set(served) == set()
    assert set(served) - set(inventory) <= rows_of_lists
    for path, source in inventory.items():
        listing = getattr(served[path], "listing", None)
        assert (f'path="{listing.path}"' if listing else served[path].__name__) in source, path


def test_every_list_has_the_parameters_that_the_table_names():
    marks = {(): "", (Lookup.IN,): "+", (Lookup.GTE, Lookup.LTE): "="}
    expected = {}
    for listing in listings().values():
        filters = [declared.name + marks.get(tuple(declared.lookups[1:]), "<>") for declared in listing.filters]
        more = [name for name, has in (("search", listing.search), ("place", listing.point)) if has]
        more += [f"include={include.name}" for include in listing.includes]
        path = "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", listing.path)
        expected[path] = (set(filters), set(listing.ordering_of), set(more))

    listed = {
        path.strip("`"): (in_backticks(filters), in_backticks(orders), in_backticks(more))
        for path, filters, orders, more in rows_below(TEXT, "Parameters of each list")
    }
    assert listed == expected


def members(schema, components):
    if "$ref" in schema:
        schema = components[schema["$ref"].split("/")[-1]]
    return set(schema.get("properties", ()))


def test_answers_have_the_members_that_the_table_names():
    document = SchemaGenerator().get_schema(request=None, public=True)
    components = document["components"]["schemas"]
    rows = {answer.strip("`"): text for answer, text in rows_below(TEXT, "Shapes of answers")}
    known = {"any error": components["Problem"], "meta": components["Meta"]}
    for answer, text in rows.items():
        if answer.startswith("/api/"):
            operation = next(iter(document["paths"][answer].values()))
            success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
            known[answer] = success["content"]["application/json"]["schema"]
        if answer not in known:
            continue
        given, _, returned = text.rpartition(": ")
        if given:
            body = next(iter(operation["requestBody"]["content"].values()))["schema"]
            assert in_backticks(given) == members(body, components), answer
        top_level = in_backticks(re.sub(r" \([^)]*\)", "", returned))
        assert top_level == members(known[answer], components), answer
    singular = {path for path, view in api_patterns() if not getattr(view, "listing", None)}
    described = {re.sub(r"{\w+}", "{}", answer) for answer in rows}
    plain = {"/api/", "/api/datasets", "/api/schema", "/api/docs", "/api/health/ready", "/api/health/live"}
    assert singular - described == plain


def test_reading_bodies_is_for_staff_alone():
    document = SchemaGenerator().get_schema(request=None, public=True)
    writing = {path for path, operations in document["paths"].items() if set(operations) - {"get", "parameters"}}
    assert {path for path in writing if not path.startswith("/api/staff/")} == set()


def test_what_is_kept_is_kept_as_long_as_the_table_says():
    words = {Tier.HOT: "5 minutes", Tier.WARM: "1 hour", Tier.UNCACHED: "not kept"}
    listed = {
        path: kept for answers, kept, *_ in rows_below(TEXT, "Real-time or cached") for path in in_backticks(answers)
    }
    for path, view in api_patterns():
        listing, tier = getattr(view, "listing", None), getattr(view, "tier", None)
        if tier is None or (listing and listing.is_for_staff):
            continue
        address = re.sub(r"/{}$", "", path) if listing else path.replace("{}", "{id}")
        assert listed.get(address, "5 minutes") == words[tier], path
