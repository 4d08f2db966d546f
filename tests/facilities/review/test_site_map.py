"""The map without tiles: to scale, north up, everything inside, and the same in words."""

from math import dist

import pytest

from facilities.matching.normalize_places import distance_km
from facilities.review.site_map import HEIGHT, WIDTH, Place, direction, draw_map, scale_length

HERE = (38.5, -121.5)


def places(*points):
    return [Place("enrollment", "the enrollment", HERE), *(Place("plant", "Plant", point) for point in points)]


def test_one_place_is_no_map():
    assert draw_map(places()) is None
    assert draw_map([]) is None


@pytest.mark.parametrize("other", [(38.51, -121.5), (38.5, -121.48), (38.1, -121.9), (41.9, -114.2), (38.5001, -121.5)])
def test_distances_on_the_drawing_are_those_on_the_ground_by_its_scale_bar(other):
    drawn = draw_map(places(other))
    one, two = drawn.marks
    number, unit = drawn.scale_words.split()
    scale_km = float(number) / (1000 if unit == "m" else 1)
    measured = dist((one.x, one.y), (two.x, two.y)) / drawn.scale_width * scale_km
    assert measured == pytest.approx(distance_km(HERE, other), rel=0.05, abs=0.002)
    assert drawn.scale_width <= WIDTH * 0.31
    for mark in drawn.marks:
        assert 0 < mark.x < WIDTH
        assert 0 < mark.y < HEIGHT


def test_north_is_up_and_east_is_right():
    enrollment, plant = draw_map(places((38.52, -121.47))).marks
    assert plant.x > enrollment.x
    assert plant.y < enrollment.y


def test_places_at_one_point_can_be_drawn_and_are_said_to_be_at_one_point():
    drawn = draw_map(places(HERE))
    assert {(mark.x, mark.y) for mark in drawn.marks} == {(WIDTH / 2, HEIGHT / 2)}
    assert drawn.words == "Plant: at the very place of the enrollment."


def test_the_words_say_how_far_and_where():
    assert draw_map(places((38.51, -121.5))).words == "Plant: 1.1 km north of the enrollment."


@pytest.mark.parametrize(
    "other, wind",
    [
        ((39, -121.5), "north"), ((39, -120.9), "north-east"), ((38.5, -121), "east"), ((38, -120.9), "south-east"),
        ((38, -121.5), "south"), ((38, -122.1), "south-west"), ((38.5, -122), "west"), ((39, -122.1), "north-west"),
    ],
)  # fmt: skip
def test_directions(other, wind):
    assert direction(HERE, other) == wind


@pytest.mark.parametrize("most, length", [(0.37, 0.2), (1, 1), (1.99, 1), (2, 2), (5, 5), (99, 50), (0.09, 0.05)])
def test_the_scale_bar_has_a_round_length(most, length):
    assert scale_length(most) == pytest.approx(length)
