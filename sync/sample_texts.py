"""Which rows of a file of samples are known by their text: those need no typing and no comparing.

A weekly file is last week's with one row in a hundred changed. So every stored sample keeps the
hash of the published line that it was typed from, and a file's rows are compared by these first.
What is left over, on either side, is then read, typed and compared by content.
"""

from array import array
from collections.abc import Sequence
from datetime import date
from hashlib import md5

from django.db import connection

from sync.cell_issues import issues_statement
from sync.contracts.base import DatasetContract
from sync.header import HeaderCheck
from sync.merging.targets import table_of
from sync.models import Run
from sync.statements import create_work_table, execute, keys_table, work_table
from sync.typed_rows import typed_layers

# Any day: the seed depends on how cells are typed, not on when.
_SOME_DAY = date(2000, 1, 1)


def typing_seed(contract: DatasetContract, header: HeaderCheck) -> int:
    """Seed of the text hashes, of 64 bits: made from the file's columns and the very statements that judge their cells.

    If cells are typed, or their issues told, in another way one day, or the columns change places, no
    stored hash is met again and every row is typed afresh.
    """
    columns = contract.kept_columns
    statement = typed_layers(columns, header, _SOME_DAY, source=contract.slug, parts={"row": columns})
    places = [column.name if column else "" for column in header.columns]
    judged_by = f"{places} {statement} {issues_statement(contract)}"
    return int.from_bytes(md5(judged_by.encode(), usedforsecurity=False).digest()[:8])


def compare_texts(contract: DatasetContract, run: Run) -> Sequence[int]:
    """Compare the file's rows with the stored ones by text; gives the lines of those not known, ascending.

    A sample that had been removed is not known by its text: the issues of its cells are gone by now.
    Leaves `leftover_table`: the stored samples that are not in the file, or in another number (`id`,
    first `line`, number of `copies` in the file, null if none).
    """
    # Whoever does not know that the texts differ expects a few hundred groups, and sorts millions of rows.
    execute(f"ANALYZE {keys_table(run.pk)} (text_hash)")
    compared = create_work_table(
        run.pk,
        "compared",
        f"""
        SELECT x.id, t.line, t.copies, t.text_hash
        FROM (
            SELECT id, text_hash, copies FROM {table_of(contract.target)}
            WHERE resource_id = %s AND removed_by_id IS NULL
        ) AS x
        FULL JOIN (
            SELECT text_hash, min(line) AS line, count(*)::integer AS copies
            FROM {keys_table(run.pk)} GROUP BY text_hash
        ) AS t ON t.text_hash = x.text_hash
        WHERE x.id IS NULL OR t.line IS NULL OR x.copies <> t.copies
        """,
        [run.resource_id],
    )
    unknown = create_work_table(
        run.pk,
        "unknown",
        f"SELECT s.line FROM {keys_table(run.pk)} s JOIN {compared} c USING (text_hash) WHERE c.id IS NULL",
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT line FROM {unknown} ORDER BY line")
        return array("i", (line for (line,) in cursor))  # four bytes each, should it be all of them


def leftover_table(run_id: int) -> str:
    """Name of the table that `compare_texts` leaves; rows without an `id` are of the file alone."""
    return work_table(run_id, "compared")


def unknown_table(run_id: int) -> str:
    """Name of the table of the file's lines that `compare_texts` did not know."""
    return work_table(run_id, "unknown")
