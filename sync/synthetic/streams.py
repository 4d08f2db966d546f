"""Random streams and fixed turns: what makes every part of the world a pure function of its number.

A stream belongs to (seed, what, number), so that any enrollment, event or plant can be made again
at any time, alone and in any order. Rare things do not depend on luck but on lanes: of `lanes`
entities in a row each has another lane, and what a lane means is fixed.
"""

from random import Random


def stream(seed: int, *name: object) -> Random:
    """The random stream of one entity; equal names give equal streams."""
    return Random("/".join(map(str, (seed, *name))))  # noqa: S311  # a world to look at, not a secret


def shift_of(seed: int, kind: str, lanes: int) -> int:
    """How far the lanes of this kind of entity are shifted in this world."""
    return stream(seed, "lanes", kind).randrange(lanes)


def lane_of(index: int, shift: int, lanes: int) -> int:
    """Lane of an entity, 0 .. lanes - 1; its neighbour above has the next one."""
    return (index + shift) % lanes
