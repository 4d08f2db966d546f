"""How good the matcher is against judged pairs, and weights learned from them anew."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from django.utils import timezone

from facilities.csv_files import BadRow, read_rows, whole_number
from facilities.match_records import read_enrollments, read_esmr
from facilities.matching.evaluation import Evaluation, JudgedPair, evaluate
from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, PairKey
from facilities.matching.scoring import Weights, shipped_weights
from facilities.matching.training import learn
from facilities.matching.whole import match_whole
from facilities.models import Program
from facilities.services.proposals import staff_mappings
from stormwater.errors import UserError

# Canonical column -> other names for it, of a file of judged pairs.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "place_id": ("esmr_facility_place_id", "facility_place_id", "esmr_place_id", "esmr_id"),
    "program": (),
    "app_id": ("smarts_app_id",),
    "wdid": ("smarts_wdid",),
    "same": (),
}
_SAME = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def whole_index(*, with_crosswalk: bool = True) -> MatchIndex:
    """The matcher over all records of the database; takes seconds and, for 100,000 enrollments, 600 MB."""
    mappings = [PairKey(place_id, key) for _, _, place_id, key in staff_mappings()]
    return MatchIndex(
        (stored.record for stored in read_esmr(with_crosswalk=with_crosswalk)),
        (stored.record for stored in read_enrollments()),
        mappings=mappings if with_crosswalk else [],
    )


def evaluate_pairs(*, path: Path, hides_crosswalk: bool = False) -> tuple[Evaluation, list[BadRow]]:
    """Measures of the matcher over a file of judged pairs, and the rows of it that could not be read.

    Judged against the machine's view of the whole database: what persons have decided plays no part, staff mappings
    (the direct tier) do. With `hides_crosswalk` the matcher has eSMR's own fields alone. A pair whose records are not
    in the database counts as not found. Raises UserError for a file that cannot be read or has no pair.
    """
    index = whole_index(with_crosswalk=not hides_crosswalk)
    judged, bad = read_judged_pairs(path, index.enrollments)
    return evaluate(judged, match_whole(index), facilities=len(index.esmr)), bad


def learn_from_pairs(*, path: Path) -> tuple[Weights, list[BadRow]]:
    """Weights learned from a file of judged pairs, against the records of the database, and the rows not read.

    The thresholds stay as they are. Raises UserError if the file has too little to learn from.
    """
    with_crosswalk, without = whole_index(), whole_index(with_crosswalk=False)
    judged, bad = read_judged_pairs(path, with_crosswalk.enrollments)
    about = {"learned_on": timezone.localdate().isoformat()}
    try:
        return learn(judged, with_crosswalk, without, shipped_weights(), version=about["learned_on"], about=about), bad
    except ValueError as error:
        raise UserError(f"{path} has too little to learn from: {error}.") from error


def read_judged_pairs(path: Path, known: Iterable[EnrollmentKey]) -> tuple[list[JudgedPair], list[BadRow]]:
    """The pairs of a file, with the keys of `known` enrollments where their ids name one; and the rows not read."""
    keys = _Keys(known)
    pairs: dict[PairKey, bool] = {}
    bad = []
    for row in read_rows(path, COLUMNS, ("place_id", "same")):
        place_id, same = whole_number(row, "place_id"), _SAME.get(row.cells.get("same", "").lower())
        app_id, wdid = row.cells.get("app_id", ""), row.cells.get("wdid", "")
        if place_id is None or same is None or not (app_id or wdid):
            bad.append(BadRow(row.line, "needs a place id, an APP_ID or WDID, and same as 1 or 0"))
            continue
        key = PairKey(place_id, keys.find(row.cells.get("program", "").lower(), app_id, wdid))
        if pairs.setdefault(key, same) != same:
            bad.append(BadRow(row.line, "says the opposite of an earlier row about this pair"))
    if not pairs:
        raise UserError(f"{path} has no judged pair.")
    return [JudgedPair(key, same) for key, same in pairs.items()], bad


class _Keys:
    """Finds enrollments by the ids that a file gives, a WDID with or without its blank."""

    def __init__(self, known: Iterable[EnrollmentKey]) -> None:
        self._by_ids: dict[tuple[str, str, str], list[EnrollmentKey]] = {}
        for key in known:
            bare = "".join(key.wdid.split())
            for program in {key.program, ""}:
                for ids in {(key.app_id, bare), (key.app_id, ""), ("", bare)}:
                    self._by_ids.setdefault((program, *ids), []).append(key)

    def find(self, program: str, app_id: str, wdid: str) -> EnrollmentKey:
        """The one enrollment with these ids, else a key made of them, which no enrollment has."""
        found = self._by_ids.get((program, app_id, "".join(wdid.split()).upper()), [])
        exact = [key for key in found if (key.app_id, key.wdid) == (app_id, wdid)]
        best = found if len(found) == 1 else exact
        return best[0] if best else EnrollmentKey(program or Program.INDUSTRIAL, app_id, wdid)
