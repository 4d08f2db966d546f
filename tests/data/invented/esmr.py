"""The eSMR files, one per sampling year: what treatment plants report of themselves."""

from collections.abc import Iterator
from datetime import date, timedelta

from tests.data.invented.portal_file import PortalFile, replaced, surplus_cell
from tests.data.invented.sites import Plant
from tests.data.invented.world import World

TSS = "Total Suspended Solids (TSS)"


def write_esmr(world: World, year: int) -> PortalFile:
    file = PortalFile("esmr")
    for number, plant in enumerate(world.plants):
        for month in range(1, 13):
            report = report_cells(plant, number, year, month)
            for cells in effluent_rows(world, number, year, month):
                file.record(report | cells)
            if month % 3 == 0:
                add_other_locations(file, world, report, number)
    add_odd_results(file, world, year)
    return file


def report_cells(plant: Plant, number: int, year: int, month: int) -> dict[str, object]:
    day = date(year, month, 10 + number)
    name = {12: "December", 2: "February", 3: "March"}.get(month, f"{day:%B}")
    codes_since = 2024  # newer exports write R4 instead of "Region 4 - Los Angeles"
    region = plant.place.region
    return {
        "region": f"R{region}" if year >= codes_since else f"Region {region} - {plant.place.region_name}",
        "location": "EFF-001",
        "location_place_id": plant.place_id * 10 + 1,
        "location_place_type": "Effluent Monitoring",
        "sampling_date": day,
        "sampling_time": "08:30:00",
        "analysis_date": day + timedelta(days=3),
        "analysis_time": "00:00:00",
        "facility_name": plant.name,
        "facility_place_id": plant.place_id,
        "report_name": f"Monthly SMR ( MONNPDES ) report for {name} {year}",
        "latitude": f"{plant.latitude:.5f}" if number == 0 else None,
        "longitude": f"{plant.longitude:.5f}" if number == 0 else None,
        "receiving_water_body": plant.place.water,
        "smr_document_id": 9_000_000 + (year - 2000) * 1000 + number * 20 + month,
        "location_desc": "Final effluent",
    }


def effluent_rows(world: World, number: int, year: int, month: int) -> Iterator[dict[str, object]]:
    """Two averages that the discharger calculated and two results of a laboratory: never to be mixed."""
    high_solids = number == 0 and year == 2024 and month in {2, 3, 4}  # above the monthly 30 mg/L
    solids = world.between(*((33, 47) if high_solids else (4, 24)), 1)
    yield calculated(
        "Total Suspended Solids (TSS)", "Average Monthly (AMEL)", solids, "mg/L", review="Y" if high_solids else None
    )
    yield calculated("Flow", "Daily Average (Mean)", world.between(2, 11, 2), "MGD")
    is_caustic = number == 1 and year == 2023 and month == 7
    yield measured("pH", "E150.1", "pH, Electrometric", "=", "9.4" if is_caustic else world.between(6.6, 8.3, 1), "SU")
    if world.rng.random() < 0.3:
        yield measured("Zinc, Total Recoverable", "E200.8", "Metals by ICP-MS", "DNQ", "6.1", "ug/L", (2, 10))
    else:
        yield measured(
            "Zinc, Total Recoverable", "E200.8", "Metals by ICP-MS", "=", world.between(11, 80, 1), "ug/L", (2, 10)
        )


def calculated(parameter: str, base: str, result: str, units: str, review: str | None = None) -> dict[str, object]:
    cells = {"parameter": parameter, "calculated_method": base, "qualifier": "=", "result": result, "units": units}
    return cells | {"review_priority_indicator": review}


def measured(
    parameter: str,
    code: str,
    method: str,
    qualifier: str,
    result: str | None,
    units: str,
    limits: tuple[float, float] | None = None,
) -> dict[str, object]:
    mdl, rl = limits or (None, None)
    cells = {"parameter": parameter, "analytical_method_code": code, "analytical_method": method, "units": units}
    return cells | {"qualifier": qualifier, "result": result, "mdl": mdl, "ml": rl, "rl": rl}


def add_other_locations(file: PortalFile, world: World, report: dict[str, object], number: int) -> None:
    """Influent, where high numbers mean nothing, and the river."""
    influent = {"location": "INF-001", "location_place_type": "Influent Monitoring", "location_desc": "Headworks"}
    river = {"location": "RSW-001", "location_place_type": "Receiving Water Monitoring", "location_desc": None}
    first = int(str(report["location_place_id"]))
    solids = measured(TSS, "SM2540D", "Total suspended solids", "=", world.between(180, 340, 0), "mg/L", (1, 5))
    file.record(report | influent | {"location_place_id": first + 1} | solids)
    flaws = 0
    if number == 1:  # the sign of the longitude was forgotten
        river |= {"latitude": "33.80120", "longitude": "118.25550"}
        flaws = 1
    ammonia = measured("Ammonia, Total (as N)", "SM4500NH3", "Ammonia", "ND", None, "mg/L", (0.04, 0.1))
    file.record(report | river | {"location_place_id": first + 2} | ammonia, issues=flaws)


def add_odd_results(file: PortalFile, world: World, year: int) -> None:
    report = report_cells(world.plants[3], 3, year, 3)
    resubmitted = report | {"smr_document_id": int(str(report["smr_document_id"])) + 900}
    for document, result in ((report, "52"), (resubmitted, "48")):  # above the weekly 45 mg/L, corrected later
        file.record(
            document
            | calculated("Biochemical Oxygen Demand (BOD) (5-day @ 20 Deg. C)", "Average Weekly (AWEL)", result, "mg/L")
        )
    file.repeat()
    chlorine = measured("Chlorine, Total Residual", "SM4500CLG", "Chlorine, DPD", "<", "0.05", "mg/L", (0.01, 0.05))
    file.record(report | chlorine | {"comments": 'Analyzer "B" was used, as "A" drifted', "qa_codes": "J"})
    file.record(report | chlorine | {"sampling_time": "10:15:00", "comments": "Sampler jammed\ngrab taken instead"})
    file.record(
        report | chlorine | {"sampling_time": "11:45:00", "comments": "Lab CAFE closed"},
        issues=1,
        damage=replaced(b"CAFE", b"CAF\xc9"),  # Windows-1252 in a UTF-8 file
    )
    file.record(report | chlorine | {"sampling_date": "2062-03-13"}, issues=1)
    file.record(report | chlorine | {"result": "less than 0.05"}, issues=1)
    file.repeat()
    file.refused(report | chlorine | {"location_place_id": None})
    file.refused(report | chlorine, damage=surplus_cell)
