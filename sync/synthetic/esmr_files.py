"""Writing the eSMR files, one per sampling year, and counting what a sync and the rules make of them."""

from dataclasses import dataclass, field
from pathlib import Path

from sync.contracts import esmr
from sync.synthetic import esmr_truth
from sync.synthetic.cells import Cell
from sync.synthetic.esmr_plant_years import rows_of
from sync.synthetic.esmr_readings import LAB_CHLORINE, EsmrPools, Item, esmr_reading
from sync.synthetic.esmr_rows import LANES, YEARS, EsmrRow, PlantLane
from sync.synthetic.findings import FindingsFile
from sync.synthetic.oddities import quarantined_lines, repaired_lines
from sync.synthetic.plants import Plant, plant
from sync.synthetic.portal_file import PortalFile
from sync.synthetic.sample_ledger import Names, SampleCounts
from sync.synthetic.streams import lane_of, shift_of
from sync.synthetic.weeks import ALWAYS, today_in

ODD_PLACE = 999_001


@dataclass(slots=True)
class EsmrFiles:
    """The eSMR part of a world in one week."""

    seed: int
    plants: int
    week: int
    names: Names
    pools: EsmrPools
    locations: set[int] = field(default_factory=set)  # hashes of what is published of each
    years: dict[int, SampleCounts] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, plants: int, week: int, names: Names) -> "EsmrFiles":
        """The eSMR part of the world of this seed."""
        return cls(seed, plants, week, names, EsmrPools(seed))

    def write(self, folder: Path, findings: FindingsFile) -> None:
        """Write all years."""
        shift = shift_of(self.seed, "plant reports", LANES)
        for year in YEARS:
            with PortalFile(folder, esmr.CONTRACT, self.week, year=year) as file:
                counts = self.years[year] = SampleCounts(file.tally)
                for index in range(self.plants):
                    found = plant(self.seed, index)
                    lane = lane_of(index, shift, LANES)
                    rows = rows_of(self.seed, self.pools, found, lane=lane, year=year, week=self.week)
                    file.tally.add_entity(PlantLane, lane)
                    self._add_plant(file, counts, found, rows, findings)
                    if index == 3:
                        self._add_oddities(file, counts, year)
                file.add_blank_lines()
                tally = file.tally
                tally.is_same_file = self.week > 0 and not (tally.inserted or tally.updated or tally.removed)

    def _add_plant(
        self, file: PortalFile, counts: SampleCounts, found: Plant, rows: list[EsmrRow], findings: FindingsFile
    ) -> None:
        live = [row for row in rows if row.life is ALWAYS or row.life.is_there(self.week)]
        lines = []
        for row in live:
            if row.copies > 1:
                lines += [row.line] * row.copies
            else:
                lines.append(row.line)
            if row.flaws or row.location.flaws or row.reading.flaws:
                counts.tally.add_flaws(row.flaws + row.location.flaws + row.reading.flaws, row.copies)
        file.add_lines(lines)
        unsteady = [row for row in rows if row.life is not ALWAYS or row.copies > 1]
        counts.count_steady(len(rows) - len(unsteady), self.week)
        for row in unsteady:
            counts.count_row(
                now=row.copies if row.life.is_there(self.week) else 0,
                before=row.copies if self.week and row.life.is_there(self.week - 1) else 0,
                is_known=row.life.was_there_before(self.week),
            )
        counts.reports += len({row.document.number for row in rows})
        places = {id(row.location): row.location for row in rows}
        self.locations.update(hash(location.identity) for location in places.values())
        self.names.add([row.reading for row in rows])
        esmr_truth.evaluate(found.place_id, live, today_in(self.week), findings)

    def _add_oddities(self, file: PortalFile, counts: SampleCounts, year: int) -> None:
        """Of every kind of bad row one; those that can be read belong to a plant of their own."""
        columns = list(file.columns)
        cells: dict[str, str] = {
            "region": "Region 4 - Los Angeles",
            "location": "EFF-001",
            "location_place_id": f"{ODD_PLACE}1",
            "location_place_type": "Effluent Monitoring",
            "parameter": LAB_CHLORINE.parameter,
            "qualifier": "=",
            "result": "0.2",
            "units": "mg/L",
            "sampling_date": f"{year}-01-15",
            "sampling_time": "08:15:00",
            "facility_name": "Odd Rows WWTP",
            "facility_place_id": str(ODD_PLACE),
            "report_name": "Report of odd rows",
            "smr_document_id": f"99{year}",
        }
        row: list[Cell] = [cells.get(column) for column in columns]
        text = columns.index("comments")
        for line, code in repaired_lines([row, row, row], text):
            file.add_raw(line)
            file.tally.add_flaws([("", code)])
        counts.count_steady(3, self.week)
        counts.reports += 1
        self.locations.add(hash("odd"))
        self.names.add([esmr_reading(Item(LAB_CHLORINE.parameter, "mg/L", 0, 0), "=", "0.2")])
        bad = quarantined_lines(row, (columns.index("facility_place_id"),), text)
        for key in ("location_place_id", "parameter"):
            bad += quarantined_lines(row, (columns.index(key),), text)[3:4]
        for line, reason in bad:
            file.add_raw(line)
            file.tally.quarantined[reason] += 1
