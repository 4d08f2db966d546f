"""Typed samples: what a report and a location say is typed once, not once for every result.

The rows of a monitoring file repeat their report's and their location's columns, half of them all.
So these are grouped by their published text first, and the few groups are typed; a sample's row
then finds its group by two hashes of the text, which live no longer than the run.
"""

from collections.abc import Sequence
from datetime import date

from sync.contracts.base import Column, DatasetContract, Dimension
from sync.header import HeaderCheck
from sync.staging import stage_column
from sync.statements import create_work_table, execute, stage_table, work_table
from sync.typed_rows import names, rejected, row_hash, typed_layers


def create_typed_samples(contract: DatasetContract, header: HeaderCheck, run_id: int, today: date) -> None:
    """Create the typed tables of a dataset of samples; inside `session_settings`.

    `typed`: `line`; the sample's own columns under their stage names; `rejected` and `is_flawed` as
    for keyed datasets; `content_hash` over all that was published; and for each dimension that is
    no short list `<part>_hash` (its identity) and `<part>_line` (its row in `typed_dimension`).
    """
    dimensions = wide_dimensions(contract)
    # Every join here is of whole tables by hashes; a stage table has no statistics to plan by.
    execute("SET LOCAL enable_nestloop = off")
    execute("SET LOCAL enable_mergejoin = off")
    for dimension in dimensions:
        _create_typed_dimension(contract, dimension, header, run_id, today)
    columns = own_columns(contract)
    parts = [dimension.part.value for dimension in dimensions]
    carried = {
        f"{part}_{name}": f"{part}.{column}"
        for part in parts
        for name, column in (
            ("line", "line"),
            ("identity", "identity"),
            ("hash", "content_hash"),
            ("is_flawed", "is_flawed"),
        )
    }
    for name in (name for group in contract.required for name in group):
        column = contract.column(name)
        if column not in columns:  # a report's or a location's
            carried[stage_column(column)] = f"{column.part.value}.{stage_column(column)}"
    joins = " ".join(
        f"JOIN {typed_dimension(run_id, dimension)} {dimension.part.value} ON {_same_text(contract, dimension, header)}"
        for dimension in dimensions
    )
    staged = [column for column in columns if column.name not in header.missing]
    looked_up = ", ".join(f"{expression} AS {name}" for name, expression in carried.items())
    source = f"(SELECT staged.line, {names(staged)}, {looked_up} FROM {stage_table(run_id)} staged {joins}) AS source"
    flaws = " OR ".join(["is_flawed", *(f"{part}_is_flawed" for part in parts)])
    identities = [*(f"{part}_identity" for part in parts), "raw_of_emptied"]
    create_work_table(
        run_id,
        "typed",
        f"""
        SELECT line, {names(columns)}, {rejected(contract)} AS rejected, {flaws} AS is_flawed,
            {row_hash(columns, *identities)} AS content_hash,
            {", ".join(f"{part}_hash, {part}_line" for part in parts)}
        FROM ({typed_layers(columns, header, today, source=source, carried=list(carried))}) AS typed
        """,
    )
    execute("SET LOCAL enable_nestloop = on")
    execute("SET LOCAL enable_mergejoin = on")


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
    key_a, key_b = _text_keys(columns, header, "staged")
    groups = create_work_table(
        run_id,
        f"{dimension.part.value}_texts",
        f"""
        SELECT key_a, key_b, min(line) AS line
        FROM (SELECT line, {key_a} AS key_a, {key_b} AS key_b FROM {stage_table(run_id)} staged OFFSET '0') AS keyed
        GROUP BY key_a, key_b
        """,
    )
    create_work_table(
        run_id,
        f"typed_{dimension.part.value}",
        f"""
        SELECT line, key_a, key_b, {names(columns)}, is_flawed, {row_hash(columns)} AS content_hash,
            {row_hash(columns, "raw_of_emptied")} AS identity
        FROM ({
            typed_layers(
                columns,
                header,
                today,
                source=f"{stage_table(run_id)} JOIN {groups} USING (line)",
                carried=["key_a", "key_b"],
            )
        }) AS typed
        """,
    )


def _text_keys(columns: Sequence[Column], header: HeaderCheck, alias: str) -> tuple[str, str]:
    """Two independent 64-bit hashes of the published text of some columns."""
    cells = ", ".join(f"{alias}.{stage_column(column)}" for column in columns if column.name not in header.missing)
    return f"hash_record_extended(ROW({cells}), 0)", f"hash_record_extended(ROW({cells}), 1)"


def _same_text(contract: DatasetContract, dimension: Dimension, header: HeaderCheck) -> str:
    key_a, key_b = _text_keys(dimension_columns(contract, dimension), header, "staged")
    alias = dimension.part.value
    return f"{alias}.key_a = {key_a} AND {alias}.key_b = {key_b}"
