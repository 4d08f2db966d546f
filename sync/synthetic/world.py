"""Writing a world: the files of one week, and the manifest of what is true about them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.synthetic.enrollments import CONSTRUCTION, INDUSTRIAL, Enrollments
from sync.synthetic.esmr_files import EsmrFiles
from sync.synthetic.event_files import EventCounts, write_enforcement, write_inspections, write_violations
from sync.synthetic.events import Events
from sync.synthetic.facility_files import FacilityCounts, write_facilities
from sync.synthetic.findings import FindingsFile
from sync.synthetic.sample_files import write_samples
from sync.synthetic.sample_ledger import Names, SampleCounts
from sync.synthetic.sizes import Sizes
from sync.synthetic.truth_pairs import write_pairs
from sync.synthetic.weeks import day_of, today_in

MANIFEST = "manifest.json"
FINDINGS, INDETERMINATE = "truth_findings.csv", "truth_indeterminate.csv"


@dataclass(frozen=True, slots=True)
class World:
    """Which world, and which of its weeks."""

    seed: int
    scale: float
    week: int = 0


def write_world(folder: Path, world: World, on_step: Callable[[str], None] = lambda _step: None) -> dict[str, Any]:
    """Write the files of a week into `folder`, and return the manifest that lies beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = Sizes.at(world.scale)
    industrial = Enrollments.of(world.seed, INDUSTRIAL, sizes.industrial, sizes.plants)
    construction = Enrollments.of(world.seed, CONSTRUCTION, sizes.construction, sizes.plants)
    facilities: dict[str, FacilityCounts] = {}
    for enrollments in (industrial, construction):
        on_step(f"{enrollments.program} facilities")
        facilities[enrollments.program] = write_facilities(folder, enrollments, world.week)
    on_step("inspections, violations, enforcement actions")
    inspections = Events.of(world.seed, "inspections", sizes.inspections, industrial, construction)
    violations = Events.of(world.seed, "violations", sizes.violations, industrial, construction)
    actions = Events.of(world.seed, "enforcement", sizes.enforcement, industrial, construction)
    events = {
        "smarts_inspections": write_inspections(folder, inspections, world.week),
        "smarts_violations": write_violations(folder, violations, inspections, world.week),
        "smarts_enforcement_actions": write_enforcement(folder, actions, world.week),
    }
    names = Names()
    with (
        (folder / FINDINGS).open("w", encoding="utf-8", newline="") as stream,
        (folder / INDETERMINATE).open("w", encoding="utf-8", newline="") as indeterminate,
    ):
        findings = FindingsFile(stream, indeterminate)
        samples: dict[str, SampleCounts] = {}
        for enrollments in (industrial, construction):
            on_step(f"{enrollments.program} monitoring")
            counts = write_samples(folder, enrollments, world.week, names, findings)
            samples[f"smarts_{enrollments.program}_monitoring"] = counts
        on_step("eSMR")
        plants = EsmrFiles.of(world.seed, sizes.plants, world.week, names)
        plants.write(folder, findings)
    samples |= {f"esmr:{year}": counts for year, counts in plants.years.items()}
    pairs = write_pairs(folder, (industrial, construction), world.week)
    manifest = {
        "seed": world.seed,
        "scale": world.scale,
        "week": world.week,
        "date": day_of(world.week).isoformat(),
        "today": today_in(world.week).isoformat(),
        "resources": {f"smarts_{program}_facilities": counts.tally.as_json() for program, counts in facilities.items()}
        | {slug: counts.tally.as_json() for slug, counts in events.items()}
        | {slug: counts.tally.as_json() for slug, counts in samples.items()},
        "tables": _tables(facilities, events, samples, plants, names),
        "pairs": {"true": pairs[0], "near": pairs[1]},
        "findings": {
            "totals": dict(sorted(findings.totals.items())),
            "provisional": dict(sorted(findings.provisional.items())),
            "indeterminate": dict(sorted(findings.indeterminate.items())),
            "unusable": [
                {"rules": rules, "reason": reason, "results": results}
                for (rules, reason), results in sorted(findings.unusable.items())
            ],
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _tables(
    facilities: dict[str, FacilityCounts],
    events: dict[str, EventCounts],
    samples: dict[str, SampleCounts],
    plants: EsmrFiles,
    names: Names,
) -> dict[str, Any]:
    """Rows per table once this week and all before it have been synced."""
    smarts = [counts for slug, counts in samples.items() if slug.startswith("smarts")]
    sites = set[str]().union(*(counts.sites for counts in facilities.values()))
    esmr_facilities = plants.plants + 1
    return {
        "enrollments": {program: {"live": counts.live, "removed": counts.removed} for program, counts in facilities.items()},
        "superseded_certifications": sum(counts.superseded for counts in facilities.values()),
        "events": {
            slug: {"live": counts.live, "removed": counts.removed, "orphans": counts.orphans}
            for slug, counts in events.items()
        },
        "inspection_violation_links": events["smarts_violations"].links,
        "samples": {slug: {"live": counts.live, "removed": counts.removed} for slug, counts in samples.items()},
        "smarts_orphans": {
            "samples": sum(counts.orphans for counts in smarts),
            "reports": sum(counts.orphan_reports for counts in smarts),
            "locations": sum(counts.orphan_locations for counts in smarts),
        },
        "smarts_reports": sum(counts.reports for counts in smarts),
        "smarts_locations": sum(counts.locations for counts in smarts),
        "esmr_reports": sum(counts.reports for counts in plants.years.values()),
        "esmr_locations": len(plants.locations),
        "esmr_facilities": esmr_facilities,
        "parameters": names.parameters,
        "units": names.units,
        "methods": names.methods,
        # Before any match of the two systems: one per APP_ID, WDID without one, and place id.
        "facilities": len(sites) + esmr_facilities,
    }
