"""Writing the two stormwater monitoring files, and counting what a sync and the rules make of them."""

from pathlib import Path

from sync.contracts import smarts_construction_monitoring, smarts_industrial_monitoring
from sync.contracts.base import DatasetContract
from sync.synthetic.dischargers import Discharger, Dischargers
from sync.synthetic.enrollments import CONSTRUCTION, INDUSTRIAL, Enrollments
from sync.synthetic.findings import FindingsFile
from sync.synthetic.oddities import quarantined_lines, repaired_lines
from sync.synthetic.portal_file import PortalFile
from sync.synthetic.readings import smarts_reading
from sync.synthetic.sample_ledger import Names, SampleCounts
from sync.synthetic.sampling import evaluate, sampling_of
from sync.synthetic.storms import Sample, count_samples, lines_in

_CONTRACTS = {
    INDUSTRIAL: smarts_industrial_monitoring.CONTRACT,
    CONSTRUCTION: smarts_construction_monitoring.CONTRACT,
}


def write_samples(
    folder: Path, enrollments: Enrollments, week: int, names: Names, findings: FindingsFile
) -> SampleCounts:
    """Write the monitoring file of one program and week."""
    sampling = sampling_of(enrollments)
    contract = _CONTRACTS[enrollments.program]
    is_renamed = week % 2 == 1
    renamed = {"MONITOR_LOCATION_DESCRIPTION": "MONITORING_LOCATION_DESCRIPTION"} if is_renamed else {}
    with PortalFile(folder, contract, week, renamed=renamed) as file:
        counts = SampleCounts(file.tally)
        for discharger in Dischargers.of(enrollments):
            samples = sampling.samples(discharger, week)
            file.add_lines(lines_in(samples, week))
            _count(samples, discharger, week, counts, names)
            file.tally.add_entity(sampling.lanes, discharger.lane)
            if discharger.enrollment is not None and discharger.is_known(week):
                evaluate(samples, discharger.enrollment, week, findings)
            if discharger.number == 5:
                _add_oddities(file, counts, names, contract, week)
        file.add_blank_lines(2)
    return counts


def _count(samples: list[Sample], discharger: Discharger, week: int, counts: SampleCounts, names: Names) -> None:
    before = (counts.reports, counts.locations, counts.live + counts.removed)
    count_samples(samples, week, counts, names)
    if not discharger.is_known(week):
        counts.orphan_reports += counts.reports - before[0]
        counts.orphan_locations += counts.locations - before[1]
        counts.orphans += counts.live + counts.removed - before[2]


def _add_oddities(file: PortalFile, counts: SampleCounts, names: Names, contract: DatasetContract, week: int) -> None:
    """Of every kind of bad row one; those that can be read belong to nobody."""
    columns = list(file.columns)
    name = columns.index("MONITORING_LOCATION_NAME")
    cells: dict[str, str] = {
        "PERMIT_TYPE": contract.title.split()[1].title(),
        "WDID": f"4 19I9999{len(columns)}",
        "APP_ID": f"9999{len(columns)}",
        "REPORT_ID": f"99{len(columns)}",
        "SAMPLE_DATE": "2020-02-03",
        "PARAMETER": "pH",
        "RESULT_QUALIFIER": "=",
        "RESULT": "7",
        "UNITS": "SU",
    }
    row = [cells.get(column) for column in columns]
    for line, code in repaired_lines([row, row, row], name):
        file.add_raw(line)
        file.tally.add_flaws([("", code)])
    counts.count_steady(3, week)
    counts.reports += 1
    counts.locations += 3
    counts.orphan_reports += 1
    counts.orphan_locations += 3
    counts.orphans += 3
    names.add([smarts_reading("pH", "=", "7", "SU", None)])
    keys = (columns.index("WDID"), columns.index("APP_ID"))
    bad = quarantined_lines(row, keys, name)
    bad += quarantined_lines(row, (columns.index("PARAMETER"),), name)[3:4]
    for line, reason in bad:
        file.add_raw(line)
        file.tally.quarantined[reason] += 1
