"""The work tables that all rules write into: findings, and unusable results by reason."""

from violations.computation.statements import execute, work_table
from violations.rules.vocabulary import RULE_VERSIONS

EXCEEDANCE, INDETERMINATE = "exceedance", "indeterminate"

# Column -> type. What is compared with the stored finding, in the order of the table.
FINDING_COLUMNS = {
    "rule": "text",
    "rule_version": "smallint",
    "enrollment_id": "bigint",
    "esmr_facility_id": "bigint",
    "location": "text",
    "pollutant_id": "integer",
    "reporting_year": "smallint",
    "period_start": "date",
    "period_end": "date",
    "value": "numeric",
    "limit_low": "numeric",
    "limit_high": "numeric",
    "unit": "text",
    "benchmark_id": "integer",
    "permit_limit_id": "integer",
    "results": "integer",
    "censored": "integer",
    "results_over": "integer",
    "is_lower_bound": "boolean",
    "sensitivity": "text",
    "is_provisional": "boolean",
    "confidence": "text",
    "sample_ids": "bigint[]",
    "inputs_hash": "uuid",
}
# Of exceedances alone.
EXCEEDANCE_COLUMNS = {"is_serious": "boolean"}
UNUSABLE_COLUMNS = {
    "family": "text",
    "enrollment_id": "bigint",
    "esmr_facility_id": "bigint",
    "pollutant_id": "integer",
    "reporting_year": "smallint",
    "period_start": "date",
    "reason": "text",
    "results": "integer",
}


def create_findings_tables() -> None:
    """Make the empty tables `new` and `unusable`."""
    columns = {"verdict": "text", "public_id": "text"} | FINDING_COLUMNS | EXCEEDANCE_COLUMNS
    for name, of_table in (("new", columns), ("unusable", UNUSABLE_COLUMNS)):
        listed = ", ".join(f"{column} {kind}" for column, kind in of_table.items())
        execute(f"CREATE UNLOGGED TABLE {work_table(name)} ({listed}) WITH (autovacuum_enabled = off)")


def public_id(prefix: str, *parts: str) -> str:
    """SQL of a public id, from texts that are the same in every copy of the database."""
    listed = ", ".join(f"coalesce(({part})::text, '')" for part in parts)
    return f"'{prefix}-' || left(md5(concat_ws('|', {listed})), 20)"


def inputs_hash(hashes: str, low: str, high: str) -> str:
    """SQL of the hash of what a finding was made of: contents of its results, and the limit."""
    return f"md5(concat_ws('|', {hashes}, coalesce({low}::text, ''), coalesce({high}::text, '')))::uuid"


def rule_version(rule: str) -> str:
    """SQL of the version of the rule that a column names."""
    cases = " ".join(f"WHEN '{name}' THEN {version}" for name, version in RULE_VERSIONS.items())
    return f"(CASE {rule} {cases} END)"


def insert_findings(values: dict[str, str], source: str) -> None:
    """Insert into `new` what a FROM clause gives; `values` are the columns' expressions."""
    execute(f"INSERT INTO {work_table('new')} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {source}")
