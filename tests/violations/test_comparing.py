"""The summary beside a manifest: equal only if every number of either is."""

from typing import Any

from violations.comparing import compare_with_manifest
from violations.selectors.findings import FindingsSummary, RuleSummary

SUMMARY = FindingsSummary(
    [RuleSummary("igp_annual_nal", 2, 3, 1, 0), RuleSummary("secondary_treatment_ph", 1, 0, 0, 4)],
    {"baseline": 5, "level_1": 2, "level_2": 0},
    [("igp", "unit", 7)],
)
MANIFEST: dict[str, Any] = {
    "totals": {"igp_annual_nal": 3, "era_baseline": 5, "era_level_1": 2},
    "provisional": {"igp_annual_nal": 1, "era_level": 9},
    "indeterminate": {"secondary_treatment_ph": 4},
    "unusable": [{"rules": "igp", "reason": "unit", "results": 7}],
}


def test_equal_numbers_are_said_to_be_equal_in_one_line():
    comparison = compare_with_manifest(SUMMARY, MANIFEST)
    assert comparison.sentence() == "Equal to the world's manifest in all 10 numbers; 3 exceedances."


def test_any_other_number_of_either_side_is_named():
    for part, name, number, words in (
        ("totals", "igp_annual_nal", 4, "exceedances of igp_annual_nal: 3 found, 4 in the manifest"),
        ("totals", "era_level_2", 1, "levels of level_2: 0 found, 1 in the manifest"),
        ("totals", "new_rule", 1, "exceedances of new_rule: 0 found, 1 in the manifest"),
        ("provisional", "igp_annual_nal", 0, "provisional of igp_annual_nal: 1 found, 0 in the manifest"),
        ("indeterminate", "igp_annual_nal", 1, "indeterminate of igp_annual_nal: 0 found, 1 in the manifest"),
    ):
        manifest = MANIFEST | {part: MANIFEST[part] | {name: number}}
        assert compare_with_manifest(SUMMARY, manifest).differing == [words]
    other = MANIFEST | {"unusable": [{"rules": "cgp", "reason": "unit", "results": 7}]}
    assert len(compare_with_manifest(SUMMARY, other).differing) == 2
    assert compare_with_manifest(SUMMARY, other).sentence().startswith("NOT equal to the manifest: ")
