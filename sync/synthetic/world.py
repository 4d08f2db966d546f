"""Writing a world: the files of one week, and the manifest of what is true about them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.synthetic.answers import Answers
from sync.synthetic.crosswalk import write_crosswalk
from sync.synthetic.enrollments import CONSTRUCTION, INDUSTRIAL, Enrollments
from sync.synthetic.esmr_files import EsmrFiles
from sync.synthetic.event_files import EventCounts, write_enforcement, write_inspections, write_violations
from sync.synthetic.events import Events
from sync.synthetic.facility_files import write_facilities
from sync.synthetic.findings import FindingsFile
from sync.synthetic.manifest import Truth, make_manifest
from sync.synthetic.sample_files import write_samples
from sync.synthetic.sample_ledger import Names
from sync.synthetic.sizes import Sizes
from sync.synthetic.truth_pairs import write_pairs
from sync.synthetic.truth_planted import write_planted
from sync.synthetic.violations import Violations

MANIFEST = "manifest.json"
FINDINGS, INDETERMINATE = "truth_findings.csv", "truth_indeterminate.csv"


@dataclass(frozen=True, slots=True)
class World:
    """Which world, and which of its weeks."""

    seed: int
    scale: float
    week: int = 0


def write_world(folder: Path, world: World, on_step: Callable[[str], None] = lambda _step: None) -> dict[str, Any]:
    """Write the files of a week into `folder`, and return the manifest that lies beside them.

    `on_step` hears what is being written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes, week = Sizes.at(world.scale), world.week
    industrial = Enrollments.of(world.seed, INDUSTRIAL, sizes.industrial, sizes.plants)
    construction = Enrollments.of(world.seed, CONSTRUCTION, sizes.construction, sizes.plants)
    programs = (industrial, construction)
    on_step("facilities")
    facilities = {program.program: write_facilities(folder, program, week) for program in programs}
    on_step("inspections, violations, enforcement actions")
    events, planted = _write_events(folder, world, industrial, construction)
    names = Names()
    plants = EsmrFiles.of(world.seed, sizes.plants, week, names)
    with (
        (folder / FINDINGS).open("w", encoding="utf-8", newline="") as stream,
        (folder / INDETERMINATE).open("w", encoding="utf-8", newline="") as indeterminate,
    ):
        findings = FindingsFile(stream, indeterminate)
        samples = {}
        for program in programs:
            on_step(f"{program.program} monitoring")
            counts = write_samples(folder, program, week, names, findings)
            samples[f"smarts_{program.program}_monitoring"] = counts
        on_step("eSMR")
        plants.write(folder, findings)
    pairs, listed = write_pairs(folder, programs, week), write_crosswalk(folder, world.seed, sizes.plants)
    truth = Truth(facilities, events, samples, plants, names, findings, pairs, listed, planted)
    manifest = make_manifest(truth, seed=world.seed, scale=world.scale, week=week)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _write_events(
    folder: Path, world: World, industrial: Enrollments, construction: Enrollments
) -> tuple[dict[str, EventCounts], tuple[int, int]]:
    sizes, week = Sizes.at(world.scale), world.week
    inspections = Events.of(world.seed, "inspections", sizes.inspections, industrial, construction)
    violations = Events.of(world.seed, "violations", sizes.violations, industrial, construction)
    actions = Events.of(world.seed, "enforcement", sizes.enforcement, industrial, construction)
    answers = Answers(Violations.between(violations, inspections), actions)
    counts = {
        "smarts_inspections": write_inspections(folder, answers.violations.found, week),
        "smarts_violations": write_violations(folder, answers, week),
        "smarts_enforcement_actions": write_enforcement(folder, answers, week),
    }
    return counts, write_planted(folder, answers, week)
