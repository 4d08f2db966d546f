"""Running the matcher over the database: everything, or what has changed since the last run."""

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from facilities.locks import claim_identity, claim_joining, claim_verdicts
from facilities.match_records import changed_enrollments, changed_esmr, read_enrollments, read_esmr
from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, EnrollmentRecord, PairKey
from facilities.matching.scoring import shipped_weights
from facilities.matching.stored_keys import matcher_version
from facilities.models import EsmrFacility, MatchCandidate, MatcherRun, StalePlant
from facilities.services import index_store
from facilities.services.awaited import apply_awaited_decisions
from facilities.services.changes import Changes, find_changes, keep_changes
from facilities.services.index_store import enrollment_row, esmr_row
from facilities.services.joining import JoinReport, join_facilities
from facilities.services.part_index import part_index
from facilities.services.proposals import ProposalWriter, forget_withdrawn, staff_mappings

# Beyond this share of the records, matching everything is the shorter way.
_MOST_CHANGED = 0.2
_FEW = 500  # records; below, a share means nothing


@dataclass(slots=True)
class MatchReport:
    """What a run of the matcher did."""

    is_full: bool
    why_full: str = ""  # why everything was matched without being asked for
    changed_enrollments: int = 0
    changed_esmr: int = 0
    matched: int = 0  # eSMR facilities whose pairs were worked out
    compared: int = 0  # pairs
    applied: int = 0  # imported decisions whose records have come
    kept: int = 0  # enrollments that the matcher knows
    joined: JoinReport = field(default_factory=JoinReport)
    states: dict[str, int] = field(default_factory=dict)  # pairs by state, of the whole database
    queued: int = 0  # pairs that a person is asked about

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


@transaction.atomic
def run_matching(*, is_full: bool = False) -> MatchReport:
    """Bring pairs, links and facilities in line with the records: of what has changed, or of everything.

    Both give the same result. Decisions are never changed. One run at a time; a sync that publishes facilities is
    waited for, and waits.
    """
    claim_identity()
    started = timezone.now()
    applied = apply_awaited_decisions()
    enrollments, esmr = changed_enrollments(), changed_esmr()
    why = "" if is_full else _why_everything(enrollments, esmr)
    changes = None
    if not is_full and not why:
        changes = find_changes(enrollments, esmr, set(StalePlant.objects.values_list("pk", flat=True)))
        if changes.is_too_much:
            why, changes = "words that many enrollments have became more or less common", None
    report = MatchReport(changes is None, why, len(enrollments), len(esmr), applied=applied)
    if changes is None:
        with _uncollected():
            _match_everything(report, started)
            claim_joining()  # not before it is needed: this is the long way
            report.joined = join_facilities()
    else:
        with _uncollected():
            _match_changes(changes, report, started)
    _finish(report, started)
    return report


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection: it would look through hundreds of thousands of records, again and again, for nothing.

    They live to the end and are in no cycles; a third of the time for reading them went there.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def is_index_current() -> bool:
    """Whether what the matcher keeps is of the records as they are now."""
    return not _why_everything([], []) and not changed_enrollments() and not changed_esmr()


def _why_everything(enrollments: Collection[int], esmr: Collection[int]) -> str:
    """Why the changes alone would not do, or nothing."""
    last = MatcherRun.objects.order_by("-pk").first()
    if last is None:
        return "nothing was matched before"
    if last.matcher_version != matcher_version():
        return "the matcher is another one than at the last run"
    kept = index_store.count_kept_enrollments()
    if kept != last.counts["kept"]:
        return "what the matcher keeps is not what the last run left"
    if len(enrollments) > max(_FEW, _MOST_CHANGED * kept):
        return "many enrollments have changed"
    if len(esmr) > max(_FEW, _MOST_CHANGED * EsmrFacility.objects.count()):
        return "many eSMR facilities have changed"
    return ""


def _match_everything(report: MatchReport, now: datetime) -> None:
    stored_esmr = list(read_esmr())
    plants = {stored.record.place_id: stored.pk for stored in stored_esmr}
    rows: dict[EnrollmentKey, tuple[int, UUID]] = {}

    def records() -> Iterator[EnrollmentRecord]:
        for stored in read_enrollments():
            rows[stored.record.key] = (stored.pk, stored.fingerprint)
            yield stored.record

    mappings = [PairKey(place_id, key) for _, _, place_id, key in staff_mappings()]
    index = MatchIndex((stored.record for stored in stored_esmr), records(), mappings=mappings)
    sites = index.sites()
    index_store.forget_everything()
    index_store.keep_enrollments(
        enrollment_row(*rows[key], prepared, index.rarity, rows[sites[key]][0])
        for key, prepared in index.enrollments.items()
    )
    index_store.keep_esmr(
        esmr_row(stored.pk, stored.fingerprint, index.esmr[stored.record.place_id], index.rarity)
        for stored in stored_esmr
    )
    index_store.keep_word_counts(index.rarity.counts)
    enrollments = {key: pk for key, (pk, _) in rows.items()}
    _write(ProposalWriter(index, plants, enrollments, now), plants, report)


def _match_changes(changes: Changes, report: MatchReport, now: datetime) -> None:
    affected, moved_sites = keep_changes(changes)
    if affected:
        index, plants, enrollments = part_index(affected, changes.rarity, known=changes.indexes)
        matched = {place_id: pk for place_id, pk in plants.items() if pk in affected}
        claim_joining()  # before the verdicts: reviewers are not to wait for a computation, too
        _write(ProposalWriter(index, matched, enrollments, now), matched, report)
    else:
        claim_joining()
        claim_verdicts()
    report.joined = join_facilities(plants=affected, enrollments=moved_sites)


def _write(writer: ProposalWriter, plants: dict[int, int], report: MatchReport) -> None:
    claim_verdicts()
    writer.write_all(sorted(plants))
    report.matched, report.compared = len(plants), writer.pairs


def _finish(report: MatchReport, started: datetime) -> None:
    forget_withdrawn()
    report.kept = index_store.count_kept_enrollments()
    report.states = dict(MatchCandidate.objects.values_list("state").annotate(Count("pk")).order_by("state"))
    report.queued = MatchCandidate.objects.filter(is_queued=True).count()
    MatcherRun.objects.create(
        started_at=started,
        finished_at=timezone.now(),
        is_full=report.is_full,
        why_full=report.why_full,
        matcher_version=matcher_version(),
        model_version=shipped_weights().version,
        counts=report.as_json(),
    )
