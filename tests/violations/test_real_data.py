"""The real extracts, if they are there: verdicts that a person has checked by hand."""

import csv
from datetime import date
from decimal import Decimal

import pytest

from facilities.models import SmartsEnrollment
from monitoring.models import EsmrSample, SmartsReport
from sync.contracts import CONTRACTS
from sync.linking import link_orphans
from sync.models import Run
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.kept_world import kept_world
from tests.violations.stored_world import StoredWorld, assert_equal_to_the_rules
from violations.models import EraLevel, Exceedance, Indeterminate, PermitLimit, Pollutant, UnusableResults
from violations.services import compute_exceedances

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.django_db,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("findings_of_real_data"),  # one worker loads them, which takes longer than the tests
]

TODAY = date(2026, 10, 2)


@pytest.fixture(scope="module")
def computed(real_data, django_db_setup, django_db_blocker, tmp_path_factory):
    with kept_world(django_db_blocker, tmp_path_factory.mktemp("findings_of_real_data")):
        assert not sync_datasets(source=DirectorySource(real_data, CONTRACTS)).has_failed
        _enroll_the_orphan()
        compute_exceedances(as_of=TODAY)
        yield real_data


def _enroll_the_orphan():
    """The facility file of 2019 has one of the two that send results; results of no enrollment are not judged."""
    (report,) = SmartsReport.objects.filter(enrollment=None).order_by("wdid", "app_id").distinct("wdid", "app_id")
    enrollment = StoredWorld().enrollment(report.wdid)
    SmartsEnrollment.objects.filter(pk=enrollment.pk).update(app_id=report.app_id)
    link_orphans(Run.objects.latest("pk"))


def test_verdicts_of_the_industrial_results_are_those_made_by_hand(computed):
    """99 results of two enrollments in ten years, 54 parameters and years.

    1 08I015378, 2015-16: one result each; aluminum 1.4 > 0.75 and iron 3.2 > 1.0 mg/L are over, lead 0.013, oil and
    grease 12, TSS 32 are not; pH 5.0 is outside, but one is none. 2016-17: aluminum 0.52, iron 0.8, pH 7.5: none.
    1 08I004046: the highest means are TSS 5.85, oil and grease 0.325, zinc 0.00293 mg/L, lead 0: none;
    pH from 6 to 6.7, and 6 is inside, whatever RL (up to 14) stands beside it: none.
    """
    found = Exceedance.objects.filter(rule__startswith="igp").order_by("pollutant__key")
    rows = found.values_list("enrollment__wdid", "rule", "pollutant__key", "reporting_year", "value", "results")
    assert list(rows) == [
        ("1 08I015378", "igp_annual_nal", "aluminum", 2015, Decimal("1.4"), 1),
        ("1 08I015378", "igp_annual_nal", "iron", 2015, Decimal("3.2"), 1),
    ]
    assert not found.filter(is_provisional=True).exists()
    assert not UnusableResults.objects.filter(family="igp").exists()
    above = EraLevel.objects.exclude(level="baseline")
    assert set(above.values_list("enrollment__wdid", "pollutant__key", "level")) == {
        ("1 08I015378", "aluminum", "level_1"),
        ("1 08I015378", "iron", "level_1"),
    }
    assert list(above.order_by("reporting_year").values_list("reporting_year", flat=True))[::2] == list(
        range(2016, 2027)
    )
    assert sum(EraLevel.objects.values_list("results", flat=True)) == 99


def test_the_plants_are_screened_by_their_own_rows_and_nothing_of_them_meets_a_stormwater_rule(computed):
    outside = 0
    for path in computed.glob("esmr-*.csv"):
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
            outside += sum(
                row["parameter"] == "pH" and row["location_place_type"] == "Effluent Monitoring"
                and row["calculated_method"] == "NA" and not 6 <= float(row["result"]) <= 9
                for row in csv.DictReader(file)
            )  # fmt: skip
    of_plants = Exceedance.objects.exclude(esmr_facility=None)
    assert set(of_plants.values_list("rule", flat=True)) <= {"secondary_treatment_ph"}  # no BOD5 or TSS in the extracts
    assert of_plants.count() == outside
    assert not Indeterminate.objects.exists()
    assert not Exceedance.objects.filter(esmr_facility=None).exclude(rule__startswith="igp").exists()
    assert_equal_to_the_rules(TODAY)


def test_loads_are_never_compared_with_concentrations_nor_results_with_averages(computed):
    """Limits that every row would exceed if it were compared with the wrong ones."""
    ammonia = Pollutant.objects.get(key="ammonia_n")
    rows = EsmrSample.objects.filter(parameter__name="Ammonia, Total (as N)", result__gt=0)
    rows = rows.filter(location__location_type="Effluent Monitoring")
    assert rows.filter(unit__name="lb/day").exists()
    assert rows.filter(unit__name="mg/L", calculated_method=None).exists()
    plant = rows.filter(unit__name="lb/day", calculated_method="Monthly Average (Mean)").first().esmr_facility
    for unit in ("mg/L", "lb/day"):
        PermitLimit.objects.create(
            facility_place_id=plant.place_id, esmr_facility=plant, pollutant=ammonia, statistic="monthly_average",
            high=0, unit=unit, imported_at="2026-10-01T00:00Z",
        )  # fmt: skip
    compute_exceedances(as_of=TODAY)
    found = Exceedance.objects.filter(rule="permit_limit")
    assert found.exists()
    samples = {sample.pk: sample for sample in rows.select_related("unit")}
    averages = {"Monthly Average (Mean)", "Average Monthly (AMEL)"}
    for finding in found:
        (pk,) = finding.sample_ids
        assert (samples[pk].unit.name, samples[pk].calculated_method in averages) == (finding.unit, True)
    assert_equal_to_the_rules(TODAY)
