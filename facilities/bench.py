"""Measurements of the matcher: everything at full size, and what one week changes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import md5

from django.apps import apps
from django.db import connection
from django.utils import timezone

from facilities.matching.bench import synthetic_records
from facilities.matching.records import EnrollmentRecord, EsmrRecord
from facilities.services.membership import FOUNDER_OF_ESMR, facility_of_enrollment, found_facilities
from stormwater.bench.figures import Figure
from stormwater.bench.processes import run_command
from stormwater.bench.registry import Conditions, measurement

ESMR, ENROLLMENTS = 5_000, 100_000
SECONDS, PEAK_MB = 60, 1_024
CHANGED_EVERY = 100  # one record in a hundred
CHANGED_SHARE = 0.5  # of the time for everything, that a hundredth changed may take

_ENROLLMENT_COLUMNS = """
    program, app_id, wdid, content_hash, site_name, operator_name, site_address, site_city, site_zip, site_county,
    region_published, latitude, longitude, run_id, line, first_seen_at, changed_at
"""
_CROSSWALK_COLUMNS = """
    place_id, name, agency_name, address, city, zip_code, county_published, latitude, longitude, file_name, line,
    imported_at
"""


@measurement("matching")
def measure_matching(conditions: Conditions) -> Iterator[Figure]:
    """A first run over 5,000 eSMR facilities and 100,000 enrollments, and a run after 1 % of both changed."""
    conditions.say("  storing the records")
    plants, filings = synthetic_records(ESMR, ENROLLMENTS)
    _store(plants, filings)
    everything = run_command("match", "--all", "--json")
    report = json.loads(everything.output)
    pairs = (
        f"{report['compared']:,} pairs, {report['states'].get('automatic', 0):,} linked, {report['queued']:,} queued"
    )
    yield Figure("match everything", everything.seconds, "s", limit=SECONDS, note=pairs)
    yield Figure("peak memory of matching everything", everything.peak_mb, "MB", limit=PEAK_MB)
    yield Figure("match when nothing changed", run_command("match").seconds, "s")
    _change(plants, filings)
    changed = run_command("match", "--json")
    report = json.loads(changed.output)
    yield Figure(
        "match after 1 % changed",
        changed.seconds,
        "s",
        reference=f"matching everything ({everything.seconds:.1f} s)",
        ratio=changed.seconds / everything.seconds,
        limit=CHANGED_SHARE,
        note=f"{report['matched']:,} eSMR facilities matched again" + (", all of it" if report["is_full"] else ""),
    )


def _change(plants: Sequence[EsmrRecord], filings: Sequence[EnrollmentRecord]) -> None:
    """Other names and operators for every hundredth enrollment and eSMR facility: those of its neighbour."""
    changed = [
        replace(one, name=other.name, operator=other.operator)
        for one, other in zip(filings[::CHANGED_EVERY], filings[1::CHANGED_EVERY], strict=True)
    ]
    moved = [
        replace(one, name=other.name)
        for one, other in zip(plants[::CHANGED_EVERY], plants[1::CHANGED_EVERY], strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE facilities_smartsenrollment SET site_name = %s, operator_name = %s, content_hash = %s"
            " WHERE app_id = %s",
            [(one.name, one.operator, _hash(one), one.key.app_id) for one in changed],
        )
        cursor.executemany(
            "UPDATE facilities_esmrfacility SET name = %s WHERE place_id = %s",
            [(one.name, one.place_id) for one in moved],
        )


def _store(plants: Sequence[EsmrRecord], filings: Sequence[EnrollmentRecord]) -> None:
    """The records as a sync would leave them, in an otherwise empty database."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sync_run, sync_rawfile, sync_resource, facilities_facility CASCADE")
        cursor.execute("TRUNCATE facilities_crosswalkentry, facilities_matchword, facilities_matcherrun")
    dataset, _ = apps.get_model("sync.Dataset").objects.get_or_create(slug="bench", defaults={"title": "Bench"})
    resource = apps.get_model("sync.Resource").objects.create(slug="bench", dataset=dataset)
    ended = {"started_at": now, "heartbeat_at": now, "finished_at": now, "status": "published"}
    run = apps.get_model("sync.Run").objects.create(resource=resource, **ended).pk
    _copy(
        "facilities_smartsenrollment",
        _ENROLLMENT_COLUMNS,
        (
            (*one.key, _hash(one), one.name, one.operator, one.address, one.city, one.zip_code, one.county, one.region,
             one.latitude, one.longitude, run, 2, now, now)
            for one in filings
        ),
    )  # fmt: skip
    _copy(
        "facilities_esmrfacility",
        "place_id, name, region_published, run_id, line",
        ((one.place_id, one.name, one.region, run, 2) for one in plants),
    )
    _copy(
        "facilities_crosswalkentry",
        _CROSSWALK_COLUMNS,
        (
            (one.place_id, one.name, one.agency, one.address, one.city, one.zip_code, one.county, one.latitude,
             one.longitude, "bench", 2, now)
            for one in plants
        ),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO facilities_industrialdetail (enrollment_id, primary_sic)
            SELECT e.id, given.sic FROM unnest(%s::text[], %s::text[]) AS given (app_id, sic)
            JOIN facilities_smartsenrollment e USING (app_id)
            """,
            [[one.key.app_id for one in filings], [one.sic_codes[0] for one in filings]],
        )
        cursor.execute(f"""
            INSERT INTO facilities_facility (public_id, has_esmr, has_smarts, created_at)
            SELECT {FOUNDER_OF_ESMR}, true, false, now() FROM facilities_esmrfacility x
        """)
        cursor.execute(f"""
            UPDATE facilities_esmrfacility x SET facility_id = f.id FROM facilities_facility f
            WHERE f.public_id = {FOUNDER_OF_ESMR}
        """)
    found_facilities("facilities_smartsenrollment")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE facilities_smartsenrollment e SET facility_id = {facility_of_enrollment()}")
        cursor.execute("ANALYZE")


def _copy(table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _hash(record: EnrollmentRecord) -> str:
    return md5(repr(record).encode(), usedforsecurity=False).hexdigest()
