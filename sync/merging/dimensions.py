"""What samples point to: reports, locations, parameters, methods and units, inserted where they are missing."""

from dataclasses import dataclass

from facilities.lookup_sql import enrollment_id
from facilities.services.membership import upsert_esmr_facilities
from stormwater.database.filling import indexes_built_afterwards
from sync.contracts.base import DatasetContract, Dimension, Part
from sync.merging.targets import as_row, assignments, table_of
from sync.models import Run
from sync.staging import stage_column
from sync.statements import count, create_work_table, execute, work_table
from sync.typed_samples import heads_table

# Columns of a sample that repeat one of its dimension's, for an index of the sample table.
SAMPLE_COPIES = {
    "monitoring.SmartsSample": {"enrollment_id": "report.enrollment_id"},
    "monitoring.EsmrSample": {"esmr_facility_id": "location.esmr_facility_id"},
}


@dataclass(frozen=True, slots=True)
class NewRows:
    """The typed rows to insert."""

    source: str  # FROM item; the typed row is t
    condition: str
    contents: str  # table of the contents that have copies, with `content_hash` and `copies`


def merge_dimensions(contract: DatasetContract, run: Run, new: NewRows) -> None:
    """Insert the reports, locations, parameters, methods and units that the new rows bring."""
    heads = _create_new_heads(run, new)
    if contract.target == "monitoring.EsmrSample":
        _upsert_esmr_facilities(run, heads)
    found = _create_names(contract, run, new)
    for dimension in contract.small_dimensions:
        _insert_names(contract, dimension, found)
    for dimension in contract.wide_dimensions:
        _insert_dimension(contract, dimension, run, heads)


def _create_new_heads(run: Run, new: NewRows) -> str:
    """The heads of the new rows, each with the last of its lines."""
    return create_work_table(
        run.pk,
        "new_heads",
        f"""
        SELECT t.head_line AS line, max(t.line) AS last_line
        FROM {new.source} WHERE {new.condition} GROUP BY t.head_line
        """,
    )


def _create_names(contract: DatasetContract, run: Run, new: NewRows) -> str:
    """The parameters, methods and units of the new rows, as they occur together, under their key."""
    texts = ", ".join(f"any_value(t.{name}) AS {name}" for name in map(stage_column, contract.name_columns))
    return create_work_table(
        run.pk,
        "names",
        f"SELECT t.names_key, {texts} FROM {new.source} WHERE {new.condition} GROUP BY t.names_key",
    )


def _insert_names(contract: DatasetContract, dimension: Dimension, found: str) -> None:
    table = table_of(dimension.target)
    values = assignments(contract.columns_of(dimension.part))
    columns = ", ".join(f"t.{name}" for name in values)
    execute(f"""
        INSERT INTO {table} ({", ".join(values)})
        SELECT {columns} FROM (SELECT DISTINCT {as_row(values)} FROM {found} t) AS t
        WHERE num_nonnulls({columns}) > 0 AND NOT EXISTS (
            SELECT FROM {table} x WHERE {_same_names(dimension, "x", {name: f"t.{name}" for name in values})}
        )
        ORDER BY {columns}
        ON CONFLICT DO NOTHING
    """)


def _same_names(dimension: Dimension, alias: str, values: dict[str, str]) -> str:
    """Condition that a row of a short list has these texts.

    SMARTS gives methods a code and no name: the row without a name is its own.
    """
    if len(values) > 1:  # null is equal to null, in a form that can be hashed
        return " AND ".join(f"coalesce({alias}.{name}, '') = coalesce({value}, '')" for name, value in values.items())
    condition = " AND ".join(f"{alias}.{name} = {value}" for name, value in values.items())
    return condition + (f" AND {alias}.name IS NULL" if dimension.part is Part.METHOD else "")


def _insert_dimension(contract: DatasetContract, dimension: Dimension, run: Run, heads: str) -> None:
    """Insert the reports or locations that the new rows' heads point to and that are not there yet."""
    table, content_hash = table_of(dimension.target), f"{dimension.part.value}_hash"
    values = assignments(contract.dimension_columns(dimension)) | _looked_up(contract, dimension)
    is_new = f"NOT EXISTS (SELECT FROM {table} x WHERE x.content_hash = t.{content_hash})"
    missing = create_work_table(
        run.pk,
        f"missing_{dimension.field}",
        f"""
        SELECT min(t.line) AS line FROM {heads_table(run.pk)} t JOIN {heads} USING (line)
        WHERE {is_new} GROUP BY t.{content_hash}
        """,
    )
    with indexes_built_afterwards(table, coming=count(f"SELECT count(*) FROM {missing}")):
        # Asked once more: another run may have brought the same before the table was locked. Where it is not
        # locked, as it has its indexes, another may bring the same even now.
        execute(f"""
            INSERT INTO {table} (content_hash, run_id, line, {", ".join(values)})
            SELECT t.{content_hash}, {run.pk}, t.line, {", ".join(values.values())}
            FROM {missing} JOIN {heads_table(run.pk)} t USING (line)
            WHERE {is_new} ORDER BY t.line
            ON CONFLICT DO NOTHING
        """)


def _looked_up(contract: DatasetContract, dimension: Dimension) -> dict[str, str]:
    """Columns of a dimension's table that are looked up rather than published (alias t: its typed row)."""
    if contract.program:
        return {"enrollment_id": enrollment_id("t.app_id", "t.wdid", f"'{contract.program}'")}
    if dimension.part is Part.LOCATION:
        facility = "SELECT f.id FROM facilities_esmrfacility f WHERE f.place_id = t.facility_place_id"
        return {"esmr_facility_id": f"({facility})"}
    return {}


def _upsert_esmr_facilities(run: Run, heads: str) -> None:
    upsert_esmr_facilities(
        f"""(
            SELECT t.facility_place_id, t.facility_name, t.region, t.location_place_type,
                t.latitude, t.longitude, t.sampling_date, new.last_line AS sample_line
            FROM {heads} new JOIN {heads_table(run.pk)} t USING (line)
        )""",
        run.pk,
    )


def create_placed_heads(contract: DatasetContract, run: Run) -> str:
    """The heads with the ids of their report and location, and what else of them a sample stores."""
    values = assignments(contract.columns_of(Part.SAMPLING)) | SAMPLE_COPIES[contract.target]
    joins = []
    for dimension in contract.wide_dimensions:
        name = dimension.field
        values[f"{name}_id"] = f"{name}.id"
        joins.append(f"JOIN {table_of(dimension.target)} {name} ON {name}.content_hash = t.{dimension.part.value}_hash")
    return create_work_table(
        run.pk,
        "placed_heads",
        f"SELECT t.line, {as_row(values)} FROM {heads_table(run.pk)} t {' '.join(joins)}",
        analyzed="line",
    )


def create_placed_names(contract: DatasetContract, run: Run) -> str:
    """The parameters, methods and units that occur together, with their ids."""
    ids, joins = [], []
    for dimension in contract.small_dimensions:
        name = dimension.field
        ids.append(f"{name}.id AS {name}_id")
        condition = _same_names(dimension, name, assignments(contract.columns_of(dimension.part)))
        joins.append(f"LEFT JOIN {table_of(dimension.target)} {name} ON {condition}")
    return create_work_table(
        run.pk, "placed_names", f"SELECT t.*, {', '.join(ids)} FROM {work_table(run.pk, 'names')} t {' '.join(joins)}"
    )
