"""Files that people bring: every row is taken or named with its line, and what was exported loads back."""

import csv
import io

import pytest
from django.core.management import call_command

from facilities.csv_files import with_mark, without_mark
from facilities.models import AwaitedDecision, CrosswalkEntry, EsmrFacility, MatchCandidate, MatchDecision
from facilities.services.crosswalk import import_crosswalk
from facilities.services.decision_files import COLUMNS, export_decisions, import_decisions
from facilities.services.decisions import decide_candidate
from facilities.services.matching import run_matching
from stormwater.errors import UserError
from tests.facilities.matching.invented import OAK_TOWN, OAK_TOWN_PLANT, SCRAP_YARD, small_world
from tests.facilities.stored import pair, reviewer, store

pytestmark = pytest.mark.django_db

HEADER = (
    "facility_place_id,facility_name,agency_name,address,city,zip,county,latitude,longitude,ciwqs_wdid,"
    "npdes_number,region"
)
OAK = "200001,Oak Town WWTP,Oak Town City,700  Mallard Road,Oak Town,95990,Sutter,39.1,-121.6,5A51000OSUT,CA0099999,5S"


@pytest.fixture
def write(tmp_path):
    def write(*lines, encoding="utf-8"):
        path = tmp_path / "file.csv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding=encoding)
        return path

    return write


def exported():
    file = io.StringIO()
    number = export_decisions(file)
    return number, list(csv.DictReader(io.StringIO(file.getvalue())))


def lines_of(bad):
    return [row.line for row in bad]


class TestTheCrosswalk:
    def test_gives_a_plant_what_esmr_does_not_say_also_before_it_reports(self, write):
        report = import_crosswalk(path=write(HEADER, OAK))
        assert (report.read, report.inserted, report.bad) == (1, 1, [])
        entry = CrosswalkEntry.objects.get()
        assert (entry.agency_name, entry.zip_code, entry.county.name, entry.region.code) == (
            "Oak Town City", "95990", "Sutter", "5S",
        )  # fmt: skip
        assert (entry.latitude, entry.longitude, entry.ciwqs_wdid, entry.line) == (39.1, -121.6, "5A51000OSUT", 2)
        store([], [OAK_TOWN_PLANT])
        run = store_plant_without_crosswalk()
        run_matching()
        assert pair(200_001, OAK_TOWN_PLANT.key).state == "automatic"
        assert run

    def test_a_second_import_writes_what_changed_and_keeps_what_the_file_lacks(self, write):
        import_crosswalk(path=write(HEADER, OAK, OAK.replace("200001", "200002")))
        before = CrosswalkEntry.objects.get(place_id=200_002).imported_at
        report = import_crosswalk(path=write(HEADER, OAK.replace("700  Mallard", "701 Mallard")))
        assert (report.inserted, report.updated, report.unchanged) == (0, 1, 0)
        assert CrosswalkEntry.objects.get(place_id=200_001).address == "701 Mallard Road"
        assert import_crosswalk(path=write(HEADER, OAK.replace("200001", "200002"))).unchanged == 1
        assert CrosswalkEntry.objects.get(place_id=200_002).imported_at == before

    def test_bad_rows_are_named_by_line_and_the_others_loaded(self, write):
        michigan = OAK.replace("200001", "200003").replace("39.1,-121.6", "45.0,-85.0")
        unsigned = OAK.replace("200001", "200004").replace("-121.6", "121.6")
        report = import_crosswalk(
            path=write(HEADER, OAK.replace("200001", "x1"), OAK.replace("200001", ""), OAK, "", michigan, unsigned, OAK)
        )
        assert lines_of(report.bad) == [2, 3]
        assert lines_of(report.remarks) == [6, 8]
        assert (report.read, report.inserted, report.repeated) == (6, 3, 1)
        assert CrosswalkEntry.objects.get(place_id=200_003).latitude is None
        assert CrosswalkEntry.objects.get(place_id=200_004).longitude == -121.6

    def test_a_file_that_is_none_is_refused_in_a_sentence(self, write, tmp_path):
        with pytest.raises(UserError, match="no column place_id"):
            import_crosswalk(path=write("a,b", "1,2"))
        with pytest.raises(UserError, match="cannot be read"):
            import_crosswalk(path=tmp_path / "none.csv")
        with pytest.raises(UserError, match="UTF-8"):
            import_crosswalk(path=write(HEADER, OAK.replace("Oak", "Ca\u00f1ada"), encoding="latin-1"))
        with pytest.raises(UserError, match="more than once"):
            import_crosswalk(path=write("place_id,facility_place_id,name", "1,2,3"))
        assert not CrosswalkEntry.objects.exists()


def store_plant_without_crosswalk():
    entry = CrosswalkEntry.objects.get(place_id=200_001)
    store([OAK_TOWN], [])
    entry.save()  # `store` writes an entry of its own
    return EsmrFacility.objects.get(place_id=200_001)


@pytest.fixture
def decided():
    """Decisions of every kind, with texts that a CSV file or a spreadsheet could spoil."""
    store(*small_world())
    run_matching()
    who = reviewer()
    for candidate, verdict in zip(
        MatchCandidate.objects.exclude(esmr_facility__place_id=200_004).order_by("pk"),
        ("match", "no_match", "unsure", "no_match"),
        strict=False,
    ):
        decide_candidate(
            candidate_id=candidate.pk, verdict=verdict, reviewer=who, expected_version=candidate.version,
            reason_code="other", note='=cmd() said "no",\nthen\u00a0yes',
        )  # fmt: skip
    return MatchDecision.objects.filter(is_live=True, rule="")


class TestDecisionFiles:
    def test_hold_every_decision_of_a_person_and_none_of_the_machine(self, decided):
        number, rows = exported()
        assert number == len(rows) == decided.count() == 4
        assert {row["verdict"] for row in rows} == {"match", "no_match", "unsure"}
        assert list(rows[0]) == list(COLUMNS)
        assert {row["note"][:6] for row in rows} == {"'=cmd("}
        assert {row["reviewer"] for row in rows} == {"rivera"}
        assert MatchDecision.objects.filter(is_live=True, rule="fuzzy").exists()

    def test_load_back_unchanged_where_nothing_is_decided_yet(self, decided, tmp_path):
        before, rows = decided.count(), exported()[1]
        path = tmp_path / "decisions.csv"
        call_command("export_decisions", out=path)
        again = import_decisions(path=path)
        assert (again.read, again.known, again.taken, again.bad) == (before, before, 0, [])
        assert exported()[1] == rows

    def test_wait_for_records_that_are_not_here_and_take_effect_when_they_come(self, write):
        key = OAK_TOWN_PLANT.key
        wdid_alone = f"200001,,{key.wdid},match,,okafor"
        report = import_decisions(
            path=write("place_id,app_id,wdid,verdict,note,reviewer", wdid_alone, "200004,,,no_match_exists,,okafor")
        )
        assert (report.taken, report.waiting, report.bad) == (2, 2, [])
        assert {row["place_id"] for row in exported()[1]} == {"200001", "200004"}
        store(*small_world())
        assert run_matching().applied == 2
        assert not AwaitedDecision.objects.exists()
        accepted = pair(200_001, key)
        assert (accepted.state, accepted.tier) == ("accepted", "fuzzy")
        assert accepted.evidence
        assert accepted.enrollment.facility == accepted.esmr_facility.facility
        assert set(MatchCandidate.objects.filter(esmr_facility__place_id=200_004).values_list("state", flat=True)) == {
            "closed"
        }

    def test_a_staff_mapping_links_directly_what_shares_nothing_and_its_rejections_stick(self, write):
        store(*small_world())
        run_matching()
        key = SCRAP_YARD.key
        path = write("facility_place_id,app_id,wdid,verdict",
                     f"200004,{key.app_id},{key.wdid.replace(' ', '')},",
                     f"200001,{OAK_TOWN_PLANT.key.app_id},,no_match")  # fmt: skip
        report = import_decisions(path=path)
        assert (report.taken, report.bad, report.matched.is_full) == (2, [], False)
        mapped = pair(200_004, key)
        assert (mapped.tier, mapped.state, mapped.probability) == ("direct", "accepted", 1.0)
        decision = MatchDecision.objects.get(is_live=True, enrollment=mapped.enrollment)
        assert (decision.rule, decision.reviewer_name, decision.source) == ("staff_mapping", "", "file.csv, line 2")
        assert pair(200_001, OAK_TOWN_PLANT.key).state == "rejected"

    def test_bad_rows_are_named_by_line_and_the_others_taken(self, write):
        store(*small_world())
        path = write(
            "place_id,app_id,wdid,program,verdict,decided_at,probability,evidence_hash,evidence,reason_code",
            "x,400001,,,match,,,,,",
            "200001,,,,match,,,,,",
            "200001,400001,,,perhaps,,,,,",
            "200001,400001,,municipal,match,,,,,",
            "200001,400001,,,match,yesterday,,,,",
            "200001,400001,,,match,,1.5,,,",
            "200001,400001,,,match,,,zzz,,",
            "200001,400001,,,match,,,,{,",
            "200001,400001,,,match,,,,,because",
            "200001,400001,,,match,2026-01-02T03:04:05+00:00,0.5,,,same_address",
            "200001,400001,,,no_match,,,,,",
        )
        report = import_decisions(path=path)
        assert lines_of(report.bad) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
        assert (report.read, report.taken) == (11, 1)
        assert "line 11 already" in report.bad[-1].why
        decision = MatchDecision.objects.get(rule="staff_mapping")
        assert decision.decided_at.isoformat() == "2026-01-02T03:04:05+00:00"

    def test_what_a_person_decided_here_is_not_overwritten(self, decided, write):
        candidate = MatchCandidate.objects.filter(state="rejected").first()
        ids = f"{candidate.esmr_facility.place_id},{candidate.enrollment.app_id},{candidate.enrollment.wdid}"
        report = import_decisions(path=write("place_id,app_id,wdid,verdict", f"{ids},match"))
        assert lines_of(report.bad) == [2]
        assert "rivera has decided here: Not a match" in report.bad[0].why
        candidate.refresh_from_db()
        assert candidate.state == "rejected"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "'=1", "'", "''", "plain", "", "\tx", "it's"])
def test_a_marked_cell_comes_back_as_it_was(cell):
    assert without_mark(with_mark(cell)) == cell
    assert not with_mark(cell).startswith(("=", "+", "-", "@", "\t"))
