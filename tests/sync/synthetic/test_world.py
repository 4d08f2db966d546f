"""The world is the same for the same seed, holds every oddity of the published data, and takes little memory."""

import csv
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from io import StringIO

import pytest

from facilities.reference_data import COUNTIES
from stormwater.errors import UserError
from sync.contracts import CONTRACTS
from sync.header import check_header
from sync.reading import CsvFile
from sync.sources.file_names import FileNames
from sync.synthetic import counties, weeks
from sync.synthetic.next_week import read_world, write_next_week
from sync.synthetic.oddities import HUGE_CELL, LARGE_CELL
from sync.synthetic.world import World, write_world

SMALL = 0.001
KEYED = ("smarts_industrial_facilities", "smarts_construction_facilities", "smarts_inspections", "smarts_violations")
WDID = re.compile(r"^[1-9S][ ABFRS](\d{2}|XX)(I|IN|NEC|NNA|MR|SN|C|CN|W|M)\d{5,6}$")
NULLS = {"NA", "NaN", ""}


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


class TestTheSameSeed:
    def test_gives_the_same_bytes_also_in_another_process(self, tmp_path):
        world = World(5, SMALL, 2)
        write_world(tmp_path / "here", world)
        write = f"from pathlib import Path; from sync.synthetic.world import *; write_world(Path('there'), {world})"
        path = [entry for entry in sys.path if entry]
        code = f"import sys; sys.path[:0] = {path!r}; {write}"
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
        assert digests(tmp_path / "here") == digests(tmp_path / "there")

    def test_gives_the_same_week_whether_the_weeks_before_were_written_or_not(self, tmp_path):
        write_world(tmp_path / "stepwise", World(5, SMALL))
        write_next_week(tmp_path / "stepwise")
        write_next_week(tmp_path / "stepwise")
        write_world(tmp_path / "at once", World(5, SMALL, 2))
        assert digests(tmp_path / "stepwise") == digests(tmp_path / "at once")

    def test_another_one_gives_another_world(self, tmp_path):
        write_world(tmp_path / "one", World(1, SMALL))
        write_world(tmp_path / "two", World(2, SMALL))
        one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
        assert one.keys() == two.keys()
        assert [name for name in one if one[name] == two[name]] == []

    def test_without_a_world_there_is_no_next_week(self, tmp_path):
        with pytest.raises(UserError, match="without --next-week first"):
            read_world(tmp_path)


class TestTheFiles:
    def test_have_the_portals_names_and_headers_and_are_read_as_the_manifest_says(self, worlds):
        folder, manifest = worlds()
        names, seen = FileNames(CONTRACTS.values()), {}
        for path in folder.glob("*_2026-05-04.csv"):
            name = names.recognise(path.name)
            slug = name.dataset + (f":{name.year}" if name.year else "")
            with path.open("rb") as stream:
                file = CsvFile(stream)
                assert check_header(file.header, CONTRACTS[name.dataset]).as_json() == {}
                blocks = list(file.blocks())
            rows = sum(block.rows for block in blocks)
            bad = Counter(bad.reason for block in blocks for bad in block.bad)
            repaired = Counter(repaired.code for block in blocks for repaired in block.repaired)
            expected = manifest["resources"][slug]
            assert rows + bad.total() == expected["read"], slug
            without_keys = Counter(expected["quarantined"]) - Counter(missing_key=1_000)
            assert bad == without_keys, slug
            assert repaired == {
                i["code"]: i["rows"] for i in expected["issues"] if not i["column"] and i["code"] != "conflicting_rows"
            }
            seen[slug] = rows
        assert seen.keys() == manifest["resources"].keys()

    def test_hold_every_kind_of_bad_row(self, worlds):
        _, manifest = worlds()
        for slug, resource in manifest["resources"].items():
            assert set(resource["quarantined"]) == {"ragged_row", "stray_quote", "missing_key"}, slug
            whole_rows = {issue["code"] for issue in resource["issues"] if not issue["column"]}
            assert {"control_character", "invalid_utf8", "stray_quote"} <= whole_rows, slug

    def test_cause_every_kind_of_issue(self, worlds):
        _, manifest = worlds()
        codes = {issue["code"] for resource in manifest["resources"].values() for issue in resource["issues"]}
        assert codes >= {
            "not_a_date", "implausible_date", "future_date", "not_a_number", "not_a_flag", "half_a_coordinate",
            "coordinate_outside_california", "longitude_sign_repaired", "conflicting_rows",
        }  # fmt: skip

    def test_hold_nothing_that_is_dated_after_the_last_day_but_typing_errors(self, worlds):
        folder, _ = worlds(week=40, scale=SMALL)
        days = set()
        for path in folder.glob("*_20??-??-??.csv"):
            days |= set(re.findall(rb"\b20[2-9]\d-[01]\d-[0-3]\d\b", path.read_bytes()))
        late = {day.decode() for day in days if day.decode() > str(weeks.LAST_DAY)}
        assert {day[:4] for day in late} <= {"2031", "2062"}


def rows_of(folder, stem):
    """The rows of a file that can be read and say anything."""
    (path,) = folder.glob(f"{stem}_20??-??-??.csv")
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").decode("utf-8", "replace")
    lines = [line for line in text.split("\n") if '"never closed' not in line]
    rows = csv.DictReader(StringIO("\n".join(lines), newline=""))
    whole = [row for row in rows if None not in row and None not in row.values()]
    return [row for row in whole if not NULLS.issuperset(row.values())]


@pytest.fixture(scope="module", autouse=True)
def _large_cells():
    limit = csv.field_size_limit(1 << 24)
    yield
    csv.field_size_limit(limit)


class TestTheFacilityFiles:
    @pytest.fixture
    def industrial(self, worlds):
        return rows_of(worlds()[0], "industrial_application_specific_data")

    @pytest.fixture
    def construction(self, worlds):
        return rows_of(worlds()[0], "construction_application_specific_data")

    def test_have_ids_of_every_form(self, industrial, construction):
        ids = [row["WDID"] for row in industrial + construction if row["WDID"] not in NULLS]
        assert [wdid for wdid in ids if not WDID.match(wdid)] == ["5A327021N05"]
        assert {WDID.sub(r"\2", wdid) for wdid in ids if wdid[0] != "5" or wdid[1] != "A"} >= {
            "I",
            "IN",
            "NEC",
            "NNA",
            "C",
            "CN",
            "W",
        }
        assert {wdid[:2] for wdid in ids} >= {"5F", "5R", "5S", "4 ", "2 "}

    def test_have_several_rows_of_one_key_and_several_wdids_of_one_application(self, industrial, construction):
        per_key = Counter((row["APP_ID"], row["WDID"]) for row in construction if row["APP_ID"] not in NULLS)
        assert max(per_key.values()) == 51
        wdids: dict[str, set[str]] = {}
        for row in industrial:
            if row["APP_ID"] not in NULLS:
                wdids.setdefault(row["APP_ID"], set()).add(row["WDID"])
        assert {"NEC" in "".join(several) for several in wdids.values() if len(several) > 1} == {True}

    def test_have_half_keys_and_every_spelling_of_null(self, industrial):
        halves = {(row["APP_ID"] in NULLS, row["WDID"] in NULLS) for row in industrial}
        assert halves == {(False, False), (True, False), (False, True), (True, True)}  # both: for quarantine
        assert {cell for row in industrial for cell in row.values()} >= NULLS

    def test_have_dirty_dates_and_coordinates(self, industrial):
        dates = " ".join(row["NOI_PROCESSED_DATE"] + " " + row["CERTIFICATION_DATE"] for row in industrial)
        for pattern in (
            "0019-",
            "0202-",
            "02-31",
            r"\d\d/\d\d/\d{4}",
            r"\d\d-[A-Z]{3}-\d\d \d\d\.",
            "31-FEB",
            "FEB-62",
        ):
            assert re.search(pattern, dates), pattern
        pairs = {(row["FACILITY_LATITUDE"], row["FACILITY_LONGITUDE"]) for row in industrial}
        assert {("0", "0"), ("42.33143", "-83.04575")} <= pairs
        assert any(longitude.startswith("1") for _, longitude in pairs)

    def test_have_contacts_of_nobody(self, industrial, construction):
        mails = {row[name] for row in industrial + construction for name in row if name.endswith("EMAIL")}
        assert mails - NULLS == {"contact@example.org"}

    def test_lie_in_real_counties(self):
        assert tuple(county.name for county in counties.COUNTIES) == COUNTIES


class TestTheEvents:
    def test_come_in_copies_contradictions_and_with_orphans(self, worlds):
        folder, manifest = worlds()
        for stem, key in (
            ("inspections", "INSPECTION_ID"),
            ("violations", "VIOLATION_ID"),
            ("enforcement_actions", "ENFORCEMENT_ID"),
        ):
            rows = rows_of(folder, stem)
            per_id: dict[str, list[tuple[str, ...]]] = {}
            for row in rows:
                per_id.setdefault(row[key], []).append(tuple("" if cell in NULLS else cell for cell in row.values()))
            assert any(len(copies) > 1 and len(set(copies)) == 1 for copies in per_id.values())
            assert any(len(set(copies)) > 1 for copies in per_id.values())
            assert max(map(len, per_id.values())) >= 3
            assert {row["PLACE_NAME"] in NULLS for row in rows} == {True, False}
        assert all(events["orphans"] for events in manifest["tables"]["events"].values())
        assert manifest["tables"]["inspection_violation_links"] > 100
        assert any(row["DESCRIPTION"] == LARGE_CELL for row in rows_of(folder, "violations"))

    def test_count_the_violations_that_an_inspection_found(self, worlds):
        folder, _ = worlds()
        found = {
            row["VIOLATION_ID"]: row["VIOLATION_SOURCE_ID"]
            for row in rows_of(folder, "violations")
            if row["VIOLATION_SOURCE"] == "Inspection"
        }
        per_inspection = Counter(found.values())
        for row in rows_of(folder, "inspections"):
            if row["COUNT_OF_VIOLATIONS"].isdigit():
                assert per_inspection[row["INSPECTION_ID"]] == int(row["COUNT_OF_VIOLATIONS"])


class TestTheSamples:
    def test_of_storms_hold_every_kind_of_result(self, worlds):
        rows = rows_of(worlds()[0], "industrial_ad_hoc_reports_-_parameter_data")
        assert {row["RESULT_QUALIFIER"] for row in rows} >= {"=", "<", "<=", ">", "ND", "DNQ"}
        assert {row["UNITS"] for row in rows} >= {
            "mg/L",
            "ug/L",
            "µg/L",
            "SU",
            "mg/kg",
            "%",
            "lbs/day",
            "NA",
            "g/L",
            "ng/L",
        }
        assert {row["EVENT_TYPE"] for row in rows} - NULLS == {
            "Qualifying Storm Event",
            "Other Storm Event",
            "Non-Stormwater Discharge",
        }
        assert {row["PARAMETER"] for row in rows} >= {"Zinc, Total", "Zinc, Total Recoverable", "Zinc, Dissolved"}
        assert any(row["RESULT"] == "NaN" and row["RESULT_QUALIFIER"] == "=" for row in rows)
        assert any(row["PARAMETER"] == "pH" and row["UNITS"] == "mg/L" for row in rows)

    def test_of_plants_are_as_esmr_has_them(self, worlds):
        folder, _ = worlds()
        rows = rows_of(folder, "esmr-analytical-export_year-2024")
        calculated = [row for row in rows if row["calculated_method"] != "NA"]
        assert 0.5 < len(calculated) / len(rows) < 0.7
        assert all(row["analytical_method_code"] == "NA" for row in calculated)
        nowhere = sum(row["latitude"] == "NaN" for row in rows) / len(rows)
        assert 0.75 < nowhere < 0.95
        assert {row["location_place_type"].split()[0] for row in rows} >= {
            "Effluent", "Influent", "Receiving", "Groundwater", "Recycled", "Internal", "Biosolids", "Stormwater", "NA",
        }  # fmt: skip
        assert any(row["longitude"].startswith("1") for row in rows)
        assert {row["qa_codes"] for row in rows} >= {"R", "J", "EB", "J, R", "NA"}
        assert any("," in row["facility_name"] for row in rows)
        assert any("Ã" in row["facility_name"] for row in rows)
        assert any("\n" in row["comments"] for row in rows)
        assert any(row["comments"] == HUGE_CELL for row in rows)

    def test_of_plants_are_sent_in_again_under_a_higher_document_id(self, worlds):
        documents: dict[tuple[str, ...], set[str]] = {}
        names = (
            "location_place_id",
            "parameter",
            "sampling_date",
            "sampling_time",
            "analytical_method",
            "calculated_method",
            "units",
        )
        for row in rows_of(worlds()[0], "esmr-analytical-export_year-2023"):
            documents.setdefault(tuple(row[name] for name in names), set()).add(row["smr_document_id"])
        assert sum(len(several) > 1 for several in documents.values()) > 50

    def test_of_plants_are_the_same_in_two_spellings_of_the_region(self, worlds):
        folder, _ = worlds()
        assert all(row["region"].startswith("Region ") for row in rows_of(folder, "esmr-analytical-export_year-2024"))
        regions = {row["region"] for row in rows_of(folder, "esmr-analytical-export_year-2025")}
        assert {region[:2] for region in regions - {"Region 4 - Los Angeles"}} <= {
            f"R{digit}" for digit in range(1, 10)
        }


class TestTheTruth:
    def test_has_findings_of_every_rule(self, worlds):
        folder, manifest = worlds()
        found = manifest["findings"]
        assert found["totals"].keys() == {
            "igp_annual_nal", "igp_instantaneous_nal", "era_baseline", "era_level_1", "era_level_2", "cgp_ph_nal",
            "cgp_turbidity_nal", "secondary_treatment_monthly", "secondary_treatment_weekly", "secondary_treatment_ph",
        }  # fmt: skip
        with (folder / "truth_findings.csv").open(encoding="utf-8") as stream:
            per_rule = Counter(row["rule"] for row in csv.DictReader(stream))
        assert per_rule["igp_annual_nal"] == found["totals"]["igp_annual_nal"]
        assert per_rule["era_level"] == found["totals"]["era_level_1"] + found["totals"]["era_level_2"]
        assert {item["reason"] for item in found["unusable"]} == {"bad_date", "null_result", "unit", "out_of_range"}
        assert set(found["indeterminate"]) == {"secondary_treatment_monthly", "secondary_treatment_weekly"}

    def test_names_the_pairs_by_ids_that_are_in_the_files(self, worlds):
        folder, manifest = worlds()
        places = {row["facility_place_id"] for row in rows_of(folder, "esmr-analytical-export_year-2022")}
        enrollments = {
            (row["APP_ID"], row["WDID"])
            for program in ("industrial", "construction")
            for row in rows_of(folder, f"{program}_application_specific_data")
        }
        with (folder / "truth_pairs.csv").open(encoding="utf-8") as stream:
            pairs = list(csv.DictReader(stream))
        assert len(pairs) == manifest["pairs"]["true"] > 50
        assert {pair["esmr_place_id"] for pair in pairs} <= places
        assert {(pair["app_id"], pair["wdid"]) for pair in pairs} <= enrollments
        with (folder / "truth_near_pairs.csv").open(encoding="utf-8") as stream:
            near = {(row["esmr_place_id"], row["app_id"], row["wdid"]) for row in csv.DictReader(stream)}
        assert near
        assert not near & {tuple(pair.values()) for pair in pairs}

    def test_of_the_next_weeks_has_changes_of_every_kind(self, worlds):
        kinds: dict[str, set[str]] = {}
        fields = set()
        for week in (1, 2, 3):
            _, manifest = worlds(week=week)
            for slug, resource in manifest["resources"].items():
                for name in ("inserted", "updated", "removed", "returned"):
                    if resource[name]:
                        kinds.setdefault(slug, set()).add(name)
                fields |= {(slug, change["field"]) for change in resource["changes"]}
        every = {"inserted", "updated", "removed", "returned"}
        samples = ("smarts_industrial_monitoring", "smarts_construction_monitoring", "esmr:2024")
        assert {slug for slug in (*KEYED, "smarts_enforcement_actions", *samples) if kinds[slug] != every} == set()
        assert fields >= {
            ("smarts_violations", "status"), ("smarts_enforcement_actions", "status"),
            ("smarts_industrial_facilities", "site_name"), ("smarts_industrial_facilities", "status"),
            ("smarts_construction_facilities", "certified_at"),
        }  # fmt: skip


WATCHED = """
import sys, threading, time
sys.path[:0] = sys.argv[1].split(";")
from pathlib import Path
import psutil
from sync.synthetic.world import World, write_world

peak, process = 0, psutil.Process()

def watch():
    global peak
    while True:
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.02)

threading.Thread(target=watch, daemon=True).start()
write_world(Path(sys.argv[2]), World(1, 0.2))
print(peak >> 20)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_large_world_takes_little_memory(tmp_path):
    arguments = [";".join(filter(None, sys.path)), str(tmp_path / "world")]
    answer = subprocess.run([sys.executable, "-c", WATCHED, *arguments], check=True, capture_output=True, text=True)
    assert 20 < int(answer.stdout) < 200  # MB
    assert json.loads((tmp_path / "world" / "manifest.json").read_text())["scale"] == 0.2
