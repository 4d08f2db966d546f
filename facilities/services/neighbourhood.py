"""What must be looked at again when some plants or enrollments change: everything that could be joined to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from facilities.services.membership import FOUNDER_OF_ENROLLMENT, FOUNDER_OF_ESMR

# Pairs that join a plant (esmr_facility_id) and an enrollment, or would if nothing stood against it.
_LINKS = """
    SELECT esmr_facility_id, enrollment_id FROM facilities_matchcandidate WHERE tier IN ('direct', 'fuzzy')
    UNION
    SELECT esmr_facility_id, enrollment_id FROM facilities_matchdecision
    WHERE is_live AND verdict = 'match' AND enrollment_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class EnrollmentMember:
    """An enrollment as a member of facilities."""

    pk: int
    key: tuple[str, str, str]  # program, APP_ID, WDID
    site_id: int  # enrollment that names its site
    facility_id: int | None
    founder: str  # public id of the facility that it founded


@dataclass(frozen=True, slots=True)
class PlantMember:
    """An eSMR facility as a member of facilities."""

    pk: int
    place_id: int
    facility_id: int | None
    founder: str


@dataclass(slots=True)
class Neighbourhood:
    """Enrollments and plants by row, closed under site, facility and link.

    Enrollments of one APP_ID are in one facility from the start, and so they are in it together.
    """

    enrollments: dict[int, EnrollmentMember] = field(default_factory=dict)
    plants: dict[int, PlantMember] = field(default_factory=dict)
    is_everything: bool = False


def everything() -> Neighbourhood:
    """All enrollments and all plants."""
    found = Neighbourhood(is_everything=True)
    _add(found, _read_enrollments("true", []), _read_plants("true", []))
    return found


def neighbourhood_of(plants: Iterable[int] = (), enrollments: Iterable[int] = ()) -> Neighbourhood:
    """The plants and enrollments of these rows, and all that could be joined to them."""
    found = Neighbourhood()
    plant_ids, enrollment_ids = list(plants), list(enrollments)
    while plant_ids or enrollment_ids:
        new_enrollments = _read_enrollments("e.id = ANY(%s)", [enrollment_ids])
        new_plants = _read_plants("x.id = ANY(%s)", [plant_ids])
        _add(found, new_enrollments, new_plants)
        facility_ids = [member.facility_id for member in new_enrollments if member.facility_id]
        facility_ids += [member.facility_id for member in new_plants if member.facility_id]
        plant_ids = [pk for pk in _neighbouring_plants(facility_ids, enrollment_ids) if pk not in found.plants]
        enrollment_ids = [
            pk
            for pk in _neighbouring_enrollments(facility_ids, new_enrollments, new_plants)
            if pk not in found.enrollments
        ]
    return found


def _add(found: Neighbourhood, enrollments: list[EnrollmentMember], plants: list[PlantMember]) -> None:
    found.enrollments |= {member.pk: member for member in enrollments}
    found.plants |= {member.pk: member for member in plants}


def _read_enrollments(condition: str, parameters: list[Any]) -> list[EnrollmentMember]:
    rows = _rows(
        f"""
        SELECT e.id, e.program, coalesce(e.app_id, ''), coalesce(e.wdid, ''), coalesce(i.site_id, e.id), e.facility_id,
            {FOUNDER_OF_ENROLLMENT}
        FROM facilities_smartsenrollment e LEFT JOIN facilities_indexedenrollment i ON i.enrollment_id = e.id
        WHERE {condition}
        """,
        parameters,
    )
    return [EnrollmentMember(pk, tuple(key), site, facility, founder) for pk, *key, site, facility, founder in rows]


def _read_plants(condition: str, parameters: list[Any]) -> list[PlantMember]:
    query = f"SELECT x.id, x.place_id, x.facility_id, {FOUNDER_OF_ESMR} FROM facilities_esmrfacility x"
    return [PlantMember(*row) for row in _rows(f"{query} WHERE {condition}", parameters)]


def _neighbouring_plants(facility_ids: list[int], enrollment_ids: list[int]) -> list[int]:
    query = f"""
        SELECT id FROM facilities_esmrfacility WHERE facility_id = ANY(%s)
        UNION SELECT esmr_facility_id FROM ({_LINKS}) AS linked WHERE enrollment_id = ANY(%s)
    """
    return [pk for (pk,) in _rows(query, [facility_ids, enrollment_ids])]


def _neighbouring_enrollments(
    facility_ids: list[int], enrollments: list[EnrollmentMember], plants: list[PlantMember]
) -> list[int]:
    query = f"""
        SELECT id FROM facilities_smartsenrollment WHERE facility_id = ANY(%s)
        UNION SELECT enrollment_id FROM facilities_indexedenrollment WHERE site_id = ANY(%s)
        UNION SELECT enrollment_id FROM ({_LINKS}) AS linked WHERE esmr_facility_id = ANY(%s)
    """
    sites = [member.site_id for member in enrollments]
    return [pk for (pk,) in _rows(query, [facility_ids, sites, [member.pk for member in plants]])]


def _rows(query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
