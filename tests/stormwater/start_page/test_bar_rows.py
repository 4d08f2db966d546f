"""Bars by year: their heights are their numbers, every bar has its number in words, an open year is drawn as one."""

import pytest

from stormwater.overview.start_page.bar_rows import BAR, LEAST, NAMES, WIDTH, Series, bar_chart

YEARS = [2022, 2023, 2024]
WORDS = {year: f"{year}-{(year + 1) % 100}" for year in YEARS}
LARGE = Series("Large", {2022: 1_000, 2023: 500, 2024: 2})
SMALL = Series("Small", {2023: 4})


def chart(*series, is_one_scale=False):
    return bar_chart(series, YEARS, names_of_years=WORDS, open_from=2024, is_one_scale=is_one_scale)


def test_heights_are_numbers_on_the_row_s_own_scale_and_a_small_one_can_still_be_seen():
    large, small = chart(LARGE, SMALL).rows
    assert [bar.height for bar in large.bars] == [BAR, BAR / 2, LEAST]
    assert [bar.height for bar in small.bars] == [BAR]


def test_on_one_scale_rows_can_be_compared():
    _, small = chart(LARGE, SMALL, is_one_scale=True).rows
    assert [bar.height for bar in small.bars] == [LEAST]


def test_bars_stand_on_the_base_line_of_their_row_over_their_year_and_none_without_a_number():
    drawn = chart(LARGE, SMALL)
    large, small = drawn.rows
    assert all(bar.y + bar.height == pytest.approx(large.base) for bar in large.bars)
    assert small.base > large.base
    assert [bar.middle for bar in large.bars] == [tick.at for tick in drawn.ticks]
    assert [bar.middle for bar in small.bars] == [drawn.ticks[1].at]
    assert all(bar.x >= NAMES and bar.x + bar.width <= WIDTH for bar in large.bars)
    assert [tick.words for tick in drawn.ticks] == list(WORDS.values())


def test_each_bar_says_what_it_is_and_whether_its_year_is_open():
    large, _ = chart(LARGE, SMALL).rows
    assert [(bar.words, bar.is_open) for bar in large.bars] == [
        ("Large, 2022-23: 1,000", False),
        ("Large, 2023-24: 500", False),
        ("Large, 2024-25: 2 so far", True),
    ]
