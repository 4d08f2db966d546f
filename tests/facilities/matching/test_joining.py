from hypothesis import given
from hypothesis import strategies as st

from facilities.matching.joining import ConflictKind, Link, SitePair, join, number_sites, plant_node, site_node
from facilities.matching.records import EnrollmentKey


def link(place, site, certainty=1.0, **given):
    return Link(SitePair(place, site), (-certainty, place, site), **given)


def nothing_alike(one, other):
    return False


def all_alike(one, other):
    return True


def together(joined, place, site):
    return joined.root(plant_node(place)) == joined.root(site_node(site))


def test_links_join_plants_and_sites_transitively():
    joined = join([link(1, 10), link(1, 11)], (), nothing_alike)
    assert together(joined, 1, 10)
    assert joined.root(site_node(10)) == joined.root(site_node(11))
    assert not together(joined, 1, 12)
    assert joined.conflicts == []


def test_of_two_plants_at_one_site_the_more_certain_link_is_made_and_the_other_waits():
    joined = join([link(1, 10, 0.9), link(2, 10, 0.95)], (), nothing_alike)
    assert together(joined, 2, 10)
    assert not together(joined, 1, 10)
    (conflict,) = joined.conflicts
    assert (conflict.kind, conflict.pair, conflict.about.place_id) == (ConflictKind.JOINS_PLANTS, SitePair(1, 10), 2)


def test_two_ids_of_one_plant_are_joined():
    joined = join([link(1, 10), link(2, 10)], (), lambda one, other: {one, other} == {1, 2})
    assert together(joined, 1, 10)
    assert together(joined, 2, 10)
    assert joined.conflicts == []


def test_a_person_may_join_two_plants_and_is_not_asked():
    joined = join([link(1, 10), link(2, 10, is_by_person=True), link(1, 11)], (), nothing_alike)
    assert together(joined, 2, 10)
    # The machine's link of the other plant would now join the two, and waits.
    assert not together(joined, 1, 10)
    assert [conflict.pair for conflict in joined.conflicts] == [SitePair(1, 10)]
    both = join([link(1, 10, is_by_person=True), link(2, 10, is_by_person=True)], (), nothing_alike)
    assert together(both, 1, 10)
    assert together(both, 2, 10)
    assert both.conflicts == []


def test_what_a_person_told_apart_is_not_joined_by_way_of_another_link():
    joined = join([link(1, 10)], [SitePair(1, 10)], nothing_alike)
    assert not together(joined, 1, 10)
    assert [(one.kind, one.about) for one in joined.conflicts] == [(ConflictKind.REJECTED_MEMBER, SitePair(1, 10))]
    # Plant 1 is not site 11; site 11 and plant 2 are one by a person, and so are plant 2 and site 10.
    persons = [link(2, 11, is_by_person=True), link(2, 10, is_by_person=True)]
    joined = join([*persons, link(1, 10)], [SitePair(1, 11)], all_alike)
    assert not together(joined, 1, 10)
    assert [(one.kind, one.about) for one in joined.conflicts] == [(ConflictKind.REJECTED_MEMBER, SitePair(1, 11))]


def test_a_contradiction_of_persons_is_reported():
    """A is B, C is B, but A is not C."""
    persons = [link(1, 10, is_by_person=True), link(2, 10, is_by_person=True), link(2, 11, is_by_person=True)]
    joined = join(persons, [SitePair(1, 11)], nothing_alike)
    assert [(one.kind, one.pair) for one in joined.conflicts] == [(ConflictKind.CONTRADICTION, SitePair(1, 11))]


LINKS = [
    link(place, site, certainty, is_by_person=by)
    for place, site, certainty, by in [
        (1, 10, 0.9, False), (2, 10, 0.9, False), (2, 11, 0.8, True), (3, 11, 0.99, False), (3, 12, 0.7, False),
        (1, 12, 0.7, False), (4, 12, 0.95, False), (4, 10, 0.85, False),
    ]
]  # fmt: skip
REJECTED = [SitePair(3, 10), SitePair(4, 11), SitePair(2, 11)]


@given(st.permutations(LINKS), st.permutations(REJECTED))
def test_the_result_is_the_same_in_any_order(links, rejected):
    def alike(one, other):
        return {one, other} in ({1, 2}, {3, 4})

    expected, found = join(LINKS, REJECTED, alike), join(links, rejected, alike)
    nodes = [plant_node(place) for place in range(1, 5)] + [site_node(site) for site in range(10, 13)]
    assert [found.root(node) for node in nodes] == [expected.root(node) for node in nodes]
    assert found.conflicts == expected.conflicts


def key(app_id, wdid):
    return EnrollmentKey("industrial", app_id, wdid)


def test_sites_and_applications_are_numbered_by_their_least_key():
    given_sites = [
        ("b", key("2", "W2"), "north"),
        ("a", key("1", "W1"), "north"),
        ("c", key("3", "W3"), "south"),
        ("d", key("2", "W4"), "gate"),  # another WDID of an application that lies in the north
        ("e", key("", "W5"), "none"),
        ("f", key("", "W6"), "nowhere"),
    ]
    numbers = number_sites(given_sites)
    assert numbers["a"] == numbers["b"] == numbers["d"]
    assert len(set(numbers.values())) == 4
    assert number_sites(reversed(given_sites)) == numbers
