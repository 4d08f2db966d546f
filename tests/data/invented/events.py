"""Inspections, violations and enforcement actions, with the facility joined to each of them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from tests.data.invented.portal_file import PortalFile, surplus_cell, unclosed_quote
from tests.data.invented.sites import Site
from tests.data.invented.world import World


def joined_rows(site: Site) -> Iterator[dict[str, object]]:
    """The columns that the publisher joins to an event: once per row of the site in its facility file."""
    ids: dict[str, object] = {"WDID": site.wdid, "APP_ID": site.app_id, "PERMIT_TYPE": site.permit_type}
    ids["REGIONAL_BOARD"] = site.place.region
    if site.is_orphan:
        yield ids
        return
    latitude, longitude = site.coordinates
    second_line = "Unit B" if site.permit_type == "Industrial" else "Phase 1"
    rows = len(site.older) + 1 + site.is_repeated
    for number in range(rows):
        is_older = number < len(site.older)
        yield ids | {
            "PLACE_NAME": site.name,
            "PLACE_ADDRESS": site.address,
            "PLACE_ADDRESS_2": second_line if is_older else None,
            "PLACE_CITY": site.place.city,
            "PLACE_STATE": "CA",
            "PLACE_ZIP": site.place.zip_code,
            "PLACE_LATITUDE": latitude,
            "PLACE_LONGITUDE": longitude,
            "PLACE_COUNTY": site.place.county,
            "PLACE_TOTAL_SIZE": site.acres,
            "PLACE_TOTAL_SIZE_UNIT": "Acres",
            "RECEIVING_WATER_NAME": site.place.water,
            "INDIRECTLY": "Y",
            "DIRECTLY": "N",
        }


def add_event(file: PortalFile, site: Site, cells: Mapping[str, object], flaws: int = 0) -> None:
    first, *others = joined_rows(site)
    file.record({**first, **cells}, issues=site.coordinate_issues + flaws)
    for place in others:
        file.copy({**place, **cells}, issues=site.coordinate_issues + flaws)


def event_sites(world: World, count: int, step: int) -> Iterator[tuple[int, Site]]:
    sites = world.industrial + world.construction
    for number in range(count):
        yield number, world.orphans[number // 12 % 4] if number % 12 == 11 else sites[number * step % len(sites)]


def write_inspections(world: World) -> PortalFile:
    file = PortalFile("smarts_inspections", left_out=("FINAL_INSP_RPT_UPLOAD_DATE",))
    purposes = ("B Type Compliance", "A Type Compliance", "Complaint", "Enforcement Follow-up", "Non-Filer/NONA", "NEC")
    for number, site in event_sites(world, 58, 7):
        day, found = world.day(), (0, 1, 0, 2)[number % 4]
        identifier = str(9_600_000 + number)
        world.inspections.append((identifier, site, day, found))
        cells = {
            "INSPECTION_ID": identifier,
            "INSPECTION_START_TIME": ("09:15 AM", "1300", "10:30")[number % 3],
            "INSPECTION_STATUS": "Historical",
            "INSPECTION_PURPOSE": purposes[number % len(purposes)],
            "INSPECTION_DATE": day,
            "INSPECTION_CONTACT": "Contact",
            "INSPECTOR_TYPE": "Regional Board",
            "INSPECTOR_NAME": "Inspector",
            "FOLLOW_UP_ACTION": "Letter" if found else None,
            "GENERAL_NOTES": "Drums stored outside without cover, sheen in the drop inlet" if found else None,
            "VIRTUAL_INSPECTION": "Y" if number % 9 == 4 else "N",
            "COUNT_OF_VIOLATIONS": found,
        }
        if number == 6:
            add_event(file, site, cells | {"INSPECTION_DATE": "2024-02-31"}, flaws=1)
        else:
            add_event(file, site, cells)
    ids = {"WDID": world.industrial[0].wdid, "APP_ID": world.industrial[0].app_id}
    file.refused(ids | {"GENERAL_NOTES": "A row without its id"})
    file.refused(ids | {"INSPECTION_ID": "9699999"}, damage=surplus_cell)
    return file


def write_violations(world: World) -> PortalFile:
    file = PortalFile("smarts_violations", line_break="\r\n")
    kinds = ("Deficient BMP Implementation", "Deficient SWPPP", "Unauthorized NSWD", "Effluent Limitation")
    statuses = ("Violation", "Potential", "Violation", "Dismissed")
    found_on_site = [
        (site, day, "Inspection", identifier)
        for identifier, site, day, found in world.inspections
        for _ in range(found)
    ]
    reported = [(site, world.day(), "Report", str(9_500_000 + number)) for number, site in event_sites(world, 33, 11)]
    for number, (site, day, source, source_id) in enumerate(found_on_site + reported):
        cells = {
            "VIOLATION_ID": str(9_800_000 + number),
            "VIOLATION_SOURCE": source,
            "VIOLATION_SOURCE_ID": source_id,
            "VIOLATION_TYPE": kinds[number % 4] if source == "Inspection" else "Late Report",
            "SERIOUS_VIOLATION": "Y" if number % 17 == 3 else "N",
            "VIOLATION_PRIORITY": ("1", "2", "3", "B", "Not Authorized to Assign Rank")[number % 5],
            "OCCURRENCE_DATE": day,
            "DISCOVERY_DATE": day + timedelta(days=number % 20),
            "DETERMINED_BY": "Regional Board staff",
            "EXEMPT_FROM_MMP": "Y",
            "DESCRIPTION": "Annual report not received by July 15" if source == "Report" else "Observed on site",
            "VIOLATION_STATUS": statuses[number % 4],
            "LINKED_ENFORCEMENT_ACTION": "Staff Enforcement Letter" if number % 6 == 0 else None,
        }
        flaws = 0
        if number == 8:
            cells["OCCURRENCE_DATE"], flaws = "0202-03-02", 1
        if number == 9:
            cells["SERIOUS_VIOLATION"], flaws = "U", 1
        add_event(file, site, cells, flaws)
        if number == 20:
            file.repeat()
    # The same violation twice with a different status: the later row counts, the contradiction is on record.
    disputed = next(joined_rows(world.industrial[2])) | {"VIOLATION_ID": "9899001", "VIOLATION_TYPE": "Late Report"}
    file.copy(disputed | {"VIOLATION_STATUS": "Potential"}, issues=1)
    file.record(disputed | {"VIOLATION_STATUS": "Dismissed"})
    file.refused(next(joined_rows(world.industrial[3])) | {"DESCRIPTION": "A row without its id"})
    file.refused(next(joined_rows(world.industrial[4])) | {"VIOLATION_ID": "9899002"}, damage=unclosed_quote)
    return file


def write_enforcement_actions(world: World) -> PortalFile:
    file = PortalFile("smarts_enforcement_actions", renamed={"REGIONAL_BOARD": "REGION"})
    kinds = (
        "Staff Enforcement Letter", "Notice of Violation", "Verbal Communication", "Notice of Non-Compliance",
        "13267 Letter", "Expedited Payment Letter", "Admin Civil Liability",
    )  # fmt: skip
    for number, site in event_sites(world, 42, 13):
        day, kind = world.day(), kinds[number % 7]
        cells: dict[str, object] = {
            "ENFORCEMENT_ID": str(9_300_000 + number),
            "ENFORCEMENT_TYPE": kind,
            "ENFORCEMENT_STATUS": ("Historical", "Active", "Draft", "Withdrawn")[number % 4],
            "ISSUANCE_DATE": day,
            "DUE_DATE": day + timedelta(days=60),
            "DESCRIPTION": f"{kind} to {site.operator}",
            "CORRECTIVE_ACTION": "Submit the missing annual report",
            "COUNT_OF_VIOLATIONS": 1 + number % 3,
        }
        if kind in {"Expedited Payment Letter", "Admin Civil Liability"}:
            amount = 1000 * (1 + number)
            cells |= {"INITIAL_ASSESSMENT": amount, "TOTAL_ASSESSMENT": amount, "RECEIVED_AMOUNT": amount // 2}
            cells |= {"BALANCE_DUE": amount - amount // 2, "ORDER_NUMBER": f"R{site.place.region}-2025-9{number:03}"}
        flaws = 0
        if number == 5:
            cells["TOTAL_ASSESSMENT"], flaws = "6,000", 1
        add_event(file, site, cells, flaws)
        if number == 30:
            file.repeat()
    file.refused(next(joined_rows(world.industrial[3])) | {"DESCRIPTION": "A row without its id"})
    file.refused(next(joined_rows(world.industrial[4])) | {"ENFORCEMENT_ID": "9399001"}, damage=surplus_cell)
    return file
