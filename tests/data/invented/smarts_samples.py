"""The two SMARTS monitoring files: results of stormwater samples."""

from datetime import date, datetime, time, timedelta

from tests.data.invented.portal_file import PortalFile, surplus_cell, unclosed_quote
from tests.data.invented.sites import Site
from tests.data.invented.world import World

STORMS = (  # two in each reporting year, July to June
    date(2023, 12, 20), date(2024, 2, 5), date(2024, 12, 14), date(2025, 2, 13), date(2025, 11, 15), date(2026, 2, 17),
)  # fmt: skip
METHODS = {"pH": "A4500HB", "Total Suspended Solids (TSS)": "A2540D", "Oil and Grease": "E1664B", "Turbidity": "E180.1"}
TSS = "Total Suspended Solids (TSS)"


def write_industrial_monitoring(world: World) -> PortalFile:
    file = PortalFile("smarts_industrial_monitoring")
    sites = [site for number, site in enumerate(world.industrial[:14]) if number not in {5, 12}]
    sites[0] = world.industrial[5]  # sand and gravel, with the TSS story below
    for number, site in enumerate(sites):
        for storm, day in enumerate(STORMS):
            for outfall in (1, 2):
                for parameter in ("pH", TSS, "Oil and Grease", site.metal):
                    cells = sample_cells(site, day, outfall, 100 * number + 10 * storm + outfall)
                    cells |= industrial_result(world, site, parameter, day)
                    flaws = 0
                    if number == 6 and outfall == 2:  # the sign of the longitude was forgotten
                        cells["MONITORING_LONGITUDE"], flaws = str(cells["MONITORING_LONGITUDE"]).lstrip("-"), 1
                    file.record(cells, issues=flaws)
    add_odd_samples(file, world)
    return file


def sample_cells(site: Site, day: date, outfall: int, sample: int) -> dict[str, object]:
    reporting_year = day.year if day.month >= 7 else day.year - 1
    return {
        "PERMIT_TYPE": site.permit_type,
        "WDID": site.wdid,
        "APP_ID": site.app_id,
        "REPORTING_YEAR": reporting_year,
        "REPORT_ID": str(9_900_000 + sample // 10),
        "EVENT_TYPE": "Qualifying Storm Event",
        "MONITORING_LOCATION_NAME": f"Outfall {outfall}",
        "MONITORING_LOCATION_TYPE": "Effluent Monitoring",
        "MONITOR_LOCATION_DESCRIPTION": ("Drop inlet at the gate", "Rear swale")[outfall - 1],
        "MONITORING_LATITUDE": f"{site.latitude + outfall / 2000:.5f}",
        "MONITORING_LONGITUDE": f"{site.longitude - outfall / 2000:.5f}",
        "SAMPLE_ID": str(9_200_000 + sample),
        "SAMPLE_DATE": day,
        "SAMPLE_TIME": ("09:15", "1340")[outfall - 1],
        "DISCHARGE_START_DATE": day,
        "DISCHARGE_START_TIME": "08:00",
        "CERTIFIER_NAME": "Contact",
        "CERTIFIED_DATE": datetime.combine(day + timedelta(days=21), time(11, 5, 30)),
    }


def industrial_result(world: World, site: Site, parameter: str, day: date) -> dict[str, object]:
    """A result within the action levels, but for the four stories that a reader can find."""
    story = {
        ("Tanbark Metal Recycling", "Zinc, Total"): ("0.30", "0.90", 2),  # above 0.26 mg/L, year after year
        ("Pepperwick Sand and Gravel", TSS): ("410", "650", 0) if day.year == 2024 else ("60", "120", 0),
        ("Larkmoor Ready Mix", "pH"): ("9.2", "9.9", 1) if day == STORMS[-1] else ("7.5", "8.8", 1),
        ("Halcyard Plating Works", "Copper, Total"): ("14", "30", 1) if day == STORMS[3] else ("0.005", "0.03", 4),
    }.get((site.name, parameter))
    usual = {"pH": ("6.5", "8.3", 1), TSS: ("8", "95", 0), "Oil and Grease": ("1", "9", 1)}
    low, high, digits = story or usual.get(parameter, ("0.02", "0.2", 3))
    cells = result_cells(parameter, "=", world.between(float(low), float(high), digits))
    if parameter == "Oil and Grease" and world.rng.random() < 0.6:
        cells |= {"RESULT_QUALIFIER": "ND", "RESULT": None}
    elif story is None and parameter == site.metal and world.rng.random() < 0.25:
        cells |= {"RESULT_QUALIFIER": "DNQ", "RESULT": "0.012"}
    return cells


def result_cells(parameter: str, qualifier: str, result: str | None) -> dict[str, object]:
    units = {"pH": "SU", "Turbidity": "NTU"}.get(parameter, "mg/L")
    limits = {"pH": (None, None), TSS: (1, 5), "Oil and Grease": (1.4, 5), "Turbidity": (0.1, 1)}
    mdl, rl = limits.get(parameter, (0.004, 0.02))
    return {
        "PARAMETER": parameter,
        "RESULT_QUALIFIER": qualifier,
        "RESULT": result,
        "UNITS": units,
        "ANALYTICAL_METHOD": METHODS.get(parameter, "E200.8"),
        "MDL": mdl,
        "RL": rl,
    }


def add_odd_samples(file: PortalFile, world: World) -> None:
    day = date(2026, 10, 14)
    site = world.industrial[3]
    base = sample_cells(site, day, 1, 5000)
    for cells, flaws in (
        (result_cells("pH", "=", "7.4") | {"UNITS": "mg/L"}, 0),
        (result_cells(TSS, "<", "5"), 0),
        (result_cells("Zinc, Total", ">", "2"), 0),
        (result_cells("Zinc, Total Recoverable", "=", "180") | {"UNITS": "ug/L"}, 0),
        (result_cells("Zinc, Dissolved", "=", "0.09"), 0),
        (result_cells("Iron, Total", "=", None), 0),
        (result_cells("Lead, Total", "<", "<0.005"), 1),  # not a number
        (result_cells("Copper, Total", "=", "0.02") | {"SAMPLE_DATE": "0202-01-14"}, 1),
        (result_cells("Nickel, Total", "=", "0.02") | {"SAMPLE_DATE": "2062-10-14"}, 1),  # a typing error of 2026
        (result_cells(TSS, "=", "88") | {"EVENT_TYPE": "Other Storm Event", "SAMPLE_ID": "9205001"}, 0),
    ):
        file.record(base | cells, issues=flaws)
    file.repeat()
    file.repeat()
    for number, orphan in enumerate(
        (world.orphans[0], world.industrial[12], world.industrial[14], world.industrial[-1])
    ):
        cells = sample_cells(orphan, day, 2, 5100 + 10 * number)
        file.record(cells | result_cells(TSS, "=", str(40 + number)))
        file.record(cells | result_cells("pH", "=", f"{7 + number / 10}"))
    file.refused(base | {"PARAMETER": None, "RESULT": "3"})
    file.refused(base | result_cells(TSS, "=", "12") | {"WDID": None, "APP_ID": None})
    file.refused(base | result_cells(TSS, "=", "13"), damage=surplus_cell)


def write_construction_monitoring(world: World) -> PortalFile:
    # The description's column is spelled in full here: the names drift from file to file.
    renamed = {"MONITOR_LOCATION_DESCRIPTION": "MONITORING_LOCATION_DESCRIPTION"}
    file = PortalFile("smarts_construction_monitoring", renamed=renamed)
    for number, site in enumerate(world.construction[:12]):
        for storm, day in enumerate(STORMS):
            for point in (1, 2):
                cells = construction_sample_cells(site, day, point, 6000 + 100 * number + 10 * storm + point)
                muddy = number == 2 and storm in {2, 3}  # above 250 NTU
                file.record(
                    cells | result_cells("Turbidity", "=", world.between(*((310, 520) if muddy else (12, 190)), 0))
                )
                alkaline = number == 4 and storm == 4  # fresh concrete
                file.record(
                    cells | result_cells("pH", "=", world.between(*((9.0, 10.1) if alkaline else (6.8, 8.2)), 1))
                )
    cells = construction_sample_cells(world.construction[0], date(2026, 10, 14), 1, 8000)
    file.record(cells | result_cells("Turbidity", "ND", None))
    file.repeat()
    file.record(cells | result_cells("pH", "=", "7.7") | {"SAMPLE_DATE": "2026-10-44"}, issues=1)
    file.record(
        cells | result_cells("pH", "=", "7.8") | {"MONITORING_LATITUDE": "0", "MONITORING_LONGITUDE": "0"}, issues=2
    )
    file.refused(cells | {"PARAMETER": None})
    file.refused(cells | result_cells("pH", "=", "7.9"), damage=unclosed_quote)
    return file


def construction_sample_cells(site: Site, day: date, point: int, sample: int) -> dict[str, object]:
    cells = sample_cells(site, day, point, sample)
    cells["REPORT_YEAR"] = cells.pop("REPORTING_YEAR")
    del cells["DISCHARGE_START_DATE"], cells["DISCHARGE_START_TIME"]
    return cells | {
        "EVENT_START_DATE": day,
        "EVENT_END_DATE": day + timedelta(days=1),
        "RAINFALL_AMOUNT": 1.2,
        "BUSINESS_DAYS": 2,
        "MONITORING_LOCATION_NAME": f"Discharge point {point}",
        "PERCENT_OF_TOTAL_DISCHARGE": 50,
        "QSP": "Contact",
        "ANALYZED_BY": "Example Laboratory",
    }
