"""The rows of the two facility files, and what the publisher joins from them to every event."""

from sync.contracts import smarts_construction_facilities, smarts_industrial_facilities
from sync.contracts.shared import PLACE_COLUMNS
from sync.synthetic.cells import Cell, number, spelled
from sync.synthetic.enrollments import CONSTRUCTION, INDUSTRIAL, Enrollment, Filing, flags_of, size_of

Row = tuple[Cell, ...]

CONTRACTS = {
    INDUSTRIAL: smarts_industrial_facilities.CONTRACT,
    CONSTRUCTION: smarts_construction_facilities.CONTRACT,
}
_FLAGS = ("Y", "N", None)
# Personal contact data, of nobody.
_CONTACT = ("Contact", "Redacted", "Manager", "000-000-0000", "contact@example.org")


def facility_rows(enrollment: Enrollment, week: int) -> list[Row]:
    """The rows of an enrollment in a week's facility file."""
    make = _industrial_row if enrollment.program == INDUSTRIAL else _construction_row
    return [make(enrollment, filing) for filing in enrollment.filings_in(week)]


def joined_rows(enrollment: Enrollment, week: int) -> list[Row]:
    """What the publisher joins to an event of this enrollment: the PLACE columns, once per facility row."""
    return [_place(enrollment, filing) for filing in enrollment.filings_in(week)]


NO_PLACE: Row = (None,) * len(PLACE_COLUMNS)


def _place(enrollment: Enrollment, filing: Filing) -> Row:
    site = enrollment.site
    second, size, unit = size_of(enrollment, filing)
    indirectly, directly = flags_of(enrollment)
    return (
        filing.name, site.address, second, site.city, "CA", site.zip_code, enrollment.latitude, enrollment.longitude,
        enrollment.county, size, unit, site.water, indirectly, directly,
    )  # fmt: skip


def _industrial_row(enrollment: Enrollment, filing: Filing) -> Row:
    site, extra = enrollment.site, enrollment.extra
    second, size, unit = size_of(enrollment, filing)
    indirectly, directly = flags_of(enrollment)
    is_scrap = enrollment.letters in {"MR", "SN"}
    return (
        "Region 8 - Scrap Metal Permit" if is_scrap else "Industrial",
        enrollment.app_id, enrollment.wdid, filing.status, filing.noi_date, filing.ended, enrollment.region,
        enrollment.county, filing.operator, filing.name, site.address, second, site.city, "CA", site.zip_code,
        enrollment.latitude, enrollment.longitude, enrollment.county, *_CONTACT, size, unit,
        number(extra[3] / 4000) if extra[3] % 2 else None, "Acres" if extra[3] % 2 else None,
        spelled(f"{extra[4] % 101}.0", str(extra[4] % 101)) if extra[4] % 4 else None,
        site.sic, "4213-Trucking, Except Local" if extra[5] % 20 == 0 else None, None, site.water, indirectly, directly,
        "Certifier" if filing.certified else None, "Owner" if filing.certified else None, filing.certified,
        _FLAGS[extra[5] % 3],
    )  # fmt: skip


def _construction_row(enrollment: Enrollment, filing: Filing) -> Row:
    site, extra = enrollment.site, enrollment.extra
    second, size, unit = size_of(enrollment, filing)
    indirectly, directly = flags_of(enrollment)
    start = 2006 + extra[0] % 18
    types = tuple(_FLAGS[(extra[5] >> shift) % 3] for shift in range(7))
    lines = tuple(_FLAGS[(extra[4] >> shift) % 3] for shift in range(7))
    is_common = extra[2] % 8 == 0
    return (
        "Construction", enrollment.app_id, enrollment.wdid, filing.status, filing.noi_date, filing.ended,
        enrollment.region, enrollment.county, filing.operator, f"{site.operator} Development", site.address, None,
        site.city, "CA", site.zip_code, *_CONTACT, filing.name, site.address, second, site.city, "CA", site.zip_code,
        enrollment.latitude, enrollment.longitude, enrollment.county, *_CONTACT, size, unit,
        number(extra[3] / 5000 + 1), "Acres", str(extra[4] % 101), str(extra[5] % 60), str(extra[5] % 90 + 10),
        f"Tract {extra[1]}" if extra[1] % 6 == 0 else None, None, "Y" if is_common else "N",
        f"{site.name} Master Plan" if is_common else None, f"{start}-04-15", f"{start + 1}-02-01",
        f"{start + 2}-11-30" if extra[2] % 40 else "2031-12-31", "Other" if types[6] == "Y" else None, *types,
        "Demolition" if types[6] == "Y" else None, *lines,
        number(extra[0] / 800), number(extra[1] / 150_000, 3), number(extra[2] / 9000), number(extra[3] / 700),
        None if enrollment.risk is None else "Medium", None if enrollment.risk is None else "Low", enrollment.risk,
        site.water, indirectly, directly, "Contact", "Redacted", "00000",
        "Certifier" if filing.certified else None, "Owner" if filing.certified else None, filing.certified,
    )  # fmt: skip
