"""The records of the database as the matcher reads them, and how to tell that one has changed."""

from collections.abc import Collection, Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from facilities.matching.records import EnrollmentKey, EnrollmentRecord, EsmrRecord
from facilities.models import SmartsEnrollment

_CHUNK = 5_000  # rows that a server-side cursor hands over at a time
_SIC = ("industrial_detail__primary_sic", "industrial_detail__secondary_sic", "industrial_detail__tertiary_sic")
_ENROLLMENT_COLUMNS = (
    *("pk", "content_hash", "program", "app_id", "wdid", "site_name", "operator_name", "site_address"),
    *("site_address_2", "site_city", "site_zip", "site_county", "county_published", "region_published"),
    *("latitude", "longitude", "status", "noi_processed_date", "not_effective_date", *_SIC),
)
# The columns that the matcher reads of an eSMR facility (alias x) and of its crosswalk entry (alias c).
_ESMR_COLUMNS = """
    x.name, x.region_published, x.latitude, x.longitude, c.name, c.agency_name, c.address, c.city, c.zip_code,
    c.county_published, c.latitude, c.longitude, c.npdes_number, c.ciwqs_wdid
"""
_ESMR_FINGERPRINT = f"md5(ROW({_ESMR_COLUMNS})::text)::uuid"
_ESMR_TABLES = "facilities_esmrfacility x LEFT JOIN facilities_crosswalkentry c ON c.place_id = x.place_id"


class StoredEnrollment(NamedTuple):
    """An enrollment's record, with its row and the hash of its values."""

    pk: int
    fingerprint: UUID
    record: EnrollmentRecord


class StoredEsmr(NamedTuple):
    """An eSMR facility's record, with its row and the hash of the values that the matcher reads."""

    pk: int
    fingerprint: UUID
    record: EsmrRecord


def read_enrollments(pks: Collection[int] | None = None) -> Iterator[StoredEnrollment]:
    """Enrollments as the matcher reads them, of the given rows or all; those that were removed are among them."""
    rows = SmartsEnrollment.objects.order_by()
    if pks is not None:
        rows = rows.filter(pk__in=list(pks))
    for row in rows.values_list(*_ENROLLMENT_COLUMNS).iterator(chunk_size=_CHUNK):
        (pk, fingerprint, program, app_id, wdid, name, operator, address, address_2, city, zip_code, site_county,
         county, region, latitude, longitude, status, processed_on, ended_on, *sic) = row  # fmt: skip
        yield StoredEnrollment(
            pk,
            fingerprint,
            EnrollmentRecord(
                key=EnrollmentKey(program, app_id or "", wdid or ""),
                name=name,
                operator=operator,
                address=address,
                address_2=address_2,
                city=city,
                zip_code=zip_code,
                county=site_county or county,
                region=region,
                latitude=latitude,
                longitude=longitude,
                sic_codes=tuple(code for code in sic if code),
                status=status,
                processed_on=processed_on,
                ended_on=ended_on,
            ),
        )


def read_esmr(pks: Collection[int] | None = None, *, with_crosswalk: bool = True) -> Iterator[StoredEsmr]:
    """ESMR facilities as the matcher reads them, of the given rows or all, with their crosswalk entries or without."""
    condition = "" if pks is None else "WHERE x.id = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT x.id, {_ESMR_FINGERPRINT}, x.place_id, {_ESMR_COLUMNS} FROM {_ESMR_TABLES} {condition}",
            [] if pks is None else [list(pks)],
        )
        rows = cursor.fetchall()
    for pk, fingerprint, place_id, name, region, outfall_latitude, outfall_longitude, *crosswalk in rows:
        listed = crosswalk if with_crosswalk else [None] * len(crosswalk)
        crosswalk_name, agency, address, city, zip_code, county, latitude, longitude, npdes_number, ciwqs_wdid = listed
        yield StoredEsmr(
            pk,
            fingerprint,
            EsmrRecord(
                place_id=place_id,
                name=name,
                region=region,
                crosswalk_name=crosswalk_name,
                agency=agency,
                address=address,
                city=city,
                zip_code=zip_code,
                county=county,
                latitude=latitude,
                longitude=longitude,
                location_latitude=outfall_latitude,
                location_longitude=outfall_longitude,
                npdes_number=npdes_number,
                ciwqs_wdid=ciwqs_wdid,
            ),
        )


def changed_enrollments() -> list[int]:
    """Rows of enrollments that are new since the last run of the matcher, or have other values."""
    return _ids("""
        SELECT e.id FROM facilities_smartsenrollment e
        LEFT JOIN facilities_indexedenrollment i ON i.enrollment_id = e.id AND i.fingerprint = e.content_hash
        WHERE i.enrollment_id IS NULL ORDER BY e.id
    """)


def changed_esmr() -> list[int]:
    """Rows of eSMR facilities that are new since the last run, or of which file or crosswalk say something else."""
    return _ids(f"""
        SELECT x.id FROM {_ESMR_TABLES}
        LEFT JOIN facilities_indexedesmrfacility i ON i.esmr_facility_id = x.id AND i.fingerprint = {_ESMR_FINGERPRINT}
        WHERE i.esmr_facility_id IS NULL ORDER BY x.id
    """)


def _ids(query: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [pk for (pk,) in cursor.fetchall()]
