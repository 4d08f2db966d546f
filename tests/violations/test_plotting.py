"""Plots of results: what is drawn where, and that a non-detect is never drawn as a measurement."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from django.template.loader import render_to_string

from violations.plotting import BOTTOM, HEIGHT, LEAST_BAR, LEFT, LINE_HEIGHT, RIGHT, TOP, WIDTH, plot
from violations.selectors.series import Series, SeriesFinding, SeriesLimit, SeriesPoint

LIMIT = SeriesLimit("igp_annual_nal", Decimal("0.26"), date(2015, 7, 1), None)


def point(day, value, *, is_non_detect=False, is_lower_bound=False):
    return SeriesPoint(1, day, Decimal(value), is_non_detect, is_lower_bound, "SP-1")


SERIES = Series(
    "4 19I000001", "Zinc, total", "each result", "mg/L",
    (
        point(date(2023, 7, 1), "0.5"), point(date(2023, 12, 1), "0.1", is_non_detect=True),
        point(date(2024, 6, 30), "1", is_lower_bound=True),
    ),
    (LIMIT,), (SeriesFinding("exc-a", "igp_annual_nal", Decimal("0.5"), date(2023, 7, 1), date(2024, 6, 30)),), 0,
)  # fmt: skip


def test_each_kind_of_result_is_a_kind_of_mark_and_says_what_it_is():
    drawn = plot(SERIES)
    assert [mark.kind for mark in drawn.marks] == ["measured", "non_detect", "lower_bound"]
    assert drawn.marks[1].words == "2023-12-01: below 0.1 mg/L"
    assert "1 of them not detected and shown at their reporting limit" in drawn.description


def test_days_go_from_left_to_right_and_values_from_bottom_to_top_on_one_scale_with_limit_and_finding():
    drawn = plot(SERIES)
    assert (drawn.marks[0].x, drawn.marks[-1].x) == (LEFT, WIDTH - RIGHT)
    assert drawn.marks[0].y == drawn.findings[0].y
    assert drawn.marks[2].y < drawn.marks[0].y < drawn.limits[0].y < drawn.marks[1].y
    # 0 to a little above 1 in steps of 0.5: the axis ends at 1.5, and 0.5 lies a third up.
    height = HEIGHT - TOP - BOTTOM
    assert drawn.marks[0].y == pytest.approx(HEIGHT - BOTTOM - height * 0.5 / float(drawn.y_ticks[-1].words), abs=0.1)
    assert (drawn.y_ticks[0].words, drawn.y_ticks[0].at) == ("0", HEIGHT - BOTTOM)


def test_a_limit_is_drawn_only_while_it_is_valid():
    later = replace(LIMIT, valid_from=date(2024, 1, 1))
    gone = replace(LIMIT, valid_from=None, valid_to=date(2020, 1, 1))
    drawn = plot(replace(SERIES, limits=(later, gone)))
    assert len(drawn.limits) == 1
    assert LEFT < drawn.limits[0].x < drawn.limits[0].x2 == WIDTH - RIGHT


def test_each_limit_is_named_and_no_name_lies_on_another():
    limits = [SeriesLimit("secondary_treatment_monthly", Decimal(30), None, None)] * 2
    limits += [SeriesLimit("permit_limit", Decimal("29.9"), None, None)]
    points = (point(date(2023, 7, 1), "5"), point(date(2024, 7, 1), "300"))
    drawn = plot(replace(SERIES, points=points, limits=tuple(limits), findings=())).limits
    assert [line.name for line in drawn] == ["secondary treatment 30", "secondary treatment 30", "permit limit 29.9"]
    assert drawn[0].name_y == drawn[0].y
    assert [after.name_y - before.name_y for before, after in pairwise(drawn)] == [LINE_HEIGHT, LINE_HEIGHT]


def test_an_exceedance_of_a_day_is_wider_than_the_mark_of_its_result():
    day = date(2023, 12, 1)
    drawn = plot(replace(SERIES, findings=(SeriesFinding("exc-a", "cgp_ph_nal", Decimal("9.1"), day, day),)))
    (bar,), x = drawn.findings, drawn.marks[1].x
    assert bar.x2 - bar.x == pytest.approx(LEAST_BAR)
    assert bar.x < x < bar.x2


def test_the_text_in_place_of_the_drawing_names_limits_and_its_table_lists_the_exceedances():
    drawn = plot(SERIES)
    assert "1 exceedances. Limits: annual NAL 0.26 mg/L." in drawn.description
    assert [(row.rule, row.value) for row in drawn.finding_rows] == [("annual NAL", "0.5")]
    assert "Limits: none while there were results." in plot(replace(SERIES, limits=())).description


def test_values_far_apart_are_drawn_on_a_logarithmic_scale_and_zero_lies_at_its_bottom():
    points = (point(date(2023, 7, 1), "0"), point(date(2023, 8, 1), "0.01"), point(date(2024, 1, 1), "900"))
    drawn = plot(replace(SERIES, points=points, findings=()))
    assert drawn.is_logarithmic
    assert [tick.words for tick in drawn.y_ticks] == ["0.01", "0.1", "1", "10", "100", "1000"]
    assert drawn.marks[0].y == HEIGHT - BOTTOM
    assert not plot(SERIES).is_logarithmic


@pytest.mark.parametrize("value", ["0", "0.0001", "7", "123456"])
def test_one_result_alone_can_be_drawn(value):
    drawn = plot(replace(SERIES, points=(point(date(2024, 1, 1), value),), limits=(), findings=()))
    assert TOP <= drawn.marks[0].y <= HEIGHT - BOTTOM


@pytest.mark.parametrize(
    "value, words", [("1000", "1000"), ("12847", "12850"), ("1700000", "1700000"), ("0.00001", "0.00001")]
)
def test_no_number_is_written_with_a_power_of_ten(value, words):
    one = point(date(2024, 1, 1), value)
    drawn = plot(replace(SERIES, points=(one, point(date(2024, 2, 1), "0.00001"))))
    assert f">{value}</td>" in render_to_string("admin/violations/plot.html", {"plot": drawn})
    assert drawn.marks[0].words == f"2024-01-01: {words} mg/L"
    assert [tick.words for tick in drawn.y_ticks if "e" in tick.words.lower()] == []


def test_without_a_usable_result_there_is_no_plot():
    assert plot(replace(SERIES, points=())) is None
