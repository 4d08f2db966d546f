"""Invented records in the database, as a sync and an import of the crosswalk would leave them."""

import random
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import md5
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from facilities.matching.records import EnrollmentKey, EnrollmentRecord, EsmrRecord
from facilities.models import (
    CrosswalkEntry,
    EsmrFacility,
    IndustrialDetail,
    MatchCandidate,
    MatchDecision,
    Region,
    SmartsEnrollment,
)
from facilities.services.membership import (
    FOUNDER_OF_ESMR,
    facility_of_enrollment,
    found_facilities,
    refresh_facilities,
)
from sync.models import Dataset, Resource, Run


def a_run() -> Run:
    """Some run of the ledger, for records to come from."""
    dataset, _ = Dataset.objects.get_or_create(slug="esmr", defaults={"title": "Invented"})
    resource, _ = Resource.objects.get_or_create(slug="esmr:2006", defaults={"dataset": dataset, "sampling_year": 2006})
    now = timezone.now()
    values = {"started_at": now, "heartbeat_at": now, "finished_at": now, "status": Run.Status.PUBLISHED}
    return Run.objects.filter(resource=resource).first() or Run.objects.create(
        resource=resource, worker="invented", claim_backend_pid=0, **values
    )


def store(esmr: Iterable[EsmrRecord] = (), enrollments: Iterable[EnrollmentRecord] = ()) -> None:
    """Insert or update records, in the order given, and give new ones their facilities."""
    run = a_run()
    for plant in esmr:
        _store_esmr(plant, run)
    for filing in enrollments:
        _store_enrollment(filing, run)
    found_facilities("facilities_smartsenrollment")
    with connection.cursor() as cursor:
        cursor.execute(f"""
            UPDATE facilities_smartsenrollment e SET facility_id = {facility_of_enrollment()} WHERE facility_id IS NULL
        """)
        cursor.execute(f"""
            INSERT INTO facilities_facility (public_id, has_esmr, has_smarts, created_at)
            SELECT {FOUNDER_OF_ESMR}, true, false, now() FROM facilities_esmrfacility x WHERE facility_id IS NULL
            ON CONFLICT DO NOTHING
        """)
        cursor.execute(f"""
            UPDATE facilities_esmrfacility x SET facility_id = coalesce(f.merged_into_id, f.id)
            FROM facilities_facility f WHERE x.facility_id IS NULL AND f.public_id = {FOUNDER_OF_ESMR}
        """)
    refresh_facilities("SELECT id FROM facilities_facility")


def _store_esmr(record: EsmrRecord, run: Run) -> None:
    region = Region.objects.filter(code=(record.region or "").removeprefix("Region ").partition(" ")[0]).first()
    EsmrFacility.objects.update_or_create(
        place_id=record.place_id,
        defaults={
            "run": run,
            "line": 2,
            "name": record.name,
            "region_published": record.region,
            "region": region,
            "latitude": record.location_latitude,
            "longitude": record.location_longitude,
        },
    )
    listed = {
        "name": record.crosswalk_name,
        "agency_name": record.agency,
        "address": record.address,
        "city": record.city,
        "zip_code": record.zip_code,
        "county_published": record.county,
        "latitude": record.latitude,
        "longitude": record.longitude,
        "npdes_number": record.npdes_number,
        "ciwqs_wdid": record.ciwqs_wdid,
    }
    CrosswalkEntry.objects.update_or_create(
        place_id=record.place_id, defaults={**listed, "file_name": "list", "line": 2, "imported_at": timezone.now()}
    )


def _store_enrollment(record: EnrollmentRecord, run: Run) -> None:
    now = timezone.now()
    key = record.key
    enrollment, _ = SmartsEnrollment.objects.update_or_create(
        program=key.program,
        app_id=key.app_id or None,
        wdid=key.wdid or None,
        defaults={
            "run": run,
            "line": 2,
            "content_hash": _hash(record),
            "first_seen_at": now,
            "changed_at": now,
            "site_name": record.name,
            "operator_name": record.operator,
            "site_address": record.address,
            "site_city": record.city,
            "site_zip": record.zip_code,
            "site_county": record.county,
            "region_published": record.region,
            "latitude": record.latitude,
            "longitude": record.longitude,
        },
    )
    sic = record.sic_codes[0] if record.sic_codes else None
    IndustrialDetail.objects.update_or_create(enrollment=enrollment, defaults={"primary_sic": sic})


def _hash(record: EnrollmentRecord) -> UUID:
    text = repr(sorted(asdict(record).items(), key=str))
    return UUID(hex=md5(text.encode(), usedforsecurity=False).hexdigest())


def empty_database() -> None:
    """Back to a database that has never seen a file, a match or a decision."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE sync_run, sync_resource, facilities_facility, facilities_crosswalkentry CASCADE")
        cursor.execute("TRUNCATE facilities_matchword, facilities_awaiteddecision, facilities_matcherrun CASCADE")


def reviewer(name: str = "rivera") -> Any:
    return get_user_model().objects.get_or_create(username=name)[0]


def pair(place_id: int, key: EnrollmentKey) -> MatchCandidate:
    return MatchCandidate.objects.get(
        esmr_facility__place_id=place_id,
        enrollment__program=key.program,
        enrollment__app_id=key.app_id or None,
        enrollment__wdid=key.wdid or None,
    )


def matched_state() -> dict[str, list[tuple[Any, ...]]]:
    """All that matching left in the database, by the records' own ids, without times, rows and history."""
    key = ("enrollment__program", "enrollment__app_id", "enrollment__wdid")
    machine = ("tier", "reason", "probability", "log_odds", "lead", "rank", "evidence", "vetoes", "evidence_hash")
    standing = ("state", "is_queued", "conflict", "conflict_reason")
    candidates = MatchCandidate.objects.exclude(state="withdrawn")
    decisions = MatchDecision.objects.filter(is_live=True)
    with connection.cursor() as cursor:
        found = {
            "pairs": _rows(candidates.values_list("esmr_facility__place_id", *key, *standing, *machine)),
            "decisions": _rows(decisions.values_list("esmr_facility__place_id", *key, "verdict", "rule")),
            "enrollments": _rows(SmartsEnrollment.objects.values_list("app_id", "wdid", "facility__public_id")),
            "plants": _rows(EsmrFacility.objects.values_list("place_id", "facility__public_id")),
        }
        for name, query in _KEPT.items():
            cursor.execute(query)
            found[name] = _rows(cursor.fetchall())
    return found


_KEPT = {
    "facilities": """
        SELECT f.public_id, s.public_id, f.name, f.operator_name, f.city, f.has_esmr, f.has_smarts
        FROM facilities_facility f LEFT JOIN facilities_facility s ON s.id = f.merged_into_id
    """,
    "words": "SELECT word, enrollments FROM facilities_matchword",
    "kept enrollments": """
        SELECT e.app_id, e.wdid, i.fingerprint, i.keys, i.site_keys, i.words, i.other_words, s.app_id, s.wdid
        FROM facilities_indexedenrollment i JOIN facilities_smartsenrollment e ON e.id = i.enrollment_id
        JOIN facilities_smartsenrollment s ON s.id = i.site_id
    """,
    "kept plants": """
        SELECT x.place_id, i.fingerprint, i.keys, i.words
        FROM facilities_indexedesmrfacility i JOIN facilities_esmrfacility x ON x.id = i.esmr_facility_id
    """,
}


def _rows(rows: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in rows), key=repr)


TOWNS = tuple(
    f"{one} {other}"
    for one in ("Oak", "Fennel", "Quillon", "Marlin", "Tarn")
    for other in ("Town", "Bay", "Hills", "Mesa")
)
FORMS = (
    "{} WWTP",
    "{} Plant No. 2",
    "{} Plant No. 3",
    "City of {} WPCP",
    "Wastewater Treatment Plant",
    "{} Scrap Yard",
)
OPERATORS = ("City of {}", "{} Sanitary District", "{} Metals Inc", "Bolinder Holdings")
STREETS = ("Mallard Rd", "Quarry Rd", "Tarn St", "Foundry St")


def any_esmr(source: random.Random, place_id: int) -> EsmrRecord:
    """A plant in a small world where names, streets and operators come again and again."""
    town = source.choice(TOWNS)
    is_listed = source.random() < 0.7
    latitude, longitude = _position(town)
    return EsmrRecord(
        place_id=place_id,
        name=source.choice(FORMS[:5]).format(town),
        region=f"Region {_region(town)}",
        agency=source.choice(OPERATORS[:2]).format(town) if is_listed else None,
        address=f"{source.randint(1, 3) * 100} {source.choice(STREETS)}" if is_listed else None,
        city=town if is_listed else None,
        county="Sutter" if is_listed else None,
        latitude=latitude if is_listed else None,
        longitude=longitude if is_listed else None,
        npdes_number="CA0099999" if source.random() < 0.05 else None,
    )


def any_enrollment(source: random.Random, serial: int, key: EnrollmentKey | None = None) -> EnrollmentRecord:
    """An enrollment in the same world."""
    town = source.choice(TOWNS)
    application = serial if source.random() < 0.85 else serial - 1  # at times a second WDID of one application
    latitude, longitude = _position(town)
    return EnrollmentRecord(
        key=key or EnrollmentKey("industrial", str(400_000 + application), f"5S51I{serial:06d}"),
        name=source.choice(FORMS).format(town),
        operator=source.choice(OPERATORS).format(town),
        address=f"{source.randint(1, 3) * 100} {source.choice(STREETS)}",
        city=town,
        county="Sutter",
        region=_region(town),
        latitude=latitude,
        longitude=longitude,
        sic_codes=("4952-Sewerage Systems",) if source.random() < 0.5 else (),
    )


def _region(town: str) -> str:
    return str(1 + TOWNS.index(town) % 9)


def _position(town: str) -> tuple[float, float]:
    number = TOWNS.index(town)
    return 34 + number // 5, -121.6 + number % 5
