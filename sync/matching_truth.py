"""What the matcher made of a synthetic world, beside what is true of it."""

import csv
from dataclasses import dataclass
from pathlib import Path

from facilities.models import CandidateState, MatchCandidate
from sync.synthetic.truth_pairs import NEAR, TRUE

Ids = tuple[int, str, str]  # place id, APP_ID, WDID
_DECIDED = {CandidateState.ACCEPTED, CandidateState.REJECTED, CandidateState.CLOSED}


@dataclass(frozen=True, slots=True)
class MatchingTruth:
    """Counts of pairs. `true` = right + queued + decided + missed; `near` pairs only look like one site."""

    true: int
    right: int  # true pairs that the machine has linked
    queued: int  # true pairs that wait for a person
    decided: int  # true pairs that a person has decided
    missed: int  # true pairs that nobody would see
    wrong: int  # links of the machine between what is not one site
    near: int
    near_linked: int  # of `wrong`
    open_pairs: int

    def sentences(self) -> list[str]:
        """The counts in words."""
        decided = f" Decided by a person: {self.decided:,}." if self.decided else ""
        found = f"Linked by the machine: {self.right:,}. In the review queue: {self.queued:,}.{decided}"
        alike = "Pairs that only look alike (sister plants, neighbors)"
        apart = self.near - self.near_linked
        return [
            f"True pairs: {self.true:,}. {found} Not found: {self.missed:,}.",
            f"Wrong links of the machine: {self.wrong:,}. {alike}: {self.near:,}, of which {apart:,} are not linked.",
            f"Review queue: {self.open_pairs:,} pairs.",
        ]


def compare_with_truth(folder: Path) -> MatchingTruth:
    """Count the pairs of the database by the truth files of the world in `folder`, which name every true pair."""
    true, near = read_pairs(folder / TRUE), read_pairs(folder / NEAR)
    rows = MatchCandidate.objects.values_list(
        "esmr_facility__place_id", "enrollment__app_id", "enrollment__wdid", "state", "is_queued"
    )
    stored = {(place, app_id or "", wdid or ""): (state, queued) for place, app_id, wdid, state, queued in rows}
    linked = {ids for ids, (state, _) in stored.items() if state == CandidateState.AUTOMATIC}
    decided = {ids for ids, (state, _) in stored.items() if state in _DECIDED}
    queued = {ids for ids, (_, is_queued) in stored.items() if is_queued} - linked - decided
    return MatchingTruth(
        true=len(true),
        right=len(true & linked),
        queued=len(true & queued),
        decided=len(true & decided),
        missed=len(true - linked - queued - decided),
        wrong=len(linked - true),
        near=len(near),
        near_linked=len(near & linked),
        open_pairs=sum(is_queued for _, is_queued in stored.values()),
    )


def read_pairs(path: Path) -> set[Ids]:
    """The pairs of a truth file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {(int(row["esmr_place_id"]), row["app_id"], row["wdid"]) for row in csv.DictReader(stream)}
