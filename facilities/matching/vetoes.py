"""Reasons why a pair is never linked by the machine."""

from facilities.matching.compare_places import describe_distance
from facilities.matching.normalize_places import distance_km
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.records import Veto

FAR_KM = 10.0  # farther than nearly all coordinate errors


def find_vetoes(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> tuple[Veto, ...]:
    """All vetoes of a pair."""
    found = (numbers_differ(esmr, enrollment), far_in_another_county(esmr, enrollment))
    return tuple(veto for veto in found if veto)


def numbers_differ(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Veto | None:
    """Both names number the plant, and no number is common: Plant No. 2 against Plant No. 3.

    Numbers of districts and service areas count only against numbers of their own sort.
    """
    if enrollment.name is None:
        return None
    for sort in ("plant_numbers", "area_numbers"):
        theirs: frozenset[str] = getattr(enrollment.name, sort)
        mine: frozenset[str] = frozenset().union(*(getattr(name, sort) for name in esmr.names))
        if mine and theirs and not mine & theirs:
            return Veto("numbers_differ", f"number {_list(mine)} against number {_list(theirs)}")
    return None


def far_in_another_county(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Veto | None:
    """Counties differ, and the plant's coordinates agree with that by lying more than 10 km apart."""
    if esmr.county is None or enrollment.county is None or esmr.county == enrollment.county:
        return None
    if esmr.point is None or enrollment.point is None:
        return None
    away = distance_km(esmr.point, enrollment.point)
    if away <= FAR_KM:
        return None
    return Veto(
        "other_county", f"{esmr.record.county} against {enrollment.record.county}, {describe_distance(away)} apart"
    )


def _list(numbers: frozenset[str]) -> str:
    return ", ".join(sorted(numbers))
