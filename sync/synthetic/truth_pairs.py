"""Which eSMR plants and SMARTS enrollments are the same sites, and which only look like it."""

from pathlib import Path

from sync.synthetic.enrollments import Enrollments
from sync.synthetic.plants import is_sister, plant
from sync.synthetic.sizes import total_in

TRUE, NEAR = "truth_pairs.csv", "truth_near_pairs.csv"


def write_pairs(folder: Path, programs: tuple[Enrollments, ...], week: int) -> tuple[int, int]:
    """Write the true pairs and the near ones; returns how many of each there are."""
    true, near = [], []
    for enrollments in programs:
        for index in range(total_in(week, enrollments.count)):
            enrollment = enrollments.get(index)
            ids = f"{enrollment.app_id or ''},{enrollment.wdid or ''}"
            if enrollment.plant:
                true.append(f"{enrollment.plant.place_id},{ids}")
                if is_sister(enrollment.plant.index):
                    number = enrollment.plant.index
                    sister = plant(enrollments.seed, number + (1 if number % 10 == 6 else -1))
                    near.append(f"{sister.place_id},{ids},sister plant")
            elif enrollment.neighbour_of:
                near.append(f"{enrollment.neighbour_of.place_id},{ids},neighbor")
    _write(folder / TRUE, "esmr_place_id,app_id,wdid", true)
    _write(folder / NEAR, "esmr_place_id,app_id,wdid,why_not", near)
    return len(true), len(near)


def _write(path: Path, header: str, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in [header, *lines]), encoding="utf-8")
