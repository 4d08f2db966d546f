"""Putting facilities together: the components of links and sites, for what is affected or for everything.

What comes out follows from the members, their sites, the machine's tiers and the decisions in force, and from nothing
that was there before: an undo takes a facility apart again, and the order of events does not matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from facilities.match_records import read_esmr
from facilities.matching.joining import (
    Conflict,
    ConflictKind,
    Joined,
    Link,
    SitePair,
    join,
    number_sites,
    plant_node,
    site_node,
)
from facilities.matching.prepared import PreparedEsmr, prepare_esmr
from facilities.matching.records import EnrollmentKey
from facilities.matching.sites import are_one_plant
from facilities.models import Facility, MatchCandidate, MatchDecision, StalePlant, Verdict
from facilities.services.membership import refresh_facilities
from facilities.services.neighbourhood import Neighbourhood, everything, neighbourhood_of
from facilities.services.standing import is_likely, settle_candidates
from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions

# Of the facilities that members founded, the one of the first kind that there is goes on: an application comes before
# a WDID alone, both before an eSMR facility; and of one kind the lowest number, the oldest application.
_KINDS = "awxye"
_MANY = 10_000  # ids; beyond, the whole table is read


class _Founded(NamedTuple):
    """A facility: its row, and that of the one that it was merged into."""

    pk: int
    merged_into_id: int | None


@dataclass(slots=True)
class JoinReport:
    """What changed: members that moved to another facility, facilities merged or set free, links made and withdrawn."""

    moved: int = 0
    merged: int = 0
    restored: int = 0
    linked: int = 0
    unlinked: int = 0
    conflicts: int = 0


def join_facilities(*, plants: Iterable[int] | None = None, enrollments: Iterable[int] = ()) -> JoinReport:
    """Put together the facilities of these rows and of all that could be joined to them; of everything without them.

    To be called in a transaction that holds the identity lock (`facilities.locks`). Settles how each pair of the plants
    stands, records links that the machine makes or withdraws, moves members, and refreshes the facilities.
    """
    area = everything() if plants is None else neighbourhood_of(plants, enrollments)
    now = timezone.now()
    sites = number_sites(
        (member.pk, EnrollmentKey(*member.key), member.site_id) for member in area.enrollments.values()
    )
    candidates = _locked_candidates(area)  # before the decisions are read: none is made meanwhile
    decisions = _live_decisions(area)
    joined, conflicts = _join(area, sites, decisions, candidates)
    report = JoinReport(conflicts=len(joined.conflicts))
    report.linked, report.unlinked = settle_candidates(candidates, decisions, conflicts, now)
    _move_members(area, sites, joined, report)
    stale = StalePlant.objects.all() if area.is_everything else StalePlant.objects.filter(pk__in=area.plants)
    stale.delete()
    if report.moved or report.linked or report.unlinked:
        # Every list tells which facility its rows are of.
        bump_data_versions(families=Family)
    return report


def _live_decisions(area: Neighbourhood) -> dict[tuple[int, int | None], MatchDecision]:
    """Decisions in force by (plant, enrollment), the enrollment None for a plant's own."""
    rows = MatchDecision.objects.filter(is_live=True).defer("evidence", "note")
    if not area.is_everything:
        rows = rows.filter(esmr_facility__in=list(area.plants))
    return {(row.esmr_facility_id, row.enrollment_id): row for row in rows.iterator()}


def _locked_candidates(area: Neighbourhood) -> list[MatchCandidate]:
    rows = MatchCandidate.objects.select_for_update().defer("evidence", "vetoes").order_by("pk")
    if not area.is_everything:
        rows = rows.filter(esmr_facility__in=list(area.plants))
    return list(rows)


def _join(
    area: Neighbourhood,
    sites: Mapping[int, int],
    decisions: Mapping[tuple[int, int | None], MatchDecision],
    candidates: Iterable[MatchCandidate],
) -> tuple[Joined, dict[tuple[int, int], tuple[ConflictKind, str]]]:
    """The components, and the conflicts by pair of rows with a sentence each."""
    links: list[Link] = []
    pairs: dict[tuple[float | str | int, ...], tuple[int, int]] = {}
    rejected: dict[SitePair, list[tuple[int, int]]] = defaultdict(list)
    closed = {plant for plant, enrollment in decisions if enrollment is None}

    def site_pair(plant: int, enrollment: int) -> SitePair:
        return SitePair(area.plants[plant].place_id, sites[enrollment])

    for (plant, enrollment), decision in decisions.items():
        if enrollment is None or decision.is_by_machine:
            continue
        if decision.verdict == Verdict.MATCH:
            order = (0, 0.0, area.plants[plant].place_id, *area.enrollments[enrollment].key)
            links.append(Link(site_pair(plant, enrollment), order, is_by_person=True))
        elif decision.verdict == Verdict.NO_MATCH and enrollment in area.enrollments:
            rejected[site_pair(plant, enrollment)].append((plant, enrollment))
    for candidate in candidates:
        plant, enrollment = candidate.esmr_facility_id, candidate.enrollment_id
        live = decisions.get((plant, enrollment))
        if not is_likely(candidate) or plant in closed or (live and not live.is_by_machine):
            continue
        kind = 0 if candidate.tier == "direct" else 1
        order = (kind, -candidate.log_odds, area.plants[plant].place_id, *area.enrollments[enrollment].key)
        pairs[order] = (plant, enrollment)
        links.append(Link(site_pair(plant, enrollment), order))
    joined = join(links, rejected, _SamePlant(area))
    conflicts: dict[tuple[int, int], tuple[ConflictKind, str]] = {}
    for conflict in joined.conflicts:
        found = rejected[conflict.pair] if conflict.link is None else [pairs[conflict.link.order]]
        for pair in found:
            conflicts[pair] = (conflict.kind, _sentence(conflict))
    return joined, conflicts


def _sentence(conflict: Conflict) -> str:
    other = conflict.about.place_id
    if conflict.kind is ConflictKind.JOINS_PLANTS:
        return (
            f"The enrollment's site is linked to eSMR facility {other} already; this link would make one plant of both."
        )
    if conflict.kind is ConflictKind.REJECTED_MEMBER:
        return f"A person told eSMR facility {other} apart from an enrollment that this link would join to it."
    return "A person told the two apart, but other links and the enrollment's site join them all the same."


class _SamePlant:
    """Whether two place ids are one plant by their addresses; records are read when first asked for."""

    def __init__(self, area: Neighbourhood) -> None:
        self._rows = {member.place_id: member.pk for member in area.plants.values()}
        self._read: dict[int, PreparedEsmr] = {}

    def __call__(self, one: int, other: int) -> bool:
        missing = [self._rows[place] for place in (one, other) if place not in self._read]
        for stored in read_esmr(missing) if missing else ():
            self._read[stored.record.place_id] = prepare_esmr(stored.record)
        return are_one_plant(self._read[one], self._read[other])


def _move_members(area: Neighbourhood, sites: Mapping[int, int], joined: Joined, report: JoinReport) -> None:
    """Give every member the facility of its component, and every facility that no longer has members its successor."""
    components: dict[tuple[str, int], set[str]] = defaultdict(set)
    home: dict[int, tuple[str, int]] = {}
    for enrollment in area.enrollments.values():
        home[enrollment.pk] = root = joined.root(site_node(sites[enrollment.pk]))
        components[root].add(enrollment.founder)
    for plant in area.plants.values():
        components[joined.root(plant_node(plant.place_id))].add(plant.founder)
    survivor = {root: min(founders, key=_founded_first) for root, founders in components.items()}
    facilities = _facilities({founder for founders in components.values() for founder in founders})
    touched: set[int] = set()
    moves = [
        (member.pk, facilities[survivor[home[member.pk]]].pk, member.facility_id)
        for member in area.enrollments.values()
    ]
    plant_moves = [
        (member.pk, facilities[survivor[joined.root(plant_node(member.place_id))]].pk, member.facility_id)
        for member in area.plants.values()
    ]
    report.moved += _move("facilities_smartsenrollment", moves, touched)
    report.moved += _move("facilities_esmrfacility", plant_moves, touched)
    successors = []
    for root, founders in components.items():
        goes_on = facilities[survivor[root]]
        for founder in founders:
            facility = facilities[founder]
            successor = None if facility.pk == goes_on.pk else goes_on.pk
            if facility.merged_into_id != successor:
                successors.append((facility.pk, successor))
    _set_successors(successors, report)
    touched.update(pk for pk, _ in successors)
    if touched:
        refresh_facilities(f"SELECT unnest('{{{','.join(map(str, sorted(touched)))}}}'::bigint[])")


def _founded_first(public_id: str) -> tuple[int, int, str]:
    """Sorts facilities by who founded them: `_KINDS`, then by number."""
    return _KINDS.index(public_id[len("fac-")]), len(public_id), public_id


def _facilities(public_ids: set[str]) -> dict[str, _Founded]:
    rows = Facility.objects.order_by()
    if len(public_ids) < _MANY:
        rows = rows.filter(public_id__in=public_ids)
    columns = ("public_id", "pk", "merged_into_id")
    return {public_id: _Founded(pk, successor) for public_id, pk, successor in rows.values_list(*columns).iterator()}


def _move(table: str, moves: list[tuple[int, int, int | None]], touched: set[int]) -> int:
    """Set the facility of the rows where it differs; `moves` are (row, new facility, old one)."""
    changed = [(pk, new) for pk, new, old in moves if new != old]
    touched.update(new for pk, new, old in moves if new != old)
    touched.update(old for pk, new, old in moves if new != old and old)
    if changed:
        rows, facilities = zip(*changed, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE {table} m SET facility_id = moved.facility_id
                FROM unnest(%s::bigint[], %s::bigint[]) AS moved (id, facility_id) WHERE m.id = moved.id
                """,
                [list(rows), list(facilities)],
            )
    return len(changed)


def _set_successors(successors: list[tuple[int, int | None]], report: JoinReport) -> None:
    report.merged += sum(successor is not None for _, successor in successors)
    report.restored += sum(successor is None for _, successor in successors)
    if not successors:
        return
    rows, targets = zip(*successors, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE facilities_facility f SET merged_into_id = merged.successor
            FROM unnest(%s::bigint[], %s::bigint[]) AS merged (id, successor) WHERE f.id = merged.id
            """,
            [list(rows), list(targets)],
        )
