"""The matcher over the database: what has changed gives what everything gives, and nothing a person said is lost."""

import random
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facilities.matching.records import EnrollmentRecord, EsmrRecord
from facilities.models import EsmrFacility, Facility, MatchCandidate, MatchDecision, MatcherRun, SmartsEnrollment
from facilities.services import index_store
from facilities.services.decision_files import export_decisions, import_decisions
from facilities.services.decisions import close_plant, decide_candidate, undo_decision
from facilities.services.matching import run_matching
from stormwater.database import filling
from stormwater.errors import UserError
from tests.facilities import stored
from tests.facilities.matching.invented import OAK_TOWN_PLANT, enrollment, esmr, small_world
from tests.facilities.stored import any_enrollment, any_esmr, empty_database, matched_state, pair, reviewer, store

pytestmark = pytest.mark.django_db


class World:
    """Records that change at random, and reviewers who decide at random."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)  # noqa: S311 # invented records are no secret
        self.esmr = {place: any_esmr(self.source, place) for place in range(200_000, 200_025)}
        made = [any_enrollment(self.source, serial) for serial in range(120)]
        self.enrollments = {one.key: one for one in made}
        self.stored: set[EsmrRecord | EnrollmentRecord] = set()

    def store(self) -> None:
        """Store what has changed, in any order."""
        plants = [one for one in self.esmr.values() if one not in self.stored]
        filings = [one for one in self.enrollments.values() if one not in self.stored]
        self.source.shuffle(plants)
        self.source.shuffle(filings)
        store(plants, filings)
        self.stored = {*self.esmr.values(), *self.enrollments.values()}

    def change(self) -> None:
        """A few records with other values, or new ones; of one sort, so that nothing hides behind something else."""
        source = self.source
        what = source.choice(("rename", "rewrite", "move", "plants", "new plant", "new enrollments"))
        chosen = source.sample(sorted(self.enrollments), 2)
        for key in chosen:
            one, other = self.enrollments[key], any_enrollment(source, 0, key)
            if what == "rename":
                self.enrollments[key] = replace(one, name=other.name)
            elif what == "rewrite":
                self.enrollments[key] = other
            elif what == "move":
                self.enrollments[key] = replace(one, address=other.address)
        if what == "plants":
            place = source.choice(sorted(self.esmr))
            self.esmr[place] = any_esmr(source, place)
        elif what == "new plant":
            place = max(self.esmr) + 1
            self.esmr[place] = any_esmr(source, place)
        elif what == "new enrollments":
            for serial in range(len(self.enrollments) + 100, len(self.enrollments) + 103):
                one = any_enrollment(source, serial)
                self.enrollments.setdefault(one.key, one)

    def decide(self, times: int) -> None:
        """Verdicts of every kind, and an undo now and then."""
        source, who = self.source, reviewer()
        for _ in range(times):
            candidates = list(MatchCandidate.objects.order_by("esmr_facility__place_id", "enrollment__wdid"))
            chosen = source.choice(candidates)
            verdict = source.choice(("match", "no_match", "unsure", "plant", "undo"))
            try:
                if verdict == "plant":
                    close_plant(esmr_facility_id=chosen.esmr_facility_id, reviewer=who, reason_code="no_permit")
                elif verdict == "undo":
                    persons = MatchDecision.objects.filter(is_live=True, rule="")
                    places = sorted(persons, key=lambda row: (row.esmr_facility.place_id, str(row.enrollment)))
                    undo_decision(decision_id=source.choice(places).pk if places else 0, reviewer=who)
                else:
                    decide_candidate(
                        candidate_id=chosen.pk,
                        verdict=verdict,
                        reviewer=who,
                        expected_version=chosen.version,
                        reason_code="other",
                    )
            except UserError:
                continue


def differences(one, other):
    """Rows that only one of two states has."""
    return [
        (name, side, row)
        for name in one
        for side, rows, others in (("one", one[name], other[name]), ("other", other[name], one[name]))
        for row in rows
        if row not in others
    ]


@pytest.mark.parametrize("seed", range(4))
def test_what_has_changed_gives_what_everything_gives_in_any_order(seed, tmp_path):
    check_weeks(World(seed), tmp_path, weeks=5)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(100, 110))
def test_what_has_changed_gives_what_everything_gives_in_many_worlds(seed, tmp_path):
    check_weeks(World(seed), tmp_path, weeks=20)


def check_weeks(world, tmp_path, *, weeks):
    """Match week after week by changes and by everything; then all of it at once, in an empty database."""
    world.store()
    assert run_matching().is_full
    for _ in range(weeks):
        world.decide(2)
        world.change()
        world.store()
        assert not run_matching().is_full
        by_changes = matched_state()
        decisions = MatchDecision.objects.count()
        assert run_matching(is_full=True).is_full
        assert differences(matched_state(), by_changes) == []
        assert MatchDecision.objects.count() == decisions

    # The same records and decisions in an empty database, in another order.
    path = tmp_path / "decisions.csv"
    with path.open("w", newline="") as file:
        export_decisions(file)
    empty_database()
    assert not MatchDecision.objects.exists()
    world.stored = set()
    world.store()
    assert not import_decisions(path=path).bad
    assert differences(matched_state(), by_changes) == []


@pytest.fixture
def small():
    """The small world of the pure tests, matched."""
    store(*small_world())
    return run_matching()


def test_a_second_run_writes_nothing(small):
    before = list(MatchCandidate.objects.order_by("pk").values())
    again = run_matching()
    assert not again.is_full
    assert (again.matched, again.joined.linked, again.joined.moved) == (0, 0, 0)
    assert run_matching(is_full=True).joined == again.joined
    assert list(MatchCandidate.objects.order_by("pk").values()) == before
    assert MatcherRun.objects.count() == 3


def test_links_of_the_machine_are_decisions_of_its_rules(small):
    linked = MatchCandidate.objects.filter(state="automatic")
    assert linked.count() == small.states["automatic"] > 2
    decisions = MatchDecision.objects.filter(is_live=True)
    assert {(row.rule, row.verdict, row.reviewer_name) for row in decisions} == {("fuzzy", "match", "")}
    assert decisions.count() == linked.count()
    assert all(row.evidence and row.evidence["evidence"] and row.model_version for row in decisions)


def test_a_link_that_the_machine_no_longer_makes_is_withdrawn_and_stays_in_the_history(small):
    key = OAK_TOWN_PLANT.key
    assert pair(200_001, key).state == "automatic"
    store(
        [], [replace(OAK_TOWN_PLANT, name="Bolinder Yard", operator="Bolinder", address="9 Foundry St", sic_codes=())]
    )
    report = run_matching()
    assert (report.is_full, report.joined.unlinked) == (False, 1)
    assert pair(200_001, key).state != "automatic"
    history = MatchDecision.objects.filter(enrollment__app_id=key.app_id).order_by("pk")
    assert [(row.verdict, row.is_live) for row in history] == [("match", False), ("undone", False)]
    assert history[1].reverts == history[0]
    assert SmartsEnrollment.objects.get(app_id=key.app_id).facility.public_id == "fac-a400001"


def test_a_rejected_pair_is_not_linked_or_proposed_again_and_evidence_that_changed_reopens_it(small):
    key = OAK_TOWN_PLANT.key
    candidate = pair(200_001, key)
    decide_candidate(
        candidate_id=candidate.pk,
        verdict="no_match",
        reviewer=reviewer(),
        expected_version=candidate.version,
        reason_code="other_plant",
    )
    for is_full in (False, True):
        run_matching(is_full=is_full)
        rejected = pair(200_001, key)
        assert (rejected.state, rejected.tier) == ("rejected", "fuzzy")
    # Other records and other word counts change the score, but not what these two records say.
    store([], [enrollment(60 + serial, name=f"Oak Yard {serial}", address=f"{serial} Tarn St") for serial in range(9)])
    run_matching()
    assert pair(200_001, key).state == "rejected"
    store([], [replace(OAK_TOWN_PLANT, operator="Oak Town Sewer Authority")])
    run_matching()
    reopened = pair(200_001, key)
    assert (reopened.state, reopened.is_queued) == ("reopened", True)
    assert MatchDecision.objects.get(is_live=True, enrollment__app_id=key.app_id).verdict == "no_match"


def test_that_no_match_exists_sticks(small):
    candidate = pair(200_001, OAK_TOWN_PLANT.key)
    close_plant(esmr_facility_id=candidate.esmr_facility_id, reviewer=reviewer(), reason_code="no_permit")
    store([], [enrollment(70, name="Oak Town Wastewater Treatment Plant")])
    run_matching()
    run_matching(is_full=True)
    states = set(MatchCandidate.objects.filter(esmr_facility__place_id=200_001).values_list("state", "is_queued"))
    assert states <= {("closed", False), ("withdrawn", False)}
    assert pair(200_001, enrollment(70).key).state == "closed"


def test_a_number_inside_a_wdid_never_links_by_itself():
    """CIWQS ids and the serials of construction WDIDs share a range: an equal number is chance."""
    facility = esmr(place_id=380_001, name="Quillon", region="Region 7", agency=None, address=None, city=None,
                    zip_code=None, county=None, latitude=None, longitude=None)  # fmt: skip
    key = OAK_TOWN_PLANT.key._replace(program="construction", app_id="380001", wdid="5S51C380001")
    store([facility], [replace(OAK_TOWN_PLANT, key=key)])
    run_matching()
    assert not MatchCandidate.objects.exists()
    assert Facility.objects.filter(merged_into=None).count() == 2


def test_a_matcher_that_was_left_behind_or_disturbed_matches_everything(small, monkeypatch):
    with stored.connection.cursor() as cursor:
        cursor.execute("DELETE FROM facilities_indexedenrollment WHERE site_id = enrollment_id")
    assert "left" in run_matching().why_full
    assert not run_matching().is_full
    monkeypatch.setattr("facilities.services.matching.matcher_version", lambda: "another")
    assert "another" in run_matching().why_full


@pytest.mark.parametrize(
    "words", [[], ["null"], ["oak", "12"], [""], ['a "quoted" word', "b\\c"], ["a,b", "{c}"], ['","']], ids=repr
)
def test_what_is_kept_comes_back_as_it_was(words):
    record = any_esmr(random.Random(1), 200_001)  # noqa: S311 # an invented record is no secret
    store([record], [])
    pk = EsmrFacility.objects.get().pk
    index_store.keep_esmr([(pk, UUID(int=1), [1, -(2**31)], words)])
    assert index_store.kept_esmr([pk]) == {pk: index_store.Kept([1, -(2**31)], words)}


def test_the_first_run_leaves_all_indexes_and_a_later_one_replaces_what_is_kept(monkeypatch):
    """A table that was never filled goes without its indexes while it is; the others keep theirs."""
    monkeypatch.setattr(filling, "WORTHWHILE", 1)
    store([esmr()], [])
    pk = EsmrFacility.objects.get().pk
    table = "facilities_indexedesmrfacility"
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
        before = indexes_of(cursor, table)
        with CaptureQueriesContext(connection) as first:
            index_store.keep_esmr([(pk, UUID(int=1), [1, 2], ["oak"])])
        with CaptureQueriesContext(connection) as later:
            index_store.keep_esmr([(pk, UUID(int=2), [3], ["town"])])
        after = indexes_of(cursor, table)

    assert any("DROP INDEX" in query["sql"] for query in first.captured_queries)
    assert not any("DROP INDEX" in query["sql"] for query in later.captured_queries)
    assert after == before
    assert index_store.kept_esmr([pk]) == {pk: index_store.Kept([3], ["town"])}


def indexes_of(cursor, table):
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1", [table])
    return cursor.fetchall()
