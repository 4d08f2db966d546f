"""Writes: canonical facilities and who belongs to them. Set-wise, for the sync's transaction."""

from django.db import connection

from facilities.lookup_sql import region_code
from facilities.models import Program

# The founding member names the facility, so that a rebuilt database has the same public ids.
# An APP_ID or WDID of any other form than the known ones goes by its hash.
FOUNDER_OF_ENROLLMENT = """CASE
    WHEN e.app_id ~ '^[0-9A-Za-z]+$' THEN 'fac-a' || e.app_id
    WHEN e.app_id IS NOT NULL THEN 'fac-x' || md5(e.app_id)
    WHEN e.wdid ~ '^[0-9A-Za-z ]+$' THEN 'fac-w' || replace(e.wdid, ' ', '_')
    ELSE 'fac-y' || md5(e.wdid)
END"""
FOUNDER_OF_ESMR = "'fac-e' || x.place_id"


def found_facilities(enrollments: str) -> None:
    """Insert the canonical facilities that enrollments to come will belong to, where they are missing.

    `enrollments` is a FROM item with the columns app_id and wdid (alias e). Several WDIDs of one APP_ID are one
    site (a WDID of letter I that was later replaced by NEC, for example). What else belongs to the site, the
    next run of the matcher finds.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"""
            INSERT INTO facilities_facility (public_id, has_esmr, has_smarts, created_at)
            SELECT DISTINCT {FOUNDER_OF_ENROLLMENT}, false, true, now() FROM {enrollments} e ORDER BY 1
            ON CONFLICT (public_id) DO NOTHING
        """)


def facility_of_enrollment() -> str:
    """SQL of the id of an enrollment's own facility (alias e), once it is founded.

    Where that was merged into another one, its new member goes there.
    """
    return f"""(
        SELECT coalesce(f.merged_into_id, f.id) FROM facilities_facility f WHERE f.public_id = {FOUNDER_OF_ENROLLMENT}
    )"""


def upsert_esmr_facilities(rows: str, run_id: int) -> None:
    """Bring eSMR facilities up to date from `rows`, each with a canonical facility of its own.

    `rows` is a FROM item, with a row or more for a facility, and the columns facility_place_id,
    facility_name, region, location_place_type, latitude, longitude, sampling_date and sample_line. A
    facility is described by its latest sample; an older sampling year loaded later does not rename
    it. It lies where its effluent is monitored, or failing that, any of its locations.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO facilities_esmrfacility AS x
                (place_id, name, region_published, region_id, described_on, run_id, line)
            SELECT d.facility_place_id, d.facility_name, d.region, {region_code("d.region")}, d.sampling_date, %s,
                d.sample_line
            FROM (
                SELECT DISTINCT ON (r.facility_place_id) r.* FROM {rows} r
                ORDER BY r.facility_place_id, r.sampling_date DESC NULLS LAST, r.sample_line DESC
            ) AS d
            ORDER BY d.facility_place_id
            ON CONFLICT (place_id) DO UPDATE SET
                name = EXCLUDED.name, region_published = EXCLUDED.region_published, region_id = EXCLUDED.region_id,
                described_on = EXCLUDED.described_on, run_id = EXCLUDED.run_id, line = EXCLUDED.line
            WHERE EXCLUDED.described_on >= x.described_on OR x.described_on IS NULL
            """,
            [run_id],
        )
        cursor.execute(f"""
            UPDATE facilities_esmrfacility x
            SET latitude = place.latitude, longitude = place.longitude, is_located_by_effluent = place.is_effluent
            FROM (
                SELECT DISTINCT ON (r.facility_place_id) r.facility_place_id, r.latitude, r.longitude,
                    coalesce(r.location_place_type ILIKE 'effluent%', false) AS is_effluent
                FROM {rows} r WHERE r.latitude IS NOT NULL
                ORDER BY r.facility_place_id, is_effluent DESC, r.sampling_date DESC NULLS LAST, r.sample_line DESC
            ) AS place
            WHERE place.facility_place_id = x.place_id
                AND place.is_effluent >= coalesce(x.is_located_by_effluent, false)
                AND (x.latitude, x.longitude) IS DISTINCT FROM (place.latitude, place.longitude)
        """)
        cursor.execute(f"""
            INSERT INTO facilities_facility (public_id, has_esmr, has_smarts, created_at)
            SELECT {FOUNDER_OF_ESMR}, true, false, now() FROM facilities_esmrfacility x WHERE x.facility_id IS NULL
            ORDER BY x.place_id
            ON CONFLICT (public_id) DO NOTHING
        """)
        cursor.execute(f"""
            UPDATE facilities_esmrfacility x SET facility_id = coalesce(f.merged_into_id, f.id)
            FROM facilities_facility f
            WHERE x.facility_id IS NULL AND f.public_id = {FOUNDER_OF_ESMR}
        """)


def refresh_facilities(facility_ids: str) -> int:
    """Copy name, place and flags from the best member; `facility_ids` is a sub-select of ids.

    The name is that of an eSMR facility, the one described last. For the rest, and where there is none, the best
    member is a published enrollment before a removed one, industrial before construction (a project on the site
    is not the site), active before ended, the one certified last, and then the one with the least ids; an eSMR
    facility gives what no enrollment says. Returns how many changed.
    """
    # Members are looked up facility by facility, through the index, whatever the statistics say: joins were planned
    # as loops over everything where those were of a table that had just been emptied.
    fields = "name, operator_name, address, city, county_id, region_id, latitude, longitude, has_esmr, has_smarts"
    old, new = (", ".join(f"{alias}.{field}" for field in fields.split(", ")) for alias in "fb")
    with connection.cursor() as cursor:
        cursor.execute(f"""
            WITH touched AS MATERIALIZED (SELECT DISTINCT t.id FROM ({facility_ids}) AS t (id)),
            best AS (
                SELECT t.id, coalesce(s.name, e.site_name) AS name, e.operator_name, e.site_address AS address,
                    e.site_city AS city, e.county_id, coalesce(e.region_id, s.region_id) AS region_id,
                    coalesce(e.latitude, s.latitude) AS latitude, coalesce(e.longitude, s.longitude) AS longitude,
                    s.id IS NOT NULL AS has_esmr,
                    EXISTS (
                        SELECT FROM facilities_smartsenrollment m
                        WHERE m.facility_id = t.id AND m.removed_by_id IS NULL
                    ) AS has_smarts
                FROM touched t
                LEFT JOIN LATERAL (
                    SELECT * FROM facilities_smartsenrollment m WHERE m.facility_id = t.id
                    ORDER BY m.removed_by_id IS NULL DESC, m.program = '{Program.INDUSTRIAL}' DESC,
                        (lower(m.status) = 'active') DESC NULLS LAST, m.certified_at DESC NULLS LAST, m.app_id, m.wdid
                    LIMIT 1
                ) AS e ON true
                LEFT JOIN LATERAL (
                    SELECT * FROM facilities_esmrfacility m WHERE m.facility_id = t.id
                    ORDER BY m.name IS NULL, m.described_on DESC NULLS LAST, m.place_id
                    LIMIT 1
                ) AS s ON true
            )
            UPDATE facilities_facility f SET ({fields}) = ({new}) FROM best b
            WHERE b.id = f.id AND ({old}) IS DISTINCT FROM ({new})
        """)
        return cursor.rowcount
