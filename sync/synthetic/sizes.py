"""How much of everything a world of a given scale has."""

from dataclasses import dataclass

from stormwater.errors import UserError

LARGEST_SCALE = 2  # beyond it, the number ranges of ids would overlap


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of entities in week 0, and how many are new in each later week."""

    industrial: int  # enrollments
    construction: int
    inspections: int
    violations: int
    enforcement: int
    industrial_monitored: int  # enrollments with samples
    construction_monitored: int
    plants: int  # eSMR facilities

    @classmethod
    def at(cls, scale: float) -> "Sizes":
        """The sizes of a world; scale 1 gives the number of rows that the system is planned for.

        Raises UserError for a scale that no world can have.
        """
        if not 0 < scale <= LARGEST_SCALE:
            raise UserError(f"The scale of a world lies above 0 and is at most {LARGEST_SCALE}, not {scale:g}.")

        def scaled(entities: int, at_least: int) -> int:
            return max(at_least, round(entities * scale))

        return cls(
            industrial=scaled(34_200, 50),
            construction=scaled(74_000, 50),
            inspections=scaled(40_700, 42),
            violations=scaled(28_600, 42),
            enforcement=scaled(25_900, 42),
            industrial_monitored=scaled(14_000, 24),
            construction_monitored=scaled(20_000, 24),
            plants=scaled(5_000, 12),
        )


def new_each_week(entities: int) -> int:
    """How many are added each week to a collection that begins with so many."""
    return max(1, entities // 250)


def born_in(index: int, entities: int) -> int:
    """The week in which the entity with this number appears."""
    return 0 if index < entities else 1 + (index - entities) // new_each_week(entities)


def total_in(week: int, entities: int) -> int:
    """How many have appeared by a week."""
    return entities + week * new_each_week(entities)
