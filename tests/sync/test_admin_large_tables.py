"""Lists of tables that hold millions of rows: they count nothing, skip nothing, and ask a fixed number of questions."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enforcement.models import Inspection
from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from monitoring.models import (
    EsmrLocation,
    EsmrReport,
    EsmrSample,
    Parameter,
    SmartsLocation,
    SmartsReport,
    SmartsSample,
)
from stormwater.admin import large_tables
from stormwater.admin.large_tables import LargeTableAdmin, size_in_words
from sync.models import DataQualityIssue, QuarantinedRow, RawFile, RecordChange, Run
from violations.models import RegulatoryViolation

pytestmark = pytest.mark.django_db

LARGE = [
    EsmrSample,
    SmartsSample,
    EsmrReport,
    EsmrLocation,
    SmartsReport,
    SmartsLocation,
    Parameter,
    DataQualityIssue,
    QuarantinedRow,
    RecordChange,
    RawFile,
    Run,
    Facility,
    SmartsEnrollment,
    EsmrFacility,
    RegulatoryViolation,
    Inspection,
]
COUNTING = re.compile(r"\bcount\(| OFFSET ", re.IGNORECASE)
FILTERS = {
    DataQualityIssue: {"code": "not_a_date"},
    QuarantinedRow: {"resource": "smarts_violations"},
    RecordChange: {"field": "status"},
    Run: {"status__exact": "published"},
}


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def load(publisher, rows):
    """`rows` of everything; those of the violations bring issues, quarantined rows and changes."""
    publisher.load("smarts_industrial_facilities", *[{} for _ in range(rows)])
    publisher.load("smarts_inspections", *[{} for _ in range(rows)])
    for status in ("Potential", "Violation", "Dismissed"):
        good = [{"VIOLATION_STATUS": status, "OCCURRENCE_DATE": "soon"} for _ in range(rows)]
        publisher.load("smarts_violations", *good, *[{"VIOLATION_ID": "NA"} for _ in range(rows)])
    numbers = [str(number) for number in range(rows)]
    publisher.load(
        "smarts_industrial_monitoring",
        *[{"RESULT": n, "REPORT_ID": n, "MONITORING_LOCATION_NAME": n, "PARAMETER": n} for n in numbers],
    )
    publisher.load(
        "esmr:2023",
        *[{"location": n, "report_name": n, "parameter": n, "facility_place_id": str(1000 + int(n))} for n in numbers],
    )


def queries_of(client, address, params=None):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(address, params or {})
    assert response.status_code == 200
    return response, [query["sql"] for query in captured]


def test_lists_count_nothing_and_skip_nothing(publisher, admin_client, monkeypatch):
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", 2)
    load(publisher, 3)
    for model in LARGE:
        asked = [{}, {"q": "1001"}, {"p": "2"}, {"all": ""}, {"_facets": "True"}, {"o": "2"}, FILTERS.get(model, {})]
        for params in asked:
            response, queries = queries_of(admin_client, list_of(model), params)
            assert not [sql for sql in queries if COUNTING.search(sql)], (model, params)
            assert len(response.context["cl"].result_list) <= 2
        _, queries = queries_of(admin_client, list_of(model))
        table = model._meta.db_table
        (page_query,) = [sql for sql in queries if f' FROM "{table}"' in sql]
        assert re.search(rf'ORDER BY "{table}"\."[a-z_]+" (DESC|ASC) LIMIT 3$', page_query), page_query


def test_number_of_queries_does_not_grow_with_rows(publisher, admin_client):
    load(publisher, 2)
    for model in LARGE:
        admin_client.get(list_of(model))  # content types and the like are remembered from here on
    few = {model: len(queries_of(admin_client, list_of(model))[1]) for model in LARGE}
    load(publisher, 12)
    for model in LARGE:
        response, queries = queries_of(admin_client, list_of(model))
        assert len(response.context["cl"].result_list) > 2, model
        assert len(queries) <= few[model], model


def test_dataset_page_asks_the_same_however_many_resources(publisher, admin_client):
    address = reverse("admin:sync_dataset_changelist")
    publisher.load("esmr:2022", {})
    admin_client.get(address)
    _, few = queries_of(admin_client, address)
    for year in (2020, 2021, 2023):
        publisher.load(f"esmr:{year}", {})
    _, many = queries_of(admin_client, address)
    assert len(many) == len(few)


def test_next_and_previous_reach_every_row_once(publisher, admin_client, monkeypatch):
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", 2)
    publisher.load("smarts_inspections", *[{} for _ in range(5)])
    keys = list(Inspection.objects.order_by("-pk").values_list("pk", flat=True))
    address, forth = list_of(Inspection), []
    link = "?"
    while link:
        changes = admin_client.get(address + link).context["cl"]
        forth.append([obj.pk for obj in changes.result_list])
        last, link = link, changes.next_link
    assert forth == [keys[0:2], keys[2:4], keys[4:5]]
    back, link = [], last
    while link:
        changes = admin_client.get(address + link).context["cl"]
        back.append([obj.pk for obj in changes.result_list])
        link = changes.previous_link
    assert back == forth[::-1]
    assert changes.first_link == ""


def test_nonsense_for_a_page_is_the_first_page(publisher, admin_client):
    publisher.load("smarts_inspections", {}, {})
    for nonsense in ("after-", "after-x", "before-1e9", "sideways-3", "-1", "after-99999999999999999999999"):
        assert len(admin_client.get(list_of(Inspection), {"p": nonsense}).context["cl"].result_list) == 2, nonsense


def test_size_is_an_estimate_and_says_so(publisher, admin_client, monkeypatch):
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", 2)
    monkeypatch.setattr(large_tables, "estimated_rows", lambda _model: 5_512_345)
    publisher.load("smarts_inspections", *[{} for _ in range(3)])
    page = admin_client.get(list_of(Inspection)).content.decode()
    assert "About 5.5 million rows in the whole table, by the database&#x27;s estimate." in page
    # Of a narrowed list nobody knows the size without counting.
    assert "About" not in admin_client.get(list_of(Inspection), {"q": "600001"}).content.decode()


def test_estimate_comes_from_the_planner(publisher):
    publisher.load("smarts_inspections", *[{} for _ in range(3)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE enforcement_inspection")
    assert large_tables.estimated_rows(Inspection) == 3


@pytest.mark.parametrize(
    "rows, words",
    [
        (None, "has not estimated"),
        (0, "About 0 rows"),
        (42, "About 42 rows"),
        (12_345, "About 12,000 rows"),
        (5_512_345, "About 5.5 million rows"),
        (13_499_999, "About 13.0 million rows"),
    ],
)
def test_size_in_words(rows, words):
    assert words in size_in_words(rows)
