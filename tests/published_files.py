"""Files as the publisher would send them, for any dataset, made from its contract.

    from tests.published_files import csv_bytes, file_name

    csv_bytes("smarts_violations", [{"VIOLATION_ID": "800001", "VIOLATION_STATUS": "Potential"}, {}])

A row is a mapping of the cells that matter; the rest are the dataset's sensible defaults, or the
publisher's null (NA, NaN or nothing, by kind). Every row of a keyed dataset needs an id of its own:
without one in the mapping, rows are numbered.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from sync.contracts import CONTRACTS
from sync.contracts.base import Kind, Shape

BOM = b"\xef\xbb\xbf"
_NULLS = {Kind.TEXT: "NA", Kind.TIME: "NA", Kind.DATE: "", Kind.ORACLE_TIMESTAMP: "", Kind.FLAG: "NA"}

_SITE = {"APP_ID": "400001", "WDID": "4 19I020001"}
_EVENT = _SITE | {
    "PERMIT_TYPE": "Industrial",
    "REGIONAL_BOARD": "Region 4 - Los Angeles",
    "PLACE_NAME": "Harbor Metals",
    "PLACE_CITY": "Wilmington",
    "PLACE_LATITUDE": "33.78",
    "PLACE_LONGITUDE": "-118.26",
    "PLACE_COUNTY": "Los Angeles",
    "DIRECTLY": "Y",
}
_SMARTS_SAMPLE = _SITE | {
    "REPORT_ID": "700001",
    "EVENT_TYPE": "Qualifying Storm Event",
    "MONITORING_LOCATION_NAME": "Outfall 1",
    "MONITORING_LOCATION_TYPE": "Effluent Monitoring",
    "MONITOR_LOCATION_DESCRIPTION": "East gate",
    "MONITORING_LATITUDE": "33.781",
    "MONITORING_LONGITUDE": "-118.261",
    "SAMPLE_ID": "E1",
    "SAMPLE_DATE": "2023-12-20",
    "SAMPLE_TIME": "09:15",
    "PARAMETER": "Zinc, Total",
    "RESULT_QUALIFIER": "=",
    "RESULT": "0.31",
    "UNITS": "mg/L",
    "ANALYTICAL_METHOD": "E200.8",
    "MDL": "0.001",
    "RL": "0.01",
    "CERTIFIER_NAME": "Dana Smith",
    "CERTIFIED_DATE": "2024-01-15",
}
DEFAULTS: dict[str, dict[str, str]] = {
    "smarts_industrial_facilities": _SITE
    | {
        "PERMIT_TYPE": "Industrial",
        "STATUS": "Active",
        "NOI_PROCESSED_DATE": "2015-07-02",
        "REGION_BOARD": "Region 4 - Los Angeles",
        "COUNTY": "Los Angeles",
        "OPERATOR_NAME": "Harbor Metals Inc",
        "FACILITY_NAME": "Harbor Metals",
        "FACILITY_ADDRESS": "1 Dock St",
        "FACILITY_CITY": "Wilmington",
        "FACILITY_STATE": "CA",
        "FACILITY_ZIP": "90744",
        "FACILITY_LATITUDE": "33.78",
        "FACILITY_LONGITUDE": "-118.26",
        "FACILITY_COUNTY": "Los Angeles",
        "FACILITY_TOTAL_SIZE": "4.5",
        "FACILITY_TOTAL_SIZE_UNIT": "Acres",
        "PRIMARY_SIC": "5093",
        "DIRECTLY": "Y",
        "CERTIFICATION_DATE": "2015-07-01",
    },
    "smarts_construction_facilities": {
        "APP_ID": "500001",
        "WDID": "4 19C380001",
        "PERMIT_TYPE": "Construction",
        "STATUS": "Active",
        "NOI_PROCESSED_DATE": "2020-02-03",
        "REGION": "Region 4 - Los Angeles",
        "COUNTY": "Los Angeles",
        "OWNER_NAME": "Hillside Homes",
        "DEVELOPER_NAME": "Hillside Homes",
        "SITE_NAME": "Tract 100",
        "SITE_CITY": "Pasadena",
        "SITE_LATITUDE": "34.15",
        "SITE_LONGITUDE": "-118.14",
        "SITE_COUNTY": "Los Angeles",
        "SITE_TOTAL_DISTURBED_ACREAGE": "12.5",
        "CONSTRUCTION_RESIDENTIAL": "Y",
        "PROJECT_COMBINED_RISK": "Level 2",
        "CERTIFICATION_DATE": "2020-02-01",
    },
    "smarts_inspections": _EVENT
    | {
        "INSPECTION_ID": "600001",
        "INSPECTION_DATE": "2023-03-04",
        "INSPECTION_START_TIME": "10:00 AM",
        "INSPECTION_PURPOSE": "B Type Compliance",
        "INSPECTION_STATUS": "Historical",
        "COUNT_OF_VIOLATIONS": "1",
        "VIRTUAL_INSPECTION": "N",
    },
    "smarts_violations": _EVENT
    | {
        "VIOLATION_ID": "800001",
        "VIOLATION_SOURCE": "Report",
        "VIOLATION_SOURCE_ID": "900001",
        "VIOLATION_TYPE": "Deficient Reporting",
        "SERIOUS_VIOLATION": "N",
        "VIOLATION_PRIORITY": "2",
        "OCCURRENCE_DATE": "2023-07-01",
        "DISCOVERY_DATE": "2023-07-16",
        "VIOLATION_STATUS": "Potential",
    },
    "smarts_enforcement_actions": _EVENT
    | {
        "ENFORCEMENT_ID": "300001",
        "ENFORCEMENT_TYPE": "Notice of Violation",
        "ENFORCEMENT_STATUS": "Active",
        "ISSUANCE_DATE": "2023-08-01",
        "TOTAL_ASSESSMENT": "1500",
        "COUNT_OF_VIOLATIONS": "1",
    },
    "smarts_industrial_monitoring": _SMARTS_SAMPLE | {"PERMIT_TYPE": "Industrial", "REPORTING_YEAR": "2023"},
    "smarts_construction_monitoring": _SMARTS_SAMPLE
    | {"PERMIT_TYPE": "Construction", "REPORT_YEAR": "2023", "PARAMETER": "Turbidity", "UNITS": "NTU", "RESULT": "80"},
    "esmr": {
        "region": "Region 4 - Los Angeles",
        "location": "EFF-001",
        "location_place_id": "2001",
        "location_place_type": "Effluent Monitoring",
        "parameter": "Copper, Total",
        "analytical_method_code": "E200.8",
        "analytical_method": "Metals by ICP-MS",
        "qualifier": "=",
        "result": "3.2",
        "units": "ug/L",
        "mdl": "0.1",
        "ml": "0.5",
        "rl": "0.5",
        "sampling_date": "2023-05-06",
        "sampling_time": "08:00:00",
        "analysis_date": "2023-05-08",
        "review_priority_indicator": "N",
        "facility_name": "Bay Treatment Plant",
        "facility_place_id": "1001",
        "report_name": "Monthly SMR May 2023",
        "latitude": "33.9",
        "longitude": "-118.4",
        "smr_document_id": "55001",
    },
}


def columns(slug: str) -> list[str]:
    """The header that the contract expects, in its order."""
    return [column.name for column in CONTRACTS[slug].columns]


def row(slug: str, number: int = 0, **cells: str) -> dict[str, str]:
    """All cells of one row: `cells` over the defaults over the publisher's nulls.

    A keyed row without a key among `cells` gets the default key plus `number`.
    """
    contract = CONTRACTS[slug]
    nulls = {column.name: _NULLS.get(column.kind, "NaN") for column in contract.columns}
    values = nulls | DEFAULTS[slug]
    if contract.shape is not Shape.SAMPLES and not set(contract.key) & set(cells):
        first = contract.key[0]
        values[first] = str(int(values[first]) + number)
    return values | cells


def csv_bytes(
    slug: str,
    rows: Iterable[Mapping[str, str]],
    *,
    header: Sequence[str] | None = None,
    spelling: Mapping[str, str] | None = None,
    bom: bool = True,
    line_break: str = "\n",
) -> bytes:
    """The file: `header` are the contract's names to publish, `spelling` how some of them are written.

    A name in `header` that the contract does not have is a column of its own, empty unless a row has it.
    """
    names = list(header if header is not None else columns(slug))
    text = StringIO()
    writer = csv.writer(text, lineterminator=line_break)
    writer.writerow([(spelling or {}).get(name, name) for name in names])
    for number, cells in enumerate(rows):
        values = row(slug, number, **cells)
        writer.writerow([values.get(name, "") for name in names])
    return (BOM if bom else b"") + text.getvalue().encode()


def file_name(resource: str, day: str = "2026-10-01") -> str:
    """The portal's name for a resource's file: `violations_2026-10-01.csv`."""
    slug, _, year = resource.partition(":")
    return f"{CONTRACTS[slug].file_stem.format(year=year)}_{day}.csv"
