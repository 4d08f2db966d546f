"""Typed samples: what the results of one sample repeat is typed once, not once for every result.

The rows of a monitoring file repeat the columns of their report, their location and their
sampling: two thirds of all cells. So rows are grouped by the text of these (the head) first, and
the heads are typed; a row then finds its head by a hash of the text, which lives no longer than the run.
"""

from collections.abc import Sequence
from datetime import date

from sync.contracts.base import Column, DatasetContract, Part
from sync.header import HeaderCheck
from sync.staging import stage_column
from sync.statements import count, create_work_table, stage_table, work_table
from sync.typed_rows import FENCE, names, raw_column, raw_of_flawed, rejected, row_hash, typed_layers
from sync.typing_sql import is_checked

HEAD_KEYS = ("head_a", "head_b")


def create_typed_samples(contract: DatasetContract, header: HeaderCheck, run_id: int, today: date) -> None:
    """Type the staged samples; inside `session_settings`.

    Makes `heads_table` and `typed`: `line`; `head_line` (the row's head); the columns of the result
    itself under their stage names; `rejected` and `is_flawed` as for keyed datasets; `content_hash`
    over all that was published; the clean text of the checked cells (`raw_column`), of flawed rows only;
    `names_key`, a hash of parameter, method and unit; `text_hash` of the row's text, null for a row with
    a date after `today`: on another day the same text is another row.
    """
    heads = _create_heads(contract, header, run_id, today)
    # One hash of 64 bits tells the heads of any file apart, as far as anybody will live to see. If not, it takes both.
    is_unique = count(f"SELECT count(*) - count(DISTINCT head_a) FROM {heads}") == 0
    keys = HEAD_KEYS[:1] if is_unique else HEAD_KEYS
    columns = contract.result_columns
    typed_rows = typed_layers(
        columns,
        header,
        today,
        source=f"({_with_head_keys(contract, header, run_id, keys)}) AS keyed",
        parts={"result": columns},
        carried=(*keys, "text_hash"),
    )
    in_head = {column.part for column in contract.head_columns}
    raw = "".join(f", own.{raw_column(column)}" for column in columns if is_checked(column))
    values = names(columns, "own")
    content_hash = row_hash(values, "head.identity", _raw_of(columns, "result_is_emptied"))
    create_work_table(
        run_id,
        "typed",
        f"""
        SELECT line, head_line, {names(columns)}{raw_of_flawed(columns)}, rejected, is_flawed, content_hash,
            hash_record_extended(ROW({names(contract.name_columns)}), '0') AS names_key,
            CASE WHEN NOT is_future THEN text_hash END AS text_hash
        FROM (
            SELECT own.line, head.line AS head_line, {values}, own.text_hash{raw},
                {rejected(contract, {part: "head" if part in in_head else "own" for part in Part})} AS rejected,
                result_is_emptied OR own.is_repaired OR head.is_flawed AS is_flawed,
                own.is_future OR head.is_future AS is_future,
                {content_hash} AS content_hash
            FROM ({typed_rows}) AS own JOIN {heads} head USING ({", ".join(keys)})
        ) AS typed
        """,
        # Without statistics of `rejected`, the planner believes that hardly a row is good.
        analyzed="content_hash, head_line, names_key, rejected",
    )


def heads_table(run_id: int) -> str:
    """Name of the run's table of typed heads, one per distinct published text.

    Its columns: `line` (the first with that text), `head_a` and `head_b`, the columns of the head
    under their stage names and as clean text (`raw_column`), `is_flawed`, `is_future`, of every report or
    location `<part>_hash` (of the typed values: the row's identity), and `identity` (of all typed values,
    and the text of emptied cells: what a sample's identity is made of).
    """
    return work_table(run_id, "heads")


def _create_heads(contract: DatasetContract, header: HeaderCheck, run_id: int, today: date) -> str:
    texts = create_work_table(
        run_id,
        "head_texts",
        f"""
        SELECT head_a, head_b, min(line) AS line
        FROM ({_with_head_keys(contract, header, run_id)}) AS keyed GROUP BY head_a, head_b
        """,
    )
    columns = contract.head_columns
    parts = {dimension.part.value: contract.dimension_columns(dimension) for dimension in contract.wide_dimensions}
    hashes = [f"{row_hash(names(part))} AS {name}_hash" for name, part in parts.items()]
    parts["sampling"] = contract.columns_of(Part.SAMPLING)
    raws = (_raw_of(part, f"{name}_is_emptied") for name, part in parts.items())
    hashes.append(f"{row_hash(names(columns), *raws)} AS identity")
    typed_heads = typed_layers(
        columns,
        header,
        today,
        source=f"(SELECT s.*, head_a, head_b FROM {stage_table(run_id)} s JOIN {texts} USING (line)) AS texts",
        parts=parts,
        carried=HEAD_KEYS,
    )
    is_flawed = " OR ".join(["is_repaired", *(f"{name}_is_emptied" for name in parts)])
    return create_work_table(
        run_id,
        "heads",
        f"SELECT *, {is_flawed} AS is_flawed, {', '.join(hashes)} FROM ({typed_heads}) AS typed",
        analyzed="head_a, line",
    )


def _with_head_keys(
    contract: DatasetContract, header: HeaderCheck, run_id: int, keys: Sequence[str] = HEAD_KEYS
) -> str:
    """The query for the staged rows with hashes of their head's text, independent and of 64 bits each."""
    cells = ", ".join(stage_column(column) for column in contract.head_columns if column.name not in header.missing)
    hashes = ", ".join(f"hash_record_extended(ROW({cells}), '{seed}') AS {key}" for seed, key in enumerate(keys))
    return f"SELECT *, {hashes} FROM {stage_table(run_id)} {FENCE}"


def _raw_of(columns: Sequence[Column], is_emptied: str) -> str:
    """The clean text of the checked cells if one of them was emptied, else an empty text."""
    raw = ", ".join(raw_column(column) for column in columns if is_checked(column))
    return f"CASE WHEN {is_emptied} THEN ROW({raw})::text ELSE '' END"
