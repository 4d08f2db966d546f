"""Personal contact data never leave: a value is planted in every private column, and every address asked."""

import pytest
from django.apps import apps
from django.db import connection

from facilities.models import EsmrFacility, SmartsEnrollment, SupersededCertification
from monitoring.models import SmartsSample
from stormwater.fields import is_private
from stormwater.overview.urls import urlpatterns
from sync.contracts import CONTRACTS
from sync.contracts.base import Shape
from sync.models import RecordChange, Resource, Run
from tests.stormwater.api.lists import LISTINGS, address_of, every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

PLANTED = "Zebulon Planted"
PRIVATE = [
    (model, field)
    for label in ("facilities", "monitoring", "violations", "enforcement")
    for model in apps.get_app_config(label).get_models()
    for field in model._meta.concrete_fields
    if is_private(field)
]


@pytest.fixture(scope="module", autouse=True)
def _planted(world, django_db_blocker):
    with django_db_blocker.unblock():
        plant()


def plant():
    with connection.cursor() as cursor:
        for model, field in PRIVATE:
            cursor.execute(f'UPDATE {model._meta.db_table} SET "{field.column}" = %s', [f"{PLANTED} {field.name}"])
    private = {field.name for _, field in PRIVATE}
    values = {name: f"{PLANTED} {name}" for name in private} | {"site_name": "Old Name"}
    for enrollment in SmartsEnrollment.objects.all():
        SupersededCertification.objects.create(
            enrollment=enrollment,
            run_id=enrollment.run_id,
            line=1,
            values=values,
            content_hash="00000000-0000-0000-0000-00000000aaaa",
        )
    for slug in CONTRACTS:
        for resource in Resource.objects.filter(dataset=slug):
            run = Run.objects.filter(resource=resource).latest("pk")
            for name in (*sorted(private), "status"):
                RecordChange.objects.create(
                    resource=resource, run=run, kind="updated", record_key="1", field=name,
                    old_value=f"{PLANTED} {name}" if name != "status" else "Active",
                    new_value=f"{PLANTED} {name}" if name != "status" else "Terminated",
                )  # fmt: skip


def content_of(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_there_are_private_columns_and_they_are_planted():
    assert len(PRIVATE) > 15
    assert SmartsEnrollment.objects.first().contact_email.startswith(PLANTED)
    assert SmartsSample.objects.first().qsp_name.startswith(PLANTED)


@pytest.mark.parametrize("listing", **every())
@pytest.mark.parametrize("form", ["json", "csv", "geojson"])
def test_no_list_shows_one(api, listing, form):
    if form not in {known.format for known in listing.formats}:
        return
    options = {"format": form}
    if form != "csv":
        options["page_size"] = "500"
        if listing.includes:
            options["include"] = ",".join(listing.include_of)
    content = content_of(api.get(address_of(listing), **options))
    assert len(content) > 50
    assert PLANTED.encode() not in content


@pytest.mark.parametrize("name", [name for name, listing in LISTINGS.items() if listing.key])
def test_no_row_shows_one(api, name):
    listing = LISTINGS[name]
    for row in api.rows(address_of(listing), page_size=20, fields=listing.key):
        includes = {"include": ",".join(listing.include_of)} if listing.includes else {}
        content = content_of(api.get(f"{address_of(listing)}/{row[listing.key]}", **includes))
        assert PLANTED.encode() not in content


@pytest.mark.parametrize("slug", CONTRACTS)
def test_no_change_shows_one_and_the_others_are_shown(api, slug):
    rows = api.walk(f"/api/datasets/{slug}/changes", page_size=500)
    assert PLANTED not in str([row for row in rows if row["field"] in _private_fields(CONTRACTS[slug])])
    assert not {row["field"] for row in rows} & _private_fields(CONTRACTS[slug])
    if CONTRACTS[slug].shape is not Shape.SAMPLES:
        assert "status" in {row["field"] for row in rows}


def _private_fields(contract):
    models = [apps.get_model(label) for label in (contract.target, contract.detail) if label]
    return {field.name for model in models for field in model._meta.concrete_fields if is_private(field)}


def test_no_other_address_shows_one(api):
    plant, enrollment = EsmrFacility.objects.all()[0], SmartsEnrollment.objects.exclude(wdid=None)[0]
    pair = {"esmr_id": plant.place_id, "wdid": enrollment.wdid, "app_id": enrollment.app_id}
    needed = {"facilities/match": pair, "facilities/match/": pair}
    for pattern in urlpatterns:
        address = str(pattern.pattern)
        is_for_staff = address.startswith("staff/")  # which nobody reaches without a permission
        if "<" not in address and not is_for_staff and pattern.name not in {*LISTINGS, "api_unknown"}:
            assert PLANTED.encode() not in content_of(api.get(f"/api/{address}", **needed.get(address, {})))


@pytest.mark.parametrize("listing", **every())
def test_a_private_column_can_be_neither_selected_nor_filtered_nor_sorted_by(api, listing):
    for name in {field.name for _, field in PRIVATE}:
        assert api.wrong(address_of(listing), fields=name) == ["fields"]
        assert api.wrong(address_of(listing), ordering=name) == ["ordering"]
        assert api.wrong(address_of(listing), **{name: "x"}) == [name]


# What is published and is no field of its own list's rows: kept under another name, or read into one.
ELSEWHERE = {"facility_place_id"}
MODELS = {
    "smarts_facilities": ["SmartsEnrollment", "IndustrialDetail", "ConstructionDetail"],
    "smarts_violations": ["RegulatoryViolation"],
    "smarts_enforcement": ["EnforcementAction"],
    "smarts_inspections": ["Inspection"],
    "smarts_monitoring": ["SmartsSample", "SmartsReport", "SmartsLocation"],
    "esmr_samples": ["EsmrSample", "EsmrReport", "EsmrLocation"],
}


@pytest.mark.parametrize("name", MODELS)
def test_every_public_column_of_the_source_is_shown(name):
    listing = LISTINGS[name]
    models = {model.__name__: model for model in apps.get_models()}
    shown = {str(field.source).rpartition("__")[2] for field in listing.fields}
    for model_name in MODELS[name]:
        for field in models[model_name]._meta.concrete_fields:
            is_published = " as published" in (field.db_comment or "") or "degrees" in (field.db_comment or "")
            if is_published and not is_private(field) and field.name not in ELSEWHERE:
                assert field.name in shown, f"{model_name}.{field.name}"
