"""Reads: numbers of findings by kind, place and time, added up of the kept ones in one pass."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Q

from stormwater.api.reading import compile_rows
from stormwater.errors import UserError
from stormwater.replicas import reading_alias
from violations.models import FindingCount


@dataclass(frozen=True, slots=True)
class Grouping:
    """What findings can be counted by: the column of the kept numbers, and what is told of it, in SQL."""

    column: str
    told: str


GROUPINGS: Mapping[str, Grouping] = {
    "source": Grouping("source", "source"),
    "type": Grouping("type", "type"),
    "status": Grouping("status", "status"),
    "county": Grouping("county_id", "county.name"),
    "region": Grouping("region_id", "region_id"),
    "reporting_year": Grouping("reporting_year", "reporting_year"),
    # Those of the event date.
    "year": Grouping("month", "extract(year FROM month)::integer"),
    "month": Grouping("month", "extract(month FROM month)::integer"),
}

Columns = frozenset[str]
Row = dict[str, Any]
# What is told of the columns of a sum, then how many findings there are, and how many serious ones.
SumRow = tuple[Any, ...]

# Few different values occur together in these columns. One sum by all that are asked for of them, some hundred rows,
# serves every grouping by some: to sum up the kept numbers once more costs as much as to read them again.
_SUMMED_TOGETHER: tuple[Columns, ...] = (
    frozenset({"source", "type", "status"}),
    frozenset({"source", "county_id", "region_id"}),
    frozenset({"source", "month", "reporting_year"}),
)


def add_up_findings(*, by: Sequence[str], condition: Q | None = None) -> list[Row]:
    """Numbers of findings, and of serious ones, by some of `GROUPINGS`, most findings first.

    Equal ones are in the order of what they are by, text by its code points, nulls last. `condition` is on
    `FindingCount`: source, type, status, county, region, reporting_year, month (a first day). Raises UserError for an
    unknown grouping.
    """
    return add_up_by_each({"asked": by}, condition=condition)["asked"]


def add_up_by_each(groupings: Mapping[str, Sequence[str]], *, condition: Q | None = None) -> dict[str, list[Row]]:
    """What `add_up_findings` gives for each of some groupings, under their names.

    One statement, which reads the kept numbers once: tens of thousands of rows at full scale.
    """
    if unknown := [name for by in groupings.values() for name in by if name not in GROUPINGS]:
        raise UserError(f"Findings are not counted by {unknown[0]}; they are by: {', '.join(GROUPINGS)}.")
    names = [name for name in GROUPINGS if any(name in by for by in groupings.values())]
    sum_of = _sums_of(groupings)
    rows = _read_sums(set(sum_of.values()), names, condition or Q())
    return {grouping: _add_up(rows[sum_of[grouping]], names, by) for grouping, by in groupings.items()}


def _sums_of(groupings: Mapping[str, Sequence[str]]) -> Mapping[str, Columns]:
    """The columns of the sum that each grouping is made of."""
    family_of, asked = {}, defaultdict[Columns, set[str]](set)
    for grouping, by in groupings.items():
        columns = frozenset(GROUPINGS[name].column for name in by)
        family_of[grouping] = next((family for family in _SUMMED_TOGETHER if columns <= family), columns)
        asked[family_of[grouping]] |= columns
    return {grouping: frozenset(asked[family]) for grouping, family in family_of.items()}


def _read_sums(sums: Collection[Columns], names: Sequence[str], condition: Q) -> Mapping[Columns, list[SumRow]]:
    """The rows of each sum, with what is told under these names; null where the sum is not by it."""
    rows: Mapping[Columns, list[SumRow]] = {columns: [] for columns in sums}
    cells = compile_rows(FindingCount.objects.order_by().filter(condition))
    if cells is None:
        return rows
    columns = sorted(frozenset().union(*sums))
    listed, told = ", ".join(columns), ", ".join(GROUPINGS[name].told for name in names)
    sets = ", ".join(f"({', '.join(sorted(one))})" for one in sums)
    county = "LEFT JOIN facilities_county county ON county.number = county_id" if "county" in names else ""
    # `of_sum` has a bit for each column, the last one's the lowest; it is set where the row is not by that column.
    sum_of = {sum((name not in one) << bit for bit, name in enumerate(reversed(columns))): one for one in sums}
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(
            f"""
            SELECT of_sum, {told}, findings, serious FROM (
                SELECT GROUPING({listed}) AS of_sum, {listed}, sum(findings) AS findings, sum(serious) AS serious
                FROM ({cells.sql}) AS cell GROUP BY GROUPING SETS ({sets})
            ) AS summed {county}
            """,
            cells.parameters,
        )
        for of_sum, *row in cursor.fetchall():
            rows[sum_of[of_sum]].append(tuple(row))
    return rows


def _add_up(rows: Sequence[SumRow], names: Sequence[str], by: Sequence[str]) -> list[Row]:
    """The rows of a sum, added up by what a grouping names."""
    places = [names.index(name) for name in by]
    numbers: dict[SumRow, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        number = numbers[tuple([row[place] for place in places])]
        number[0] += row[-2]
        number[1] += row[-1]
    ordered = sorted(numbers.items(), key=lambda item: (-item[1][0], [(part is None, part) for part in item[0]]))
    return [dict(zip(by, key, strict=True)) | {"findings": f, "serious": s} for key, (f, s) in ordered]
