"""What a merge reports."""

from dataclasses import dataclass


@dataclass(slots=True)
class MergeCounts:
    """What became of the rows that reached the merge: valid = inserted + updated + unchanged + duplicate."""

    inserted: int = 0
    updated: int = 0  # another value than before, or returned
    unchanged: int = 0
    duplicate: int = 0
    removed: int = 0
    returned: int = 0  # of the updated ones
