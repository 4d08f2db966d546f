"""How much of everything a world of a given scale has."""

from dataclasses import dataclass


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
        """The sizes of a world; scale 1 gives the number of rows that the system is planned for."""

        def scaled(entities: int, at_least: int) -> int:
            return max(at_least, round(entities * scale))

        return cls(
            industrial=scaled(34_200, 50),
            construction=scaled(74_000, 50),
            inspections=scaled(42_300, 42),
            violations=scaled(30_000, 42),
            enforcement=scaled(27_400, 42),
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
