"""Write the synthetic files of all eight datasets, and what a first sync of them must report.

    .venv/bin/python -m tests.data.write_portal_files [FOLDER]

The same code writes the same bytes on every machine and every day. `expected.json` comes from what
is planted in the files (`tests.data.invented`), never from what the pipeline made of them.
"""

import json
import sys
from pathlib import Path

from sync.contracts import CONTRACTS
from tests.data.invented.esmr import write_esmr
from tests.data.invented.events import write_enforcement_actions, write_inspections, write_violations
from tests.data.invented.facilities import write_construction_facilities, write_industrial_facilities
from tests.data.invented.portal_file import PortalFile
from tests.data.invented.smarts_samples import write_construction_monitoring, write_industrial_monitoring
from tests.data.invented.world import World

FOLDER = Path(__file__).parent / "portal"
SMARTS_DAY, ESMR_DAY = "2026-11-16", "2026-10-01"


def make_files() -> dict[str, PortalFile]:
    """The files by resource, in an order in which each can use what the ones before it made."""
    world = World()
    return {
        "smarts_industrial_facilities": write_industrial_facilities(world),
        "smarts_construction_facilities": write_construction_facilities(world),
        "smarts_inspections": write_inspections(world),
        "smarts_violations": write_violations(world),
        "smarts_enforcement_actions": write_enforcement_actions(world),
        "smarts_industrial_monitoring": write_industrial_monitoring(world),
        "smarts_construction_monitoring": write_construction_monitoring(world),
        "esmr:2023": write_esmr(world, 2023),
        "esmr:2024": write_esmr(world, 2024),
    }


def write_all(folder: Path) -> None:
    """Write the files and expected.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for resource, file in make_files().items():
        dataset, _, year = resource.partition(":")
        day = ESMR_DAY if year else SMARTS_DAY
        name = f"{CONTRACTS[dataset].file_stem.format(year=year)}_{day}.csv"
        (folder / name).write_bytes(file.content())
        expected[resource] = file.expected()
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
