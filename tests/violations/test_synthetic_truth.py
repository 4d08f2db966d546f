"""The synthetic world's own oracle and the computation agree, from nothing and week by week."""

import csv
from collections import Counter
from datetime import date

import pytest

from sync.contracts import CONTRACTS
from sync.manifest_check import finding_differences
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.world import World, write_world
from violations.models import EraLevel, Exceedance, FindingChange, Indeterminate
from violations.rules.reporting_year import reporting_year
from violations.services import compute_exceedances

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ESMR_RULES = ("secondary_treatment_monthly", "secondary_treatment_weekly", "secondary_treatment_ph")


def truth_of(path):
    """Rows of a truth file. Its reporting year of eSMR is the sampling year of the file; ours is July to June."""
    with path.open(newline="") as file:
        return Counter(
            (
                row["rule"], row["id"], row["parameter"],
                year_of(row),
                row["period_start"], row["period_end"],
                row["value"] if row["rule"] == "era_level" else round(float(row["value"]), 6),
                row["results"], row["censored"], row["provisional"] == "yes", row["location"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def year_of(row):
    if row["rule"] in ESMR_RULES:
        return reporting_year(date.fromisoformat(row["period_end"]))
    return int(row["reporting_year"])


def name_of(finding):
    if finding.enrollment_id:
        return finding.enrollment.wdid or f"APP {finding.enrollment.app_id}"
    return str(finding.esmr_facility.place_id)


def found(model):
    return Counter(
        (
            finding.rule, name_of(finding), finding.pollutant.key, finding.reporting_year, str(finding.period_start),
            str(finding.period_end), round(float(finding.value), 6), str(finding.results), str(finding.censored),
            finding.is_provisional, finding.location or "",
        )
        for finding in model.objects.filter(went_at=None).select_related("enrollment", "esmr_facility", "pollutant")
    )  # fmt: skip


def levels_above_baseline(today):
    return Counter(
        (
            "era_level", level.enrollment.wdid or f"APP {level.enrollment.app_id}", level.pollutant.key,
            level.reporting_year, f"{level.reporting_year}-07-01", f"{level.reporting_year + 1}-06-30",
            level.level, "0", "0",
            today <= date(level.reporting_year + 1, 6, 30), "",
        )
        for level in EraLevel.objects.exclude(level="baseline").select_related("enrollment", "pollutant")
    )  # fmt: skip


def sync_and_compare(folder, manifest):
    report = sync_datasets(source=DirectorySource(folder, CONTRACTS))
    assert {run.status for run in report.runs} <= {"published", "unchanged"}
    today = date.fromisoformat(manifest["today"])
    result = compute_exceedances(as_of=today)
    assert found(Exceedance) + levels_above_baseline(today) == truth_of(folder / "truth_findings.csv")
    assert found(Indeterminate) == truth_of(folder / "truth_indeterminate.csv")
    assert finding_differences(manifest) == []
    return result


@pytest.mark.parametrize("seed", [1, pytest.param(7, marks=pytest.mark.slow)])
def test_findings_levels_and_unusable_results_are_the_manifests_now_and_in_the_next_weeks(tmp_path, seed):
    worlds = [(tmp_path / str(week), World(seed, 0.002, week)) for week in range(3)]
    for folder, world in worlds:
        folder.mkdir()
        result = sync_and_compare(folder, write_world(folder, world))
        assert result.is_full == (world is worlds[0][1])
        # What was brought up to date equals what is computed from nothing.
        again = compute_exceedances(as_of=result.as_of, is_full=True)
        assert (again.has_written, again.computation) == (False, None)
        assert not compute_exceedances(as_of=result.as_of).runs
    kinds = set(FindingChange.objects.values_list("kind", flat=True))
    assert kinds == {"appeared", "changed", "went"}
    assert not FindingChange.objects.exclude(kind="appeared").filter(run=None).exists()
