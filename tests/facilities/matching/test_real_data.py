"""The matcher against the real extracts and hand-judged pairs. No row of either is in the project."""

import csv
import os
from pathlib import Path

import pytest

from facilities.matching.evaluation import Evaluation, JudgedPair, evaluate
from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, EnrollmentRecord, EsmrRecord, PairKey

REAL = os.environ.get("STORMWATER_REAL_DATA", "")
PAIRS = os.environ.get("STORMWATER_LABELLED_PAIRS", "")

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not REAL or not PAIRS, reason="STORMWATER_REAL_DATA and STORMWATER_LABELLED_PAIRS are not both set"
    ),
]


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: None if value in {"", "NA", "NaN"} else value for name, value in row.items()}


def number(text):
    return None if text is None else float(text)


def read_esmr(*, with_crosswalk):
    listed = {row["facility_place_id"]: row for row in rows(next(Path(REAL).glob("ciwqs_facilities_*.csv")))}
    latest = {}
    for path in sorted(Path(REAL).glob("esmr-*.csv")):
        latest.update({row["facility_place_id"]: row for row in rows(path)})
    for place_id, row in latest.items():
        known = listed.get(place_id, {}) if with_crosswalk else {}
        yield EsmrRecord(
            place_id=int(place_id),
            name=row["facility_name"],
            region=row["region"],
            crosswalk_name=known.get("facility_name"),
            agency=known.get("agency_name"),
            address=known.get("address"),
            city=known.get("city"),
            zip_code=known.get("zip"),
            county=known.get("county"),
            latitude=number(known.get("latitude")),
            longitude=number(known.get("longitude")),
            npdes_number=known.get("npdes_number"),
            ciwqs_wdid=known.get("ciwqs_wdid"),
        )


def read_enrollments():
    found = {}
    for row in rows(next(Path(REAL).glob("Industrial_Application_Specific_Data_*.csv"))):
        key = EnrollmentKey("industrial", row["APP_ID"] or "", row["WDID"] or "")
        found[key] = EnrollmentRecord(
            key=key,
            name=row["FACILITY_NAME"],
            operator=row["OPERATOR_NAME"],
            address=row["FACILITY_ADDRESS"],
            address_2=row["FACILITY_ADDRESS_2"],
            city=row["FACILITY_CITY"],
            zip_code=row["FACILITY_ZIP"],
            county=row["FACILITY_COUNTY"] or row["COUNTY"],
            region=row["REGION_BOARD"],
            latitude=number(row["FACILITY_LATITUDE"]),
            longitude=number(row["FACILITY_LONGITUDE"]),
            sic_codes=tuple(row[name] for name in ("PRIMARY_SIC", "SECONDARY_SIC", "TERTIARY_SIC") if row[name]),
            status=row["STATUS"],
        )
    return found.values()


def read_pairs():
    for row in rows(Path(PAIRS)):
        key = EnrollmentKey("industrial", row["smarts_app_id"] or "", row["smarts_wdid"] or "")
        yield JudgedPair(PairKey(int(row["esmr_facility_place_id"]), key), row["same"] == "1")


def measured(*, with_crosswalk: bool) -> Evaluation:
    index = MatchIndex(read_esmr(with_crosswalk=with_crosswalk), read_enrollments())
    return evaluate(read_pairs(), index.match(), facilities=len(index.esmr))


def share(measure):
    return measure.count / measure.total


def test_with_the_crosswalk():
    found = measured(with_crosswalk=True)
    assert share(found.auto_precision) >= 0.98
    assert share(found.auto_recall) >= 0.70
    assert share(found.found_recall) >= 0.93
    assert share(found.recall_at_1) >= 0.93
    assert found.queued_per_facility <= 3
    assert found.automatic_on_unlabelled <= 60


def test_by_name_and_region_alone():
    found = measured(with_crosswalk=False)
    assert share(found.recall_at_5) >= 0.75
    assert share(found.auto_precision) >= 0.98
