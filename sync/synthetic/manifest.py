"""The manifest: what is true of a world in one week, as counted while it was written.

`resources` is what the ledger must say of a sync after one of the week before (of week 0: into an
empty database); `tables` what the tables must hold once all weeks up to this one were synced;
`planted` how many entities of each special kind there are; `pairs` the numbers of rows of truth_pairs.csv and
truth_near_pairs.csv, `crosswalk` of crosswalk.csv; `duplicates` and `links` those of truth_duplicates.csv and
truth_links.csv, each of which the rules must propose or infer, beside others by chance; `findings` the totals of
truth_findings.csv and truth_indeterminate.csv, and what the rules cannot use.
"""

from dataclasses import dataclass
from typing import Any

from sync.synthetic.esmr_files import EsmrFiles
from sync.synthetic.event_files import EventCounts
from sync.synthetic.facility_files import FacilityCounts
from sync.synthetic.findings import FindingsFile
from sync.synthetic.sample_ledger import Names, SampleCounts
from sync.synthetic.tally import Tally
from sync.synthetic.weeks import day_of, today_in


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that was counted."""

    facilities: dict[str, FacilityCounts]  # by program
    events: dict[str, EventCounts]  # by dataset
    smarts_samples: dict[str, SampleCounts]  # by dataset
    plants: EsmrFiles
    names: Names
    findings: FindingsFile
    pairs: tuple[int, int]  # true and near
    listed: int  # plants in the crosswalk
    planted: tuple[int, int]  # violations that tell of an exceedance, and actions that answer a violation

    @property
    def samples(self) -> dict[str, SampleCounts]:
        """The counts of all samples, by resource."""
        return self.smarts_samples | {f"esmr:{year}": counts for year, counts in self.plants.years.items()}

    @property
    def tallies(self) -> dict[str, Tally]:
        """The ledger of each resource."""
        tallies = {f"smarts_{program}_facilities": counts.tally for program, counts in self.facilities.items()}
        tallies |= {slug: counts.tally for slug, counts in self.events.items()}
        return tallies | {slug: counts.tally for slug, counts in self.samples.items()}


def make_manifest(truth: Truth, *, seed: int, scale: float, week: int) -> dict[str, Any]:
    """The manifest of a week."""
    return {
        "seed": seed,
        "scale": scale,
        "week": week,
        "date": day_of(week).isoformat(),
        "today": today_in(week).isoformat(),  # on which the rules judge what is provisional
        "resources": {slug: tally.as_json() for slug, tally in truth.tallies.items()},
        "planted": {slug: dict(sorted(tally.planted.items())) for slug, tally in truth.tallies.items()},
        "tables": _tables(truth),
        "pairs": {"true": truth.pairs[0], "near": truth.pairs[1]},
        "crosswalk": truth.listed,
        "duplicates": truth.planted[0],
        "links": truth.planted[1],
        "findings": _findings(truth.findings),
    }


def _findings(findings: FindingsFile) -> dict[str, Any]:
    unusable = sorted(findings.unusable.items())
    return {
        "totals": dict(sorted(findings.totals.items())),
        "provisional": dict(sorted(findings.provisional.items())),
        "indeterminate": dict(sorted(findings.indeterminate.items())),
        "unusable": [{"rules": rules, "reason": reason, "results": number} for (rules, reason), number in unusable],
    }


def _tables(truth: Truth) -> dict[str, Any]:
    """Rows per table once this week and all before it have been synced."""
    facilities, events, samples = truth.facilities, truth.events, truth.samples
    plants, names = truth.plants, truth.names
    smarts = list(truth.smarts_samples.values())
    sites = set[str]().union(*(counts.sites for counts in facilities.values()))
    esmr_facilities = plants.plants + 1
    return {
        "enrollments": {
            program: {"live": counts.live, "removed": counts.removed} for program, counts in facilities.items()
        },
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
