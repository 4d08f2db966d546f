"""Which plants and sites are one facility: links joined one after the other, and what must not be joined.

Links by a person always join; the machine's join in the order of their certainty, and only where that puts neither
two different plants together nor a plant with a site that a person told apart from it. What is left is a conflict for
a person. Ties are broken by key, so the result depends on the links alone, never on their order.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeVar

from facilities.matching.records import EnrollmentKey

Id = TypeVar("Id", bound=Hashable)


class ConflictKind(StrEnum):
    """Why a likely link waits for a person, or why a person's decision needs a second look."""

    JOINS_PLANTS = "joins_plants"
    REJECTED_MEMBER = "rejected_member"
    CONTRADICTION = "contradiction"


class SitePair(NamedTuple):
    """An eSMR facility and a site, by any number that names the site."""

    place_id: int
    site: int


@dataclass(frozen=True, slots=True)
class Link:
    """A pair to be joined. `order` sorts the machine's links, the most certain first, and tells them apart."""

    pair: SitePair
    order: tuple[float | str | int, ...]
    is_by_person: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A link that was not joined, or a rejected pair (then without a link) that others join all the same."""

    kind: ConflictKind
    pair: SitePair
    about: SitePair  # the other plant, with the site of the link; or the pair that a person told apart
    link: Link | None = None


Node = tuple[str, int]


@dataclass(slots=True)
class Joined:
    """The result: which nodes are one component, and the conflicts, those of links first and in their order."""

    conflicts: list[Conflict] = field(default_factory=list)
    parents: dict[Node, Node] = field(default_factory=dict)

    def root(self, node: Node) -> Node:
        """The least node of a component."""
        parents = self.parents
        while parents.setdefault(node, node) != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node


def plant_node(place_id: int) -> Node:
    """The node of an eSMR facility."""
    return ("plant", place_id)


def site_node(site: int) -> Node:
    """The node of a site."""
    return ("site", site)


def join(links: Iterable[Link], rejected: Iterable[SitePair], same_plant: Callable[[int, int], bool]) -> Joined:
    """Join plants and sites by their links.

    `rejected` are pairs that a person told apart, by the site of the enrollment. `same_plant` says whether two place
    ids are known to be one plant.
    """
    told_apart = sorted(set(rejected))
    joined = Joined()
    members = _Members(joined, told_apart, same_plant)
    for link in sorted(links, key=lambda link: (not link.is_by_person, link.order)):
        one, other = joined.root(plant_node(link.pair.place_id)), joined.root(site_node(link.pair.site))
        conflict = None if one == other or link.is_by_person else members.conflict(link, one, other)
        if conflict is not None:
            joined.conflicts.append(conflict)
        elif one != other:
            members.unite(one, other)
    joined.conflicts += [
        Conflict(ConflictKind.CONTRADICTION, pair, pair)
        for pair in told_apart
        if joined.root(plant_node(pair.place_id)) == joined.root(site_node(pair.site))
    ]
    return joined


class _Members:
    """What is in each component: its plants, and the rejected pairs that have an end in it."""

    def __init__(self, joined: Joined, told_apart: Iterable[SitePair], same_plant: Callable[[int, int], bool]) -> None:
        self._joined = joined
        self._same_plant = same_plant
        self._plants: dict[Node, set[int]] = {}
        self._apart: dict[Node, set[SitePair]] = defaultdict(set)
        for pair in told_apart:
            self._apart[plant_node(pair.place_id)].add(pair)
            self._apart[site_node(pair.site)].add(pair)

    def _plants_of(self, root: Node) -> set[int]:
        if root not in self._plants:
            self._plants[root] = {root[1]} if root[0] == "plant" else set()
        return self._plants[root]

    def conflict(self, link: Link, one: Node, other: Node) -> Conflict | None:
        """Why the machine must not join the two components: the least of the reasons, or None."""
        strangers = [
            there if here == link.pair.place_id else here
            for here in self._plants_of(one)
            for there in self._plants_of(other)
            if not self._same_plant(here, there)
        ]
        if strangers:
            about = SitePair(min(strangers), link.pair.site)
            return Conflict(ConflictKind.JOINS_PLANTS, link.pair, about, link)
        apart = self._apart.get(one, set()) & self._apart.get(other, set())
        return Conflict(ConflictKind.REJECTED_MEMBER, link.pair, min(apart), link) if apart else None

    def unite(self, one: Node, other: Node) -> None:
        """Make one component of two."""
        least, more = sorted((one, other))
        plants = self._plants_of(one) | self._plants_of(other)
        self._joined.parents[more] = least
        self._plants[least] = plants
        self._apart[least] |= self._apart.pop(more, set())


def number_sites(enrollments: Iterable[tuple[Id, EnrollmentKey, Hashable]]) -> dict[Id, int]:
    """The number of every enrollment's site, from its id, its key, and any name of its site.

    Enrollments of one site have one number, and so have those of one APP_ID, whatever they say. Sites are numbered in
    the order of their least keys, so that ties do not depend on the order in which records came.
    """
    ordered = sorted(enrollments, key=lambda enrollment: enrollment[1])
    parents: dict[tuple[str, Hashable], tuple[str, Hashable]] = {}

    def root(node: tuple[str, Hashable]) -> tuple[str, Hashable]:
        while parents.setdefault(node, node) != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for _, key, site in ordered:
        if key.app_id:
            parents[root(("application", key.app_id))] = root(("site", site))
    numbers: dict[tuple[str, Hashable], int] = {}
    return {name: numbers.setdefault(root(("site", site)), len(numbers)) for name, _, site in ordered}
