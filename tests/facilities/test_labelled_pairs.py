"""The real extracts, synced and matched, against hand-judged pairs. No row of either is in the project."""

import os
from pathlib import Path

import pytest

from facilities.models import EsmrFacility, MatchCandidate, SmartsEnrollment
from facilities.selectors.judging import evaluate_pairs
from facilities.services.crosswalk import import_crosswalk
from facilities.services.matching import run_matching
from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource

PAIRS = os.environ.get("STORMWATER_LABELLED_PAIRS", "")

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.django_db,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PAIRS, reason="STORMWATER_LABELLED_PAIRS does not name a file of judged pairs"),
]


def share(measure):
    return measure.count / measure.total


def test_the_targets_are_reached_on_the_whole_industrial_file(real_data):
    """One test, since the load takes seconds: what it says in its name, with the crosswalk and without."""
    report = sync_datasets(source=DirectorySource(real_data, CONTRACTS))
    assert not report.has_failed
    without, _ = evaluate_pairs(path=Path(PAIRS))
    hidden, _ = evaluate_pairs(path=Path(PAIRS), hides_crosswalk=True)
    assert without == hidden  # nothing is imported yet
    assert share(without.recall_at_5) >= 0.75
    assert share(without.auto_precision) == 1.0

    crosswalk = import_crosswalk(path=next(real_data.glob("ciwqs_facilities_*.csv")))
    assert crosswalk.bad == []
    assert crosswalk.read == crosswalk.inserted
    found, bad = evaluate_pairs(path=Path(PAIRS))
    assert bad == []
    assert share(found.auto_precision) >= 0.98
    assert share(found.auto_recall) >= 0.70
    assert share(found.found_recall) >= 0.93
    assert found.queued_per_facility <= 3
    assert evaluate_pairs(path=Path(PAIRS), hides_crosswalk=True)[0] == hidden

    run_matching()
    stored = MatchCandidate.objects.filter(state="automatic")
    judged = [one for one in found.pairs if one.state == "automatic"]
    assert stored.count() == len(judged) + found.automatic_on_unlabelled
    assert MatchCandidate.objects.filter(is_queued=True).count() == round(
        found.queued_per_facility * EsmrFacility.objects.count()
    )
    for candidate in stored.select_related("esmr_facility", "enrollment"):
        assert candidate.esmr_facility.facility_id == candidate.enrollment.facility_id
    assert SmartsEnrollment.objects.filter(facility__merged_into__isnull=False).count() == 0
