"""What `manage.py explain` says of a discharger."""

import json
from datetime import date

import pytest
from django.core.management import call_command

from facilities.models import Facility
from stormwater.errors import UserError
from tests.violations.stored_world import INDUSTRIAL, StoredWorld
from violations.services import compute_exceedances

pytestmark = pytest.mark.django_db

WDID = "4 19I000001"
TSS = "Total Suspended Solids (TSS)"


@pytest.fixture
def world():
    return StoredWorld()


@pytest.fixture
def enrollment(world):
    """Eight results of two outfalls: 1000 / 8 = 125 mg/L; iron in a unit that nobody can convert."""
    run, enrollment = world.publish(INDUSTRIAL), world.enrollment(WDID)
    for outfall, results in (("SP-1", (130, 110, 90, 80)), ("SP-2", (200, 170, 100, 120))):
        for month, result in zip((10, 11, 12, 1), results, strict=True):
            day = date(2022 if month == 1 else 2021, month, 5)
            world.stormwater(run, enrollment, TSS, result, outfall=outfall, day=day)
    world.stormwater(run, enrollment, "Iron, Total", "5", unit="mg/kg", day=date(2021, 12, 5))
    world.enrollment("4 19I000002")
    compute_exceedances(as_of=date(2023, 8, 1))
    return enrollment


def explain(capsys, text, **options):
    call_command("explain", text, **options)
    return capsys.readouterr().out


def test_as_one_object(enrollment, capsys):
    found = json.loads(explain(capsys, WDID, json=True))
    assert list(found) == ["findings", "indeterminate", "era_levels", "unusable"]
    (finding,) = found["findings"]
    ids = finding.pop("sample_ids")
    assert (len(ids), ids) == (8, sorted(ids))
    assert finding == {
        "rule": "igp_annual_nal", "parameter": "tss", "reporting_year": 2021, "period_start": "2021-07-01",
        "period_end": "2022-06-30", "location": None, "value": 125, "limit": 100, "unit": "mg/L", "results": 8,
        "censored": 0, "provisional": False, "confidence": "computed",
    }  # fmt: skip
    assert found["era_levels"] == [
        {"parameter": "tss", "reporting_year": 2021, "level": "baseline"},
        {"parameter": "tss", "reporting_year": 2022, "level": "level_1"},
        {"parameter": "tss", "reporting_year": 2023, "level": "level_1"},
    ]
    assert found["unusable"] == [{"reason": "unit", "count": 1}]


def test_in_words(enrollment, capsys):
    text = explain(capsys, "419I000001")  # as people type it
    assert "An exceedance is not a violation of the permit" in text
    assert "The mean of 8 results is 125 mg/L." in text
    assert "The limit is 100 mg/L: Industrial General Permit, Order 2014-0057-DWQ" in text
    assert "2021-10-05, SP-1, Total Suspended Solids (TSS): = 130 mg/L" in text
    assert "Level 1 in 2022-23 to 2023-24 (evaluation due 2022-10-01, report due 2023-01-01)" in text
    assert "1 in a unit that cannot be converted" in text


def test_nothing_found_is_empty_lists(enrollment, capsys):
    found = json.loads(explain(capsys, "4 19I000002", json=True))
    assert found == {"findings": [], "indeterminate": [], "era_levels": [], "unusable": []}


def test_of_a_facility_under_each_wdid(enrollment, capsys):
    facility = Facility.objects.create(
        public_id="fac-a1", has_esmr=False, has_smarts=True, created_at="2024-01-01T00:00Z"
    )
    facility.enrollments.add(enrollment)
    found = json.loads(explain(capsys, "fac-a1", json=True))
    assert list(found) == [WDID]
    assert len(found[WDID]["findings"]) == 1


def test_of_a_plant(world, capsys):
    run, plant = world.publish("esmr:2023"), world.plant(501)
    world.effluent(run, plant, "pH", "9.4", unit="SU", day=date(2023, 3, 4))
    world.effluent(run, plant, TSS, "50", qualifier="<", base="Average Monthly (AMEL)", day=date(2023, 3, 31))
    compute_exceedances(as_of=date(2023, 8, 1))
    found = json.loads(explain(capsys, "esmr:501", json=True))
    (finding,), (open_question,) = found["findings"], found["indeterminate"]
    assert (finding["limit"], finding["location"], finding["reporting_year"]) == ("6.0-9.0", "11", 2022)
    assert finding["provisional"] is True
    assert (open_question["rule"], open_question["value"]) == ("secondary_treatment_monthly", 50)
    assert "a number above the limit" in explain(capsys, "esmr:501")


@pytest.mark.parametrize("text", ["4 19I999999", "esmr:9", "esmr:", "esmr:x", "", "\0", "fac-none", "esmr:99999999999"])
def test_of_nothing_known_is_an_error_in_one_line(enrollment, text):
    with pytest.raises(UserError):
        call_command("explain", text)
