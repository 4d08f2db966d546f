"""The two facility files: every enrollment, with its earlier certifications."""

from datetime import timedelta

from tests.data.invented.portal_file import PortalFile, replaced, surplus_cell
from tests.data.invented.sites import Site
from tests.data.invented.world import World

CONTACT = {"FIRST_NAME": "Contact", "LAST_NAME": "Contact", "PHONE": "000-000-0000", "EMAIL": "contact@example.org"}


def write_industrial_facilities(world: World) -> PortalFile:
    file = PortalFile("smarts_industrial_facilities")
    damages = {
        19: (replaced(b" Plastics,", b" \x00Plastics,"), 1),  # a NUL byte
        20: (replaced(b",NA,", b',"East" gate,'), 1),  # quotation marks that belong to the text
    }
    for number, site in enumerate(world.industrial):
        damage, flaws = damages.get(number, (bytes, 0))
        cells = industrial_cells(site)
        if number == 17:
            cells["NOI_PROCESSED_DATE"], flaws = "0019-05-14", 1
        if number == 18:
            cells["CERTIFICATION_DATE"], flaws = "2062-05-14", 1
        for certified in site.older:
            older = cells | {
                "CERTIFICATION_DATE": certified,
                "FACILITY_ADDRESS_2": "Unit B",
                "FACILITY_TOTAL_SIZE": 1.5,
            }
            file.copy(older, issues=site.coordinate_issues)
        file.record(cells, issues=site.coordinate_issues + flaws, damage=damage)
        if site.is_repeated:
            file.repeat()
    file.refused(industrial_cells(world.industrial[0]) | {"APP_ID": None, "WDID": None})
    file.refused(industrial_cells(world.industrial[1]), damage=surplus_cell)
    return file


def industrial_cells(site: Site) -> dict[str, object]:
    latitude, longitude = site.coordinates
    return {
        "PERMIT_TYPE": site.permit_type,
        "APP_ID": site.app_id,
        "WDID": site.wdid,
        "STATUS": site.status,
        "NOI_PROCESSED_DATE": site.processed,
        "NOT_EFFECTIVE_DATE": site.ended,
        "REGION_BOARD": site.place.region,
        "COUNTY": site.place.county,
        "OPERATOR_NAME": site.operator,
        "FACILITY_NAME": site.name,
        "FACILITY_ADDRESS": site.address,
        "FACILITY_CITY": site.place.city,
        "FACILITY_STATE": "CA",
        "FACILITY_ZIP": site.place.zip_code,
        "FACILITY_LATITUDE": latitude,
        "FACILITY_LONGITUDE": longitude,
        "FACILITY_COUNTY": site.place.county,
        **{f"FACILITY_CONTACT_{name}": CONTACT[name] for name in ("FIRST_NAME", "LAST_NAME")},
        **{f"FACILITY_{name}": CONTACT[name] for name in ("PHONE", "EMAIL")},
        "FACILITY_TOTAL_SIZE": site.acres,
        "FACILITY_TOTAL_SIZE_UNIT": "Acres",
        "PERCENT_OF_SITE_IMPERVIOUSNESS": 85,
        "PRIMARY_SIC": site.activity,
        "RECEIVING_WATER_NAME": site.place.water,
        "INDIRECTLY": "Y",
        "DIRECTLY": "N",
        "CERTIFIER_BY": "Contact",
        "CERTIFICATION_DATE": site.certified,
        "QUESTION_TMDL_ANSWER": "N",
    }


def write_construction_facilities(world: World) -> PortalFile:
    file = PortalFile("smarts_construction_facilities")
    for number, site in enumerate(world.construction):
        cells, flaws = construction_cells(site), 0
        if number == 30:
            cells["SITE_TOTAL_SIZE"], flaws = "about 5", 1
        if number == 31:
            cells["DIRECTLY"], flaws = "X", 1
        for certified in site.older:
            file.copy(cells | {"CERTIFICATION_DATE": certified, "SITE_ADDRESS_2": "Phase 1"}, issues=flaws)
        file.record(cells, issues=site.coordinate_issues + flaws)
        if site.is_repeated:
            file.repeat()
    file.refused(construction_cells(world.construction[0]) | {"APP_ID": None, "WDID": None})
    file.refused(construction_cells(world.construction[1]), damage=surplus_cell)
    return file


def construction_cells(site: Site) -> dict[str, object]:
    latitude, longitude = site.coordinates
    people = {f"{who}_CONTACT_{name}": CONTACT[name] for who in ("DEVELOPER", "SITE") for name in list(CONTACT)[:2]}
    return people | {
        "PERMIT_TYPE": site.permit_type,
        "APP_ID": site.app_id,
        "WDID": site.wdid,
        "STATUS": site.status,
        "NOI_PROCESSED_DATE": site.processed,
        "NOT_EFFECTIVE_DATE": site.ended,
        "REGION": site.place.region,
        "COUNTY": site.place.county,
        "OWNER_NAME": site.operator,
        "DEVELOPER_NAME": site.operator,
        "DEVELOPER_CITY": site.place.city,
        "DEVELOPER_STATE": "CA",
        "SITE_NAME": site.name,
        "SITE_ADDRESS": site.address,
        "SITE_CITY": site.place.city,
        "SITE_STATE": "CA",
        "SITE_ZIP": site.place.zip_code,
        "SITE_LATITUDE": latitude,
        "SITE_LONGITUDE": longitude,
        "SITE_COUNTY": site.place.county,
        "SITE_PHONE": CONTACT["PHONE"],
        "SITE_EMAIL": CONTACT["EMAIL"],
        "SITE_TOTAL_SIZE": site.acres,
        "SITE_TOTAL_SIZE_UNIT": "Acres",
        "SITE_TOTAL_DISTURBED_ACREAGE": round(site.acres * 0.8, 2),
        "TOTAL_DISTURBED_ACREAGE_UNIT": "Acres",
        "PERCENT_TOTAL_DISTURBED": 80,
        "CONSTRUCTION_COMMENCEMENT_DATE": site.processed + timedelta(days=30),
        "COMPLETE_PROJECT_DATE": site.processed + timedelta(days=1500),
        site.activity: "Y",
        "PROJECT_COMBINED_RISK": risk_level(site),
        "RECEIVING_WATER_NAME": site.place.water,
        "INDIRECTLY": "Y",
        "DIRECTLY": "N",
        "CERTIFIER_BY": "Contact",
        "CERTIFICATION_DATE": site.certified,
    }


def risk_level(site: Site) -> str | None:
    return (None, "Level 1", "Level 2", "Level 3")[len(site.name) % 4]
