"""Typed samples: what a report and a location say is typed once, not once for every result.

The rows of a monitoring file repeat their report's and their location's columns, half of them all.
So these are grouped by their published text first, and the few groups are typed; a sample's row
then finds its group by two hashes of the text, which live no longer than the run.
"""

from collections.abc import Sequence
from datetime import date

from sync.contracts.base import Column, DatasetContract, Dimension, Part
from sync.header import HeaderCheck
from sync.staging import stage_column
from sync.statements import create_work_table, execute, stage_table, work_table
from sync.typed_rows import FENCE, names, rejected, row_hash, typed_layers


def create_typed_samples(contract: DatasetContract, header: HeaderCheck, run_id: int, today: date) -> None:
    """Create the typed tables of a dataset of samples; inside `session_settings`.

    `typed`: `line`; the sample's own columns under their stage names; `rejected` and `is_flawed` as
    for keyed datasets; `content_hash` over all that was published; and for each dimension that is
    no short list `<part>_hash` (its identity) and `<part>_line` (its row in `typed_dimension`).
    """
    dimensions = wide_dimensions(contract)
    # Every join here is of whole tables by hashes; a stage table has no statistics to plan by.
    execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off")
    for dimension in dimensions:
        _create_typed_dimension(contract, dimension, header, run_id, today)
    columns = own_columns(contract)
    parts = [dimension.part.value for dimension in dimensions]
    keys = {
        f"{dimension.part.value}_{name}": expression
        for dimension in dimensions
        for name, expression in _text_keys(dimension_columns(contract, dimension), header).items()
    }
    staged = names([column for column in columns if column.name not in header.missing])
    source = f"(SELECT line, {staged}, {_select(keys)} FROM {stage_table(run_id)} staged) AS source"
    joins = " ".join(
        f"""
        JOIN {typed_dimension(run_id, dimension)} {dimension.part.value}
            ON {dimension.part.value}.key_a = own.{dimension.part.value}_key_a
            AND {dimension.part.value}.key_b = own.{dimension.part.value}_key_b
        """
        for dimension in dimensions
    )
    aliases = dict.fromkeys(Part, "own") | {dimension.part: dimension.part.value for dimension in dimensions}
    # The join is on top of the layers: below them, its misjudged size would keep them out of the
    # parallel workers.
    create_work_table(
        run_id,
        "typed",
        f"""
        SELECT own.line, {names(columns)}, {rejected(contract, aliases)} AS rejected,
            {" OR ".join(f"{alias}.is_flawed" for alias in ("own", *parts))} AS is_flawed,
            {row_hash(columns, *(f"{part}.identity" for part in parts), "own.raw_of_emptied")} AS content_hash,
            {", ".join(f"{part}.content_hash AS {part}_hash, {part}.line AS {part}_line" for part in parts)}
        FROM ({typed_layers(columns, header, today, source=source, carried=list(keys))}) AS own {joins}
        """,
    )
    execute("SET LOCAL enable_nestloop = on; SET LOCAL enable_mergejoin = on")


def wide_dimensions(contract: DatasetContract) -> list[Dimension]:
    """The dimensions that are more than a short list of names: reports and locations."""
    return [dimension for dimension in contract.dimensions if not dimension.is_small]


def own_columns(contract: DatasetContract) -> list[Column]:
    """The columns of a sample that belong to no wide dimension."""
    parts = {dimension.part for dimension in wide_dimensions(contract)}
    return [column for column in contract.kept_columns if column.part not in parts]


def dimension_columns(contract: DatasetContract, dimension: Dimension) -> list[Column]:
    """The columns that make up the identity of a dimension's row, in the contract's order."""
    return [
        column for column in contract.kept_columns if column.part is dimension.part or column.name in dimension.also
    ]


def typed_dimension(run_id: int, dimension: Dimension) -> str:
    """Name of the run's table of a dimension's typed rows, one per distinct published text.

    Its columns: `line` (the first with that text), the dimension's columns under their stage names,
    `is_flawed`, `content_hash` (of the typed values: the row's identity), `identity` (the same, and
    the text of emptied cells: what a sample's identity is made of), `key_a` and `key_b`.
    """
    return work_table(run_id, f"typed_{dimension.part.value}")


def _create_typed_dimension(
    contract: DatasetContract, dimension: Dimension, header: HeaderCheck, run_id: int, today: date
) -> None:
    columns = dimension_columns(contract, dimension)
    groups = create_work_table(
        run_id,
        f"{dimension.part.value}_texts",
        f"""
        SELECT key_a, key_b, min(line) AS line
        FROM (SELECT line, {_select(_text_keys(columns, header))} FROM {stage_table(run_id)} staged {FENCE}) AS keyed
        GROUP BY key_a, key_b
        """,
    )
    source = f"{stage_table(run_id)} JOIN {groups} USING (line)"
    create_work_table(
        run_id,
        f"typed_{dimension.part.value}",
        f"""
        SELECT line, key_a, key_b, {names(columns)}, is_flawed, {row_hash(columns)} AS content_hash,
            {row_hash(columns, "raw_of_emptied")} AS identity
        FROM ({typed_layers(columns, header, today, source=source, carried=["key_a", "key_b"])}) AS typed
        """,
    )


def _text_keys(columns: Sequence[Column], header: HeaderCheck) -> dict[str, str]:
    """Two independent 64-bit hashes of the published text of some columns (alias staged)."""
    cells = ", ".join(f"staged.{stage_column(column)}" for column in columns if column.name not in header.missing)
    return {f"key_{name}": f"hash_record_extended(ROW({cells}), {seed})" for seed, name in enumerate("ab")}


def _select(values: dict[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in values.items())
