"""A published cell becomes a value or null, with a reason; no cell whatever raises an error."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sync.contracts.base import Kind
from sync.staging import session_settings
from sync.typing_sql import LATEST, clean, coordinate_pair, defect, plausible, typed

pytestmark = pytest.mark.django_db

TODAY = date(2026, 10, 1)


def query(select: str, *rows: tuple[str, ...]) -> list[tuple]:
    """Evaluate expressions over rows of cells in a table, as the pipeline does (constants are planned otherwise)."""
    names = ("cell", "other")[: len(rows[0])]
    with session_settings(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE cells (at serial, {', '.join(f'{name} text' for name in names)})")
        cursor.executemany(f"INSERT INTO cells ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})", rows)
        cursor.execute(f"SELECT {select} FROM cells ORDER BY at")
        answer = cursor.fetchall()
        cursor.execute("DROP TABLE cells")
    return answer


def stored(kind: Kind, latest: date = LATEST) -> str:
    """The expression for a cell as it is stored."""
    expression = typed(kind, clean("cell"))
    return plausible(f"({expression})", latest) if kind in {Kind.DATE, Kind.ORACLE_TIMESTAMP} else expression


def value(kind: Kind, cell: str, latest: date = LATEST):
    ((found,),) = query(stored(kind, latest), (cell,))
    return found


def reason(kind: Kind, cell: str):
    ((found,),) = query(defect(kind, clean("cell")), (cell,))
    return found


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("", None),
        (" ", None),
        ("NA", None),
        (" NA ", None),
        ("NaN", None),
        ("N/A", "N/A"),
        ("na", "na"),
        ("0", "0"),
        ("  two  words ", "two  words"),
        ("4 19I012345", "4 19I012345"),
        ("NANCY", "NANCY"),
    ],
)
def test_the_three_spellings_of_null_are_null_and_text_keeps_its_inner_spaces(cell, expected):
    assert value(Kind.TEXT, cell) == expected


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("1.5", "1.5"),
        (" 1.5 ", "1.5"),
        ("0", "0"),
        ("-0.25", "-0.25"),
        ("+3", "3"),
        (".94", "0.94"),
        ("5.", "5"),
        ("007", "7"),
        ("1e-5", "0.00001"),
        ("2.5E3", "2500"),
        ("123456789012345.123456789", "123456789012345.123456789"),
        ("0.0000000000000000001", "0.0000000000000000001"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_a_number_is_exact(cell, expected):
    found = value(Kind.NUMERIC, cell)

    assert found == Decimal(expected)
    assert found.is_finite()


@pytest.mark.parametrize("cells", [("1.5", "1.50", "1.500000", "01.5", "15e-1"), ("0", "0.0", "-0", ".0")])
def test_one_number_has_one_text_however_it_is_written_so_that_a_rewritten_zero_is_no_change(cells):
    texts = query(f"({stored(Kind.NUMERIC)})::text", *((cell,) for cell in cells))

    assert len(set(texts)) == 1


@pytest.mark.parametrize(
    "cell",
    [
        "1,200", "1 200", "1.2.3", "--1", "-", "+", ".", "e", "E5", "1e", "5 mg/L", "<5", "ND", "twelve", "$5",
        "Infinity", "-Infinity", "inf", "nan", "+NaN", "-NaN", "NAN", "0x1F", "0b11", "0o17", "1_000", "1e400",
        "9e99999999999", "-1e16", "1000000000000000", "\u0661\u0662", "1\u00a0", "\u2212" + "5", "1\t", "\t",
    ],
)  # fmt: skip
def test_what_is_no_number_is_null_with_a_reason(cell):
    assert value(Kind.NUMERIC, cell) is None
    assert reason(Kind.NUMERIC, cell) == "not_a_number"


@pytest.mark.parametrize(
    "cell, expected",
    [("2016", 2016), ("2016.0", 2016), ("-3", -3), ("2.016e3", 2016), ("2147483647", 2147483647), ("1000.00", 1000)],
)
def test_a_whole_number_may_be_written_with_decimals(cell, expected):
    assert value(Kind.INTEGER, cell) == expected


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("2016.5", "not_a_whole_number"),
        ("1e-5", "not_a_whole_number"),
        ("2147483648", "not_a_whole_number"),
        ("-2147483648", "not_a_whole_number"),
        ("1e14", "not_a_whole_number"),
        ("1e400", "not_a_number"),
        ("2016/17", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("0x1F", "not_a_number"),
    ],
)
def test_what_is_no_whole_number_of_four_bytes_is_null_with_a_reason(cell, expected):
    assert value(Kind.INTEGER, cell) is None
    assert reason(Kind.INTEGER, cell) == expected


@pytest.mark.parametrize("cell, expected", [("Y", True), ("N", False), ("y", True), (" n ", False), ("NA", None)])
def test_a_flag_is_y_or_n(cell, expected):
    assert value(Kind.FLAG, cell) is expected


@pytest.mark.parametrize("cell", ["X", "1", "true", "YN", "-"])
def test_what_is_no_flag_is_null_with_a_reason(cell):
    assert value(Kind.FLAG, cell) is None
    assert reason(Kind.FLAG, cell) == "not_a_flag"


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("2016-02-29", date(2016, 2, 29)),
        (" 2016-02-29 ", date(2016, 2, 29)),
        ("05/14/2006", date(2006, 5, 14)),
        ("5/4/2006", date(2006, 5, 4)),
        ("12/31/2019", date(2019, 12, 31)),
        ("2016-02-29T00:00:00", date(2016, 2, 29)),
        ("2016-02-29 23:59:59", date(2016, 2, 29)),
        ("2016-02-29T", date(2016, 2, 29)),
        ("1900-01-01", date(1900, 1, 1)),
        ("2100-12-31", date(2100, 12, 31)),
    ],
)
def test_a_date_is_iso_or_american(cell, expected):
    assert value(Kind.DATE, cell) == expected


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("31 February", "not_a_date"),
        ("2016-02-30", "not_a_date"),
        ("2015-02-29", "not_a_date"),
        ("02/31/2016", "not_a_date"),
        ("14/05/2006", "not_a_date"),
        ("2016-13-01", "not_a_date"),
        ("2016-00-10", "not_a_date"),
        ("2016-02-30T00:00:00", "not_a_date"),
        ("5/4/06", "not_a_date"),
        ("20160229", "not_a_date"),
        ("2016", "not_a_date"),
        ("today", "not_a_date"),
        ("tomorrow", "not_a_date"),
        ("epoch", "not_a_date"),
        ("now", "not_a_date"),
        ("infinity", "not_a_date"),
        ("-infinity", "not_a_date"),
        ("J2451187", "not_a_date"),
        ("January 8, 1999", "not_a_date"),
        ("0019-05-06", "implausible_date"),
        ("0202-05-06", "implausible_date"),
        ("05/06/0019", "implausible_date"),
        ("12/30/1899", "implausible_date"),
        ("1899-12-31", "implausible_date"),
        ("2101-01-01", "implausible_date"),
        ("9999-12-31", "implausible_date"),
    ],
)
def test_what_is_no_plausible_date_is_null_with_a_reason(cell, expected):
    assert value(Kind.DATE, cell) is None
    assert reason(Kind.DATE, cell) == expected


@pytest.mark.parametrize(
    "kind, today, tomorrow",
    [
        (Kind.DATE, "2026-10-01", "2026-10-02"),
        (Kind.DATE, "10/01/2026", "10/02/2026"),
        (Kind.ORACLE_TIMESTAMP, "01-OCT-26 11.59.59.000000 PM", "02-OCT-26 12.00.00.000000 AM"),
    ],
)
def test_tomorrow_is_refused_only_where_the_column_tells_of_the_past(kind, today, tomorrow):
    assert value(kind, today, TODAY) is not None
    assert value(kind, tomorrow, TODAY) is None
    assert value(kind, tomorrow) is not None
    assert reason(kind, tomorrow) == "future_date"


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("06-FEB-15 03.58.01.815000 PM", "2015-02-06T15:58:01.815000"),
        ("06-FEB-15 12.58.01.815000 AM", "2015-02-06T00:58:01.815000"),
        ("06-feb-15 03.58.01 am", "2015-02-06T03:58:01"),
        ("31-DEC-99 11.59.59.999999 PM", "1999-12-31T23:59:59.999999"),
        ("2015-02-06", "2015-02-06T00:00:00"),
        ("02/06/2015", "2015-02-06T00:00:00"),
        ("2015-02-06 15:58:01.5", "2015-02-06T15:58:01.500000"),
        ("2015-02-06T15:58:01", "2015-02-06T15:58:01"),
    ],
)
def test_a_certification_time_is_oracles_or_a_plain_date(cell, expected):
    assert value(Kind.ORACLE_TIMESTAMP, cell).isoformat() == expected


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("06-XXX-15 03.58.01.815000 PM", "not_a_date"),
        ("31-FEB-15 03.58.01.815000 PM", "not_a_date"),
        ("06-FEB-15 25.58.01.815000 PM", "not_a_date"),
        ("06-FEB-15 13.58.01.815000 PM", "not_a_date"),
        ("06-FEB-15 03.61.01.815000 PM", "not_a_date"),
        ("06-FEB-15 03.58.01.815000 XM", "not_a_date"),
        ("06-FEB-15", "not_a_date"),
        ("2015-02-30", "not_a_date"),
        ("2015-02-06 25:00:00", "not_a_date"),
        ("Dana Smith", "not_a_date"),
        ("now", "not_a_date"),
        ("infinity", "not_a_date"),
        ("0015-02-06", "implausible_date"),
    ],
)
def test_what_is_no_certification_time_is_null_with_a_reason(cell, expected):
    assert value(Kind.ORACLE_TIMESTAMP, cell) is None
    assert reason(Kind.ORACLE_TIMESTAMP, cell) == expected


@pytest.mark.parametrize("cell", ["9:15", "25 o'clock", "0915 hrs"])
def test_a_time_of_day_is_free_text(cell):
    assert value(Kind.TIME, cell) == cell


def pairs(*rows: tuple[str, str]) -> list[tuple]:
    """Latitude, longitude and repair of published pairs, by way of plain numbers as in the pipeline."""
    names = {Kind.LATITUDE: "cell", Kind.LONGITUDE: "other"}
    latitude, longitude = (f"({typed(kind, clean(name))})" for kind, name in names.items())
    return query(", ".join(coordinate_pair(latitude, longitude)), *rows)


@pytest.mark.parametrize(
    "latitude, longitude, expected",
    [
        ("33.78", "-118.26", (33.78, -118.26, False)),
        ("33.78", "118.26", (33.78, -118.26, True)),
        ("32", "-114", (32, -114, False)),
        ("42.1", "-124.6", (42.1, -124.6, False)),
        ("42.1", "124.6", (42.1, -124.6, True)),
        ("32", "114", (32, -114, True)),
        ("0", "0", (None, None, False)),
        ("0.0", "-118.26", (None, None, False)),
        ("33.78", "0", (None, None, False)),
        ("44.3", "-85.6", (None, None, False)),  # Michigan
        ("31.999", "-118", (None, None, False)),
        ("42.11", "-118", (None, None, False)),
        ("33.78", "-113.99", (None, None, False)),
        ("33.78", "-124.61", (None, None, False)),
        ("33.78", "113.99", (None, None, False)),
        ("-33.78", "-118.26", (None, None, False)),
        ("-118.26", "33.78", (None, None, False)),
        ("33.78", "", (None, None, False)),
        ("NaN", "-118.26", (None, None, False)),
        ("NA", "NA", (None, None, False)),
        ("33 46 48", "-118.26", (None, None, False)),
        ("33.78N", "118.26W", (None, None, False)),
        ("1e300", "-118.26", (None, None, False)),
    ],
)
def test_a_coordinate_is_kept_as_a_pair_inside_california_or_not_at_all(latitude, longitude, expected):
    assert pairs((latitude, longitude)) == [expected]


@pytest.mark.parametrize("kind", [Kind.LATITUDE, Kind.LONGITUDE])
@pytest.mark.parametrize("cell", ["1e-400", "-1e-320", "0." + "0" * 400 + "1", "1e-5000"])
def test_a_number_too_small_for_a_coordinate_raises_nothing(kind, cell):
    found = value(kind, cell)

    assert found is None or abs(found) < 1e-300


@pytest.mark.parametrize(
    "cell", ["1e-16384", "-1e-16384", "1e-99999999", "0." + "0" * 16383 + "1"], ids=lambda cell: cell[:12]
)
@pytest.mark.parametrize("kind", [Kind.NUMERIC, Kind.INTEGER])
def test_more_decimals_than_the_database_knows_are_no_number(kind, cell):
    assert value(kind, cell) is None


@pytest.mark.parametrize("cell", ["1e-16383", "0." + "0" * 16382 + "1"], ids=lambda cell: cell[:12])
def test_as_many_decimals_as_it_knows_are(cell):
    assert value(Kind.NUMERIC, cell) == Decimal("1e-16383")


characters = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
FRAGMENTS = (
    "0 1 9 31 2016 -02-29 /31/ - / : . , + e E e-400 e400 T Z BC AM PM 06-FEB-15 25.58.01.815 infinity today epoch "
    "NaN Infinity 0x1F 1_000 J2451187 America/Nowhere +25:00 America/Los_Angeles 99999999999 dst allballs now"
)
fragments = st.sampled_from([*FRAGMENTS.split(), " ", "\t", "\n", "\u00a0", "\u0661"])
texts = st.text(characters, max_size=40) | st.lists(fragments, max_size=8).map("".join)
ALL_KINDS = ", ".join(f"({stored(kind, TODAY)})::text" for kind in Kind)
ALL_DEFECTS = ", ".join(defect(kind, clean("cell")) for kind in Kind if kind not in {Kind.TEXT, Kind.TIME})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cells=st.lists(texts, min_size=20, max_size=200))
@example(cells=["2024-01-01 America/Nowhere", "2024-01-01 10:00 +25:00", "2024-01-01 infinity", "1/1/9 BC"])
@example(cells=["__-___-__ __.__.__", "'; DROP TABLE sync_run; --", "%s", "%(x)s", "\\", "\ufeff1"])
def test_no_text_whatever_raises(cells):
    found = query(f"{ALL_KINDS}, {ALL_DEFECTS}", *((cell,) for cell in cells))

    assert len(found) == len(cells)
    assert not {"NaN", "Infinity", "-Infinity", "infinity", "-infinity"} & {
        answer for row in found for kind, answer in zip(Kind, row, strict=False) if kind not in {Kind.TEXT, Kind.TIME}
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(
        st.tuples(texts, texts) | st.tuples(st.floats().map(str), st.floats().map(str)), min_size=1, max_size=100
    )
)
def test_no_pair_of_texts_raises_or_gives_half_a_coordinate_or_one_outside_california(rows):
    for latitude, longitude, is_repaired in pairs(*rows):
        assert (latitude is None) == (longitude is None)
        assert latitude is None or (32 <= latitude <= 42.1 and -124.6 <= longitude <= -114)
        assert not (is_repaired and latitude is None)
