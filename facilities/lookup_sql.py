"""SQL expressions that find reference data and enrollments by what was published.

For set-wise statements of the sync. All take SQL text (column references, under any alias but
`known`, `given` and `read`) and return SQL text.
"""

PACIFIC = "America/Los_Angeles"

# Spellings of a region beside its own code: older office codes and names. Aliases of Region 6 are
# taken from practice, not from a list of the Water Boards (unconfirmed).
REGION_ALIASES = {"6T": "6A", "6SLT": "6A", "6V": "6B", "STATE": "SB"}


def region_code(published: str) -> str:
    """Code of the region that `published` names, or null.

    Understands `5F`, `R5F`, `Region 5F - Fresno` in any case; an unknown spelling is null, and the
    published text stays beside it.
    """
    code = rf"substring(upper({published}) from '^(?:REGION\s+|R)?([1-9][A-Z]{{0,3}}|SB|STATE)(?![A-Z0-9])')"
    aliases = " ".join(f"WHEN '{alias}' THEN '{region}'" for alias, region in REGION_ALIASES.items())
    return f"""(
        SELECT known.code FROM facilities_region known WHERE known.code = (
            SELECT CASE read.code {aliases} ELSE read.code END FROM (SELECT {code} AS code) read
        )
    )"""


def county_number(*published: str) -> str:
    """Number of the county that the first usable of the given names spells, or null."""
    names = ", ".join(rf"lower(regexp_replace({name}, '\s+county$', '', 'i'))" for name in published)
    return f"""(
        SELECT known.number
        FROM unnest(ARRAY[{names}]) WITH ORDINALITY AS given (name, rank)
        JOIN facilities_county known ON lower(known.name) = given.name
        ORDER BY given.rank LIMIT 1
    )"""


def enrollment_id(app_id: str, wdid: str, permit_type: str = "NULL::text") -> str:
    """Id of the enrollment that a record with these ids belongs to, or null for an orphan.

    Both ids must agree. If the record has only one, that one must name a single enrollment.
    Where both programs have the pair, the one that the permit type names is taken.
    """
    known = "facilities_smartsenrollment known"
    return f"""CASE
        WHEN {app_id} IS NULL
            THEN (SELECT min(known.id) FROM {known} WHERE known.wdid = {wdid} HAVING count(*) = 1)
        WHEN {wdid} IS NULL
            THEN (SELECT min(known.id) FROM {known} WHERE known.app_id = {app_id} HAVING count(*) = 1)
        ELSE (
            SELECT known.id FROM {known} WHERE known.app_id = {app_id} AND known.wdid = {wdid}
            ORDER BY (lower(known.program) = lower({permit_type})) DESC NULLS LAST, known.id LIMIT 1
        )
    END"""


def pacific_moment(timestamp: str) -> str:
    """The moment that a published local time means."""
    return f"({timestamp} AT TIME ZONE '{PACIFIC}')"
