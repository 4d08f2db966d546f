"""Filters, searches and places find the rows that they say, and no others."""

from hashlib import sha256

import pytest
from django.db.models import F

from enforcement.models import EnforcementAction, Inspection
from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from facilities.services.crosswalk import import_crosswalk
from monitoring.models import EsmrSample, SmartsSample
from stormwater.api.filters import Lookup
from stormwater.api.places import EARTH_RADIUS_M
from stormwater.api.row_fields import Kind
from tests.stormwater.api.conftest import SAMPLES
from tests.stormwater.api.lists import LISTINGS, address_of, every
from violations.models import InspectionViolation, RegulatoryViolation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def plain_filters(listing):
    """Filters that compare a column of the row's own."""
    shown = {field.source: field.name for field in listing.fields}
    for declared in listing.filters:
        if declared.condition is None and declared.path in shown:
            yield declared, shown[declared.path]


@pytest.mark.parametrize("name", [name for name, listing in LISTINGS.items() if not listing.is_large])
def test_every_comparison_leaves_exactly_the_rows_for_which_it_is_true(api, name):
    listing, address = LISTINGS[name], address_of(LISTINGS[name])
    rows = api.walk(address, page_size=500)
    tested = 0
    for declared, shown in plain_filters(listing):
        values = sorted({row[shown] for row in rows if row[shown] is not None}, key=str)
        if not values:
            continue
        value = values[len(values) // 2]
        compare = {
            Lookup.EXACT: lambda cell, v=value: cell == v,
            Lookup.IN: lambda cell, v=value: cell == v,
            Lookup.GTE: lambda cell, v=value: cell >= v,
            Lookup.LTE: lambda cell, v=value: cell <= v,
            Lookup.GT: lambda cell, v=value: cell > v,
            Lookup.LT: lambda cell, v=value: cell < v,
        }
        text = str(value).lower() if declared.kind is Kind.FLAG else str(value)
        for parameter, lookup in declared.parameters.items():
            if lookup is Lookup.IN and "," in text:
                continue
            expected = [row for row in rows if row[shown] is not None and compare[lookup](row[shown])]
            assert api.walk(address, page_size=500, ordering="id", **{parameter: text}) == expected, (parameter, text)
            tested += 1
    assert tested or not rows or not list(plain_filters(listing))


@pytest.mark.parametrize("listing", **every([name for name in LISTINGS if LISTINGS[name].is_large]))
def test_narrowed_samples_are_those_of_the_database(api, listing):
    date_field = listing.orderings[0].name
    rows = listing.rows().annotate(day=F(date_field))
    value = rows.filter(parameter__name="pH", day__isnull=False).order_by("day")[5].day.isoformat()
    expected = rows.filter(parameter__name="pH", day__gte=value).order_by("day", "pk").values_list("pk", flat=True)
    found = api.walk(address_of(listing), parameter="pH", **{f"{date_field}__gte": value}, page_size=20)
    assert [row["id"] for row in found] == list(expected)


@pytest.mark.parametrize("spelling", ["with its space", "without", "in small letters"])
@pytest.mark.parametrize("name", ["smarts_facilities", "smarts_violations", "smarts_monitoring"])
def test_a_wdid_is_found_however_it_is_written(api, name, spelling):
    listing = LISTINGS[name]
    path = "report__wdid" if listing.is_large else "wdid"
    wdid = listing.rows().filter(**{f"{path}__regex": r"^\d "}).values_list(path, flat=True)[0]
    text = {"with its space": wdid, "without": wdid.replace(" ", ""), "in small letters": wdid.lower()}[spelling]
    expected = listing.rows().filter(**{path: wdid}).count()
    rows = api.walk(address_of(listing), wdid=text, page_size=500)
    assert {row["wdid"] for row in rows} == {wdid}
    assert len(rows) == expected


def test_samples_of_a_facility_place_or_report(api):
    sample = SmartsSample.objects.filter(removed_by=None, enrollment__facility__isnull=False).first()
    facility = sample.enrollment.facility
    of_facility = SmartsSample.objects.filter(removed_by=None, enrollment__facility=facility).count()
    assert len(api.walk("/api/smarts/monitoring", facility=facility.public_id, page_size=500)) == of_facility
    of_report = SmartsSample.objects.filter(removed_by=None, report__report_id=sample.report.report_id).count()
    assert len(api.walk("/api/smarts/monitoring", report_id=sample.report.report_id, page_size=500)) == of_report
    esmr = EsmrSample.objects.filter(removed_by=None).first()
    count = EsmrSample.objects.filter(removed_by=None, esmr_facility=esmr.esmr_facility).count()
    assert len(api.walk("/api/esmr/samples", place_id=esmr.esmr_facility.place_id, page_size=500)) == count


def test_samples_of_a_program_or_year_are_walked_in_their_order(api):
    rows = api.walk("/api/smarts/monitoring", program="construction", page_size=200)
    expected = SmartsSample.objects.filter(removed_by=None, resource__slug="smarts_construction_monitoring")
    assert [row["id"] for row in rows] == list(expected.order_by("pk").values_list("pk", flat=True))
    rows = api.walk("/api/esmr/samples", sampling_year=2023, page_size=200)
    assert {row["sampling_year"] for row in rows} == {2023}
    assert len(rows) == EsmrSample.objects.filter(removed_by=None, resource__slug="esmr:2023").count()


def test_county_by_name_or_number_and_region_with_its_offices(api):
    by_name = api.walk("/api/smarts/violations", county="los angeles", page_size=500)
    assert by_name == api.walk("/api/smarts/violations", county="19", page_size=500)
    expected = RegulatoryViolation.objects.filter(removed_by=None, enrollment__county=19)
    assert {row["id"] for row in by_name} == set(expected.values_list("pk", flat=True))
    assert by_name
    Facility.objects.filter(pk__in=Facility.objects.values("pk")[:2]).update(region="5F")
    of_five = {row["region"] for row in api.walk("/api/facilities", region="5", page_size=500)}
    assert {"5F"} < of_five <= {"5", "5F", "5R", "5S"}
    assert {row["region"] for row in api.walk("/api/facilities", region__in="5S,4", page_size=500)} == {"5S", "4"}


@pytest.mark.parametrize("spaced", [True, False])
def test_a_facility_is_found_by_every_name_and_id_of_its_records(api, spaced):
    enrollment = SmartsEnrollment.objects.filter(wdid__regex=r"^\d ", removed_by=None, facility__isnull=False).first()
    enrollment.operator_name, enrollment.site_address = "Quixotic Holdings 100%", "77 Umbrella_Way"
    enrollment.save()
    expected = enrollment.facility.public_id
    wdid = enrollment.wdid if spaced else enrollment.wdid.replace(" ", "")
    for text in (wdid, enrollment.app_id, "quixotic", "otic hold", "100%", "umbrella_way quix", enrollment.site_name):
        assert expected in [row["id"] for row in api.walk("/api/facilities", search=text, page_size=500)], text
    for text in ("quixotic nowhere", "umbrellaxway", "100_"):
        assert api.rows("/api/facilities", search=text) == []
    plant = EsmrFacility.objects.first()
    found = api.walk("/api/facilities", search=str(plant.place_id), page_size=500)
    assert plant.facility.public_id in [row["id"] for row in found]


def test_a_plant_is_found_by_what_the_ciwqs_list_says_of_it(api, tmp_path):
    plant, other = EsmrFacility.objects.order_by("pk")[:2]
    header = "place_id,name,agency_name,address,city,npdes_number"
    rows = [f"{plant.place_id},Listed WWTP,Zephyr Sanitary District,4 Pelican Ct,Zephyrville,CA0091234"]
    rows += [f"{other.place_id},Other WWTP,Elsewhere District,5 Gull Ct,Zephyrville,CA0095678", "999,None,,,,CA0099999"]
    (tmp_path / "list.csv").write_text("\n".join([header, *rows]) + "\n")
    before = api.get("/api/facilities", search="zephyr sanitary")
    assert before.json()["results"] == []

    import_crosswalk(path=tmp_path / "list.csv")

    facility = plant.facility.public_id
    headers = {"If-None-Match": before["ETag"]}
    assert api.get("/api/facilities", search="zephyr sanitary", headers=headers).status_code == 200
    for text in ("zephyr sanitary", "CA0091234", "listed wwtp", "pelican zephyrville", "0091234"):
        assert [row["id"] for row in api.rows("/api/facilities", search=text)] == [facility], text
        assert [row["place_id"] for row in api.rows("/api/esmr/facilities", search=text)] == [plant.place_id], text
    for number in ("CA0091234", "ca0091234"):
        (row,) = api.rows("/api/facilities", npdes_number=number)
        assert (row["id"], row["npdes_numbers"]) == (facility, ["CA0091234"])
        (row,) = api.rows("/api/esmr/facilities", npdes_number=number)
        assert (row["npdes_number"], row["agency_name"]) == ("CA0091234", "Zephyr Sanitary District")
    assert api.rows("/api/facilities", npdes_number="CA0099999") == []


def test_a_crosswalk_that_says_nothing_new_makes_nothing_stale(api, tmp_path):
    plant = EsmrFacility.objects.order_by("pk")[0]
    (tmp_path / "list.csv").write_text(f"place_id,name\n{plant.place_id},Listed WWTP\n")
    import_crosswalk(path=tmp_path / "list.csv")
    tag = api.get("/api/facilities")["ETag"]
    import_crosswalk(path=tmp_path / "list.csv")
    assert api.get("/api/facilities")["ETag"] == tag


def test_words_of_violations_and_inspections_are_found_in_any_form(api):
    violation = RegulatoryViolation.objects.filter(removed_by=None).first()
    RegulatoryViolation.objects.filter(pk=violation.pk).update(
        description="Discharging turquoise water", memo="Unicorn"
    )
    for text in ("discharge turquoise", '"turquoise water"', "unicorn", "turquoise unicorn", "unicorn OR dragon"):
        assert [row["id"] for row in api.rows("/api/smarts/violations", search=text)] == [violation.pk], text
    assert api.rows("/api/smarts/violations", search="turquoise -water") == []
    Inspection.objects.filter(pk=Inspection.objects.first().pk).update(general_notes="A gryphon was seen")
    assert len(api.rows("/api/inspections", search="gryphons")) == 1


def test_places_in_a_box_and_around_a_point(api):
    facilities = [row for row in api.walk("/api/facilities", page_size=500) if row["latitude"] is not None]
    centre = facilities[0]
    box = (
        f"{centre['longitude'] - 0.5},{centre['latitude'] - 0.5},{centre['longitude'] + 0.5},{centre['latitude'] + 0.5}"
    )
    inside = [
        row
        for row in facilities
        if abs(row["latitude"] - centre["latitude"]) <= 0.5 and abs(row["longitude"] - centre["longitude"]) <= 0.5
    ]
    assert 0 < len(inside) < len(facilities)
    assert api.walk("/api/facilities", bbox=box, page_size=500) == inside
    near = f"{centre['latitude']},{centre['longitude']}"
    for metres in (1, 20_000, 150_000):
        expected = [row["id"] for row in facilities if distance_m(centre, row) <= metres]
        assert [row["id"] for row in api.walk("/api/facilities", near=near, radius_m=metres, page_size=500)] == expected
        assert expected


def distance_m(one, other):
    """By the law of cosines, not by the formula of the code."""
    from math import acos, cos, radians, sin

    a, b = radians(one["latitude"]), radians(other["latitude"])
    angle = sin(a) * sin(b) + cos(a) * cos(b) * cos(radians(one["longitude"] - other["longitude"]))
    return EARTH_RADIUS_M * acos(min(1, angle))


def test_geojson_has_the_rows_as_features_longitude_first(api):
    page = api.json("/api/facilities", format="geojson", page_size=500, fields="name")
    rows = api.rows("/api/facilities", page_size=500)
    assert [feature["id"] for feature in page["features"]] == [row["id"] for row in rows] or page["features"]
    for feature, row in zip(page["features"], rows, strict=True):
        assert feature["properties"] == {"name": row["name"]}
        if row["latitude"] is None:
            assert feature["geometry"] is None
        else:
            assert feature["geometry"]["coordinates"] == [row["longitude"], row["latitude"]]
    one = api.json(f"/api/facilities/{rows[0]['id']}", format="geojson")
    assert one["type"] == "Feature"


def test_a_facility_counts_what_is_published_of_it(api):
    enrollment = SmartsEnrollment.objects.filter(violations__isnull=False, inspections__isnull=False).first()
    facility = enrollment.facility
    row = api.json(f"/api/facilities/{facility.public_id}", include="enrollments,esmr_facilities")
    published = {"removed_by": None, "enrollment__facility": facility}
    assert row["violation_count"] == RegulatoryViolation.objects.filter(**published).count() > 0
    assert row["enforcement_count"] == EnforcementAction.objects.filter(**published).count()
    inspections = Inspection.objects.filter(**published)
    assert row["inspection_count"] == inspections.count() > 0
    days = [day for day in inspections.values_list("inspection_date", flat=True) if day]
    assert row["last_inspection_date"] == max(days).isoformat()
    assert {member["id"] for member in row["enrollments"]} == set(facility.enrollments.values_list("pk", flat=True))
    assert row["enrollment_count"] == len(row["enrollments"])
    RegulatoryViolation.objects.filter(**published).update(removed_by=enrollment.run_id)
    assert api.json(f"/api/facilities/{facility.public_id}", fields="violation_count")["violation_count"] == 0


def test_an_inspection_has_the_violations_that_name_it(api):
    link = InspectionViolation.objects.select_related("inspection", "violation").first()
    row = api.json(f"/api/inspections/{link.inspection.inspection_id}", include="violations")
    assert link.violation.violation_id in row["violation_ids"]
    assert [violation["violation_id"] for violation in row["violations"]] == row["violation_ids"]
    found = api.json(f"/api/smarts/violations/{link.violation.violation_id}", include="inspection")
    assert found["inspection"]["inspection_id"] == link.inspection.inspection_id


@pytest.mark.parametrize("listing", **every([name for name in LISTINGS if hasattr(LISTINGS[name].model, "removed_by")]))
def test_withdrawn_records_are_not_shown(api, listing):
    record = listing.rows().first()
    listing.model.objects.filter(pk=record.pk).update(removed_by=record.run_id)
    if listing.key:
        key = getattr(record, "pk" if listing.key == "id" else listing.key)
        problem = api.problem(f"{address_of(listing)}/{key}", 404)
        assert f"was withdrawn by its source: run {record.run_id} found it gone on 20" in problem["detail"]
    assert record.pk not in [row["id"] for row in api.walk(address_of(listing), page_size=500, fields="id")]


def test_a_record_leads_to_the_file_and_line_that_it_was_published_in(api):
    violation = api.rows("/api/smarts/violations", page_size=1)[0]
    (run,) = [run for run in api.walk("/api/datasets/smarts_violations/runs") if run["id"] == violation["run"]]
    path = SAMPLES / run["file_name"]
    content = path.read_bytes()
    assert (run["resource"], run["file_date"]) == ("smarts_violations", "2026-11-16")
    assert (run["sha256"], run["bytes"]) == (sha256(content).hexdigest(), len(content))
    assert violation["violation_id"] in content.decode("utf-8-sig").splitlines()[violation["line"] - 1]
    ways = ("inserted", "updated", "unchanged", "duplicate", "quarantined")
    assert run["rows_read"] == sum(run[way] for way in ways)


def test_runs_and_changes_say_how_old_their_dataset_is(api):
    for address in ("/api/datasets/smarts_violations/runs", "/api/datasets/smarts_violations/changes"):
        meta = api.json(address)["meta"]
        assert (meta["published"], [source["dataset"] for source in meta["sources"]]) == (
            "2026-11-16", ["smarts_violations"],
        )  # fmt: skip
    assert {run["resource"] for run in api.rows("/api/datasets/esmr/runs")} == {"esmr:2023", "esmr:2024"}
    assert api.rows("/api/datasets/esmr/runs", resource="esmr:2024")[0]["file_date"] == "2026-10-01"


def test_datasets_and_their_state(api):
    rows = api.rows("/api/datasets")
    assert [row["slug"] for row in rows][-1] == "esmr"
    violations = api.json("/api/datasets/smarts_violations")
    assert violations["records"] == RegulatoryViolation.objects.filter(removed_by=None).count()
    assert violations["published"] == "2026-11-16"
    assert "last_message" not in violations["resources"][0]
    stats = api.json("/api/esmr/stats")
    assert stats["sample_count"] == EsmrSample.objects.filter(removed_by=None).count()
