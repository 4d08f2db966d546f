"""The start page of the console: what it says in each state, that its numbers are the database's, and to whom."""

import re
from collections import Counter
from datetime import date, timedelta
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enforcement.models import EnforcementAction
from facilities.models import MatchCandidate
from facilities.services.matching import run_matching
from stormwater.admin.groups import GROUPS
from stormwater.overview.start_page.charts import RULES
from sync.contracts import CONTRACTS
from sync.models import Resource, Run
from tests.facilities.matching.invented import small_world
from tests.facilities.stored import store
from tests.kept_world import kept_world
from tests.sync.conftest import Publisher, publisher
from tests.violations.listed_world import ListedWorld
from violations.models import Exceedance, RegulatoryViolation, StaleRecord
from violations.refreshing.refresh import refresh_violations
from violations.rules.vocabulary import FAMILY_OF

__all__ = ["publisher"]  # the fixture

pytestmark = pytest.mark.django_db
START = "/admin/"
# Permission -> the heading of the part that it opens, in the order of the page.
PARTS = {
    "sync.view_dataset": "Datasets",
    "facilities.view_matchcandidate": "Review queue",
    "sync.view_recordchange": "Last changes of the regulatory record",
    "sync.view_run": "Last runs",
    "violations.view_exceedance": "Computed exceedances",
    "enforcement.view_enforcementaction": "The regulatory record over time",
}
NOTHING_TO_SEE = ("facilities.decide_matchcandidate", "facilities.change_matchcandidate", "sync.add_run")
MORE = ("violations.view_regulatoryviolation", "sync.change_run", *NOTHING_TO_SEE)


def visitor(*groups, may=()):
    """Someone of the staff, in these groups or with these permissions (`sync.view_run`)."""
    number = get_user_model().objects.count()
    user = get_user_model().objects.create_user(f"person{number}", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    for name in may:
        app, _, codename = name.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    return client


def html_of(client):
    answer = client.get(START)
    assert answer.status_code == 200
    return answer.content.decode().partition('<h2 class="all-tables">')[0].partition('id="content"')[2]


def text_of(client):
    """What it says above the list of tables: without tags, blanks as one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html_of(client))).split())


def table_of(html, figure):
    """The table of a figure: year -> column -> number."""
    part = html.partition(f'id="start-{figure}-title"')[2].partition("</figure>")[0]
    columns = [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<th scope=\"col\".*?</th>", part)[1:]]
    rows = {}
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", part):
        year = unescape(re.sub(r"<[^>]+>", "", re.findall(r"<th.*?</th>", row)[0]))
        numbers = [int(cell.replace(",", "")) for cell in re.findall(r"<td class=\"count\">(.*?)</td>", row)]
        rows[year] = dict(zip(columns, numbers, strict=True))
    return rows


def filled(table):
    """The cells of a table that are not zero."""
    return {(year, column): number for year, row in table.items() for column, number in row.items() if number}


@pytest.fixture
def matched():
    match()


@pytest.fixture
def listed():
    return list_findings()


def match():
    """A small world of both systems, matched."""
    store(*small_world())
    run_matching()


def list_findings():
    """Findings and records of several years, statuses and rules, added up."""
    StaleRecord.objects.all().delete()
    world = ListedWorld()
    yard = world.enrollment("4 19I000001", facility=world.facility(name="Invented Yard"))
    plant = world.plant(501)
    for year, number in ((2019, 1), (2022, 3), (2023, 2)):
        for _ in range(number):
            world.exceedance(yard, start=date(year, 7, 1))
    world.exceedance(plant=plant, rule="secondary_treatment_ph", pollutant="ph", start=date(2023, 8, 1))
    dismissed = world.exceedance(yard, start=date(2021, 7, 1))
    Exceedance.objects.filter(pk=dismissed.pk).update(
        dismissed_at=timezone.now(), dismissed_inputs_hash=dismissed.inputs_hash
    )
    for day, status in ((date(2020, 3, 1), "Violation"), (date(2020, 4, 1), "Potential"), (None, "Violation")):
        world.violation(yard, day, status=status)
    world.violation(yard, date(2023, 1, 1), status="Dismissed")
    for month in (1, 2, 3):
        world.action(yard, date(2023, month, 1))
    refresh_violations(is_full=True)
    return world


class TestStates:
    def test_with_nothing_synced_it_says_what_to_do_first_and_draws_nothing(self, admin_client):
        text = text_of(admin_client)
        assert "Nothing was synced yet. What to do first: Load the datasets: manage.py sync takes all eight" in text
        assert "<svg" not in html_of(admin_client)
        assert "Review queue" not in text

    def test_who_may_not_sync_is_told_who_may(self):
        text = text_of(visitor("Viewer"))
        assert "Nothing was synced yet. An operator has to load the datasets first:" in text
        assert "Sync now" not in text

    def test_datasets_in_order_are_said_to_be_so_with_a_sign_and_a_word(self, admin_client, publisher):
        run = publisher.load("smarts_violations", {}).run
        html, text = html_of(admin_client), text_of(admin_client)
        assert "7 of 8 datasets need attention" in text
        assert "✓ ok just now just now 10 days Run 1".replace("Run 1", f"Run {run}") in text
        assert f'href="{reverse("admin:sync_dataset_change", args=["smarts_violations"])}"' in html
        assert text.count("never loaded") == 7 * 2  # in the sentence above and as a badge
        assert "None so far. They are computed after each sync" in text
        assert "No violation or enforcement action has changed" in text

    def test_all_in_order(self, admin_client, publisher):
        for slug, contract in CONTRACTS.items():
            publisher.load(f"{slug}:2024" if contract.is_yearly else slug, {})
        text = text_of(admin_client)
        assert "All 8 datasets are in order." in text
        assert text.count("✓ ok") == 8
        assert "Sync now" not in text

    def test_a_late_one_says_for_how_long_and_who_may_can_sync_it(self, publisher, time_machine):
        time_machine.move_to("2026-10-01 12:00 -0700")
        publisher.load("smarts_violations", {})
        time_machine.move_to("2026-10-26 13:00 -0700")
        operator = visitor("Operator")
        assert "Late. No sync has confirmed it for 25 days, where 10 are allowed." in text_of(operator)
        assert 'aria-label="Sync smarts_violations now"' in html_of(operator)
        assert "Sync smarts_violations now" not in html_of(visitor("Viewer"))

    def test_a_held_one_leads_to_its_run_and_those_who_may_to_its_release(self, publisher):
        publisher.load("smarts_violations", *[{}] * 100)
        publisher.publish("smarts_violations", *[{}] * 37)
        run = publisher.sync("smarts_violations").run
        page, release = (reverse(f"admin:sync_run_{name}", args=[run]) for name in ("change", "release"))
        operator, viewer = visitor("Operator"), visitor("Viewer")
        assert "SMARTS violations (held)" in text_of(operator)
        assert "! held" in text_of(operator)
        assert "Held. A file is held and waits for a person: 37 rows where the last published file had 100" in text_of(
            operator
        )
        assert f'href="{page}"' in html_of(operator)
        assert f'href="{release}"' in html_of(operator)
        assert f'href="{page}"' in html_of(viewer)
        assert release not in html_of(viewer)
        assert "An operator can release it" in text_of(viewer)

    def test_a_failed_one_says_why_and_leads_to_its_run(self, admin_client, publisher):
        publisher.load("smarts_violations", {})
        now = timezone.now()
        run = Run.objects.create(
            resource=Resource.objects.get(), status="failed", message="The portal <did> not answer.",
            started_at=now, finished_at=now, heartbeat_at=now,
        )  # fmt: skip
        text = text_of(admin_client)
        assert "✗ failed" in text
        assert "Failed. The last sync failed just now: The portal <did> not answer. Readers have the data" in text
        assert f'href="{reverse("admin:sync_run_change", args=[run.pk])}"' in html_of(admin_client)
        assert 'aria-label="Sync smarts_violations now"' in html_of(admin_client)


class TestReviewQueue:
    def test_it_has_the_queue_s_numbers_and_starts_a_review_for_those_who_may_decide(self, matched):
        first = MatchCandidate.objects.filter(is_queued=True).first()
        MatchCandidate.objects.filter(pk=first.pk).update(conflict="contradiction", state="reopened")
        MatchCandidate.objects.filter(is_queued=True).update(first_proposed_at=timezone.now() - timedelta(days=9))
        queued = MatchCandidate.objects.filter(is_queued=True).count()
        reviewer, viewer = visitor("Reviewer"), visitor("Viewer")
        text = text_of(reviewer)
        assert f"{queued} pairs of an eSMR plant" in text or f"{queued} pair of an eSMR plant" in text
        day = timezone.localdate(timezone.now() - timedelta(days=9))
        assert f"for a person, the oldest since {day} (1 week ago). 1 in a conflict" in text
        assert "1 decided, but the evidence changed" in text
        assert f'href="{reverse("admin:review_start")}"' in html_of(reviewer)
        assert reverse("admin:review_start") not in html_of(viewer)
        assert f'href="{reverse("admin:review_queue")}"' in html_of(viewer)

    def test_where_nothing_waits_it_says_why(self, matched, admin_client):
        MatchCandidate.objects.update(is_queued=False)
        assert "Nothing waits. Every proposed pair is decided or linked by the machine." in text_of(admin_client)


class TestRecentChanges:
    def test_what_a_run_changed_in_a_record_is_one_sentence_that_leads_to_the_record(self, admin_client, publisher):
        others = [{"VIOLATION_ID": str(number)} for number in range(800_010, 800_030)]
        publisher.load("smarts_violations", {}, {"VIOLATION_ID": "800002"}, {"VIOLATION_ID": "800003"}, *others)
        publisher.load("smarts_enforcement_actions", {"ENFORCEMENT_ID": "400001", "ENFORCEMENT_STATUS": "Active"})
        long = "A long story. " * 30
        publisher.load(
            "smarts_violations",
            {"VIOLATION_STATUS": "Dismissed", "VIOLATION_PRIORITY": "1", "MEMO": long},
            {"VIOLATION_ID": "800002"},
            *others,
        )
        publisher.load("smarts_enforcement_actions", {"ENFORCEMENT_ID": "400001", "ENFORCEMENT_STATUS": "Historical"})
        text = text_of(admin_client)
        said = text.partition("Last changes of the regulatory record")[2].partition("Changes of violations")[0]
        assert "Enforcement action 400001 : Status: Active → Historical" in said
        assert "Violation 800003 : no longer in the file" in said
        for words in ("Priority: 2 → 1", "Status: Potential → Dismissed", "Memo added"):
            assert words in said
        assert "long story" not in text
        # The newest first.
        assert said.index("400001") < min(said.index("800001"), said.index("800003"))
        assert said.count("Violation 800001") == 1
        changed = RegulatoryViolation.objects.filter(violation_id__in=["800001", "800003"])
        for record in (*changed, *EnforcementAction.objects.all()):
            name = f"admin:{record._meta.app_label}_{record._meta.model_name}_change"
            assert f'href="{reverse(name, args=[record.pk])}"' in html_of(admin_client)

        publisher.load("smarts_violations", {}, {"VIOLATION_ID": "800002"}, {"VIOLATION_ID": "800003"}, *others)
        assert "Violation 800003 : in the file again" in text_of(admin_client)

    def test_runs_that_found_nothing_new_are_left_out(self, admin_client, publisher):
        first = publisher.load("smarts_violations", {}, {"VIOLATION_ID": "800002"}).run
        second = publisher.sync("smarts_violations").run
        said = text_of(admin_client).partition("Last runs")[2]
        assert f"✓ published Run {first} of smarts_violations" in said
        assert "2 new, 0 changed, 0 removed" in said
        assert f"Run {second} " not in said


class TestCharts:
    def test_exceedances_by_rule_and_year_are_those_of_the_database_that_stand(self, listed, admin_client):
        html = html_of(admin_client)
        standing = [row for row in Exceedance.objects.filter(went_at=None) if not row.is_dismissed]
        assert filled(table_of(html, "exceedances")) == Counter(
            (f"{row.reporting_year}-{(row.reporting_year + 1) % 100}", RULES[row.rule]) for row in standing
        )
        assert len(standing) == 7
        assert "Dismissed by staff, and not counted: 1." in html
        assert "<title>Industrial, annual NAL, 2022-23: 3</title>" in html

    def test_the_record_by_year_is_that_of_the_database_with_what_is_dismissed_or_undated_apart(
        self, listed, admin_client
    ):
        html = html_of(admin_client)
        expected = Counter(
            (
                str(row.occurrence_date.year) if row.occurrence_date else "no date",
                "Violations, dismissed" if row.status == "Dismissed" else "Violations, not dismissed",
            )
            for row in RegulatoryViolation.objects.all()
        ) + Counter((str(row.issuance_date.year), "Enforcement actions") for row in EnforcementAction.objects.all())
        assert filled(table_of(html, "record")) == expected
        assert expected["2023", "Enforcement actions"] == 3
        assert "Without a date, and in the table alone: 1." in html

    def test_each_has_a_title_and_a_description_and_a_table(self, listed, admin_client):
        html = html_of(admin_client)
        for name in ("exceedances", "record"):
            assert f'role="img" aria-labelledby="start-{name}-title start-{name}-desc"' in html
            assert re.search(rf'<desc id="start-{name}-desc">[^<]*: \d+\.', html)
        assert html.count("<summary>As a table") == 2

    def test_every_rule_has_a_name_in_words(self):
        assert set(RULES) == set(FAMILY_OF)

    def test_changes_that_are_not_added_up_yet_are_told(self, listed, admin_client):
        assert "Some records have changed since" not in text_of(admin_client)
        listed.violation(None)
        assert "Some records have changed since" in text_of(admin_client)

    def test_many_years_are_drawn_as_the_latest_and_listed_as_all(self, listed, admin_client):
        yard = listed.enrollment("4 19I000002", facility=listed.facility())
        for year in range(2001, 2020):
            listed.action(yard, date(year, 5, 5))
        refresh_violations()
        html = html_of(admin_client)
        assert table_of(html, "record")["2001"]["Enforcement actions"] == 1
        assert "Enforcement actions, 2012: 1<" in html
        assert "Enforcement actions, 2011: 1<" not in html
        assert "Earlier years are in the table." in html


def links_of(html):
    """The links, one of each kind: runs, records and years are alike."""
    kinds = {re.sub(r"\d+", "N", unescape(link)): unescape(link) for link in re.findall(r'href="(/admin/[^"]*)"', html)}
    return sorted(kinds.values())


@pytest.fixture(scope="class")
def trouble(django_db_setup, django_db_blocker, tmp_path_factory):
    """A held file, changes, findings and a queue: every link that the page can have."""
    folder = tmp_path_factory.mktemp("trouble")
    (folder / "published").mkdir()
    publisher = Publisher(folder / "published")
    with kept_world(django_db_blocker, folder):
        match()
        list_findings()
        MatchCandidate.objects.filter(is_queued=True).update(conflict="contradiction", state="reopened")
        publisher.load("smarts_violations", *[{}] * 100)
        publisher.load("smarts_violations", {"VIOLATION_STATUS": "Dismissed"}, *[{}] * 99)
        publisher.publish("smarts_violations", *[{}] * 37)
        assert publisher.sync("smarts_violations").status == "held"
        publisher.load("smarts_enforcement_actions", {"ENFORCEMENT_ID": "400001", "ENFORCEMENT_STATUS": "Active"})
        publisher.load("smarts_enforcement_actions", {"ENFORCEMENT_ID": "400001", "ENFORCEMENT_STATUS": "Draft"})
        yield folder / "raw"


@pytest.mark.xdist_group("start_page_in_trouble")  # one worker loads what all of them look at
class TestWhoSeesWhat:
    @pytest.fixture(autouse=True)
    def _its_raw_files(self, trouble, settings):
        settings.RAW_DIR = trouble

    @pytest.mark.parametrize("group", GROUPS)
    def test_no_link_leads_a_group_to_a_refusal(self, group):
        client = visitor(group)
        links = links_of(html_of(client))
        assert len(links) > 15
        assert {link: client.get(link, follow=True).status_code for link in links} == dict.fromkeys(links, 200)

    @pytest.mark.parametrize("permission", [*PARTS, *MORE])
    def test_no_link_leads_to_a_refusal_with_a_single_permission(self, permission):
        client = visitor(may=[permission])
        links = links_of(html_of(client))
        assert bool(links) == (permission not in NOTHING_TO_SEE)
        assert {link: client.get(link, follow=True).status_code for link in links} == dict.fromkeys(links, 200)

    def test_each_part_is_for_those_who_may_see_its_lists(self):
        for permission, part in PARTS.items():
            headings = re.findall(r"<h2 id=[^>]*>(.*?)</h2>", html_of(visitor(may=[permission])))
            assert headings == [part]
        assert re.findall(r"<h2 id", html_of(visitor())) == []
        assert re.findall(r"<h2 id=[^>]*>(.*?)</h2>", html_of(visitor("Viewer"))) == list(PARTS.values())

    def test_of_the_record_over_time_one_sees_only_the_kind_that_one_may(self):
        table = table_of(html_of(visitor(may=["enforcement.view_enforcementaction"])), "record")
        assert {column for row in table.values() for column in row} == {"Enforcement actions"}


class TestCost:
    def queries(self, client):
        client.get(START)  # what a process asks once
        with CaptureQueriesContext(connection) as queries:
            assert client.get(START).status_code == 200
        return [query["sql"] for query in queries]

    def test_a_fixed_number_of_queries_and_none_reads_samples_or_findings_one_by_one(self, matched, listed, publisher):
        client = visitor("Viewer", "Operator")
        publisher.load("smarts_violations", {}, {"VIOLATION_ID": "800002"})
        publisher.load("smarts_violations", {"VIOLATION_STATUS": "Dismissed"}, {"VIOLATION_ID": "800002"})
        publisher.load("smarts_enforcement_actions", {"ENFORCEMENT_ID": "1", "ENFORCEMENT_STATUS": "Active"})
        publisher.load("smarts_enforcement_actions", {"ENFORCEMENT_ID": "1", "ENFORCEMENT_STATUS": "Draft"})
        few = self.queries(client)

        for year in range(2020, 2025):
            publisher.load(f"esmr:{year}", {})
        yard = listed.enrollment("4 19I000002", facility=listed.facility())
        for year in range(2001, 2020):
            listed.action(yard, date(year, 5, 5))
            listed.exceedance(yard, start=date(year, 7, 1))
        rows = [{"VIOLATION_ID": str(number)} for number in range(810_000, 810_050)]
        publisher.load("smarts_violations", {}, {"VIOLATION_ID": "800002"}, *rows)
        rows = [{}, {"VIOLATION_ID": "800002"}, *rows]
        publisher.load("smarts_violations", *[row | {"VIOLATION_STATUS": "Dismissed"} for row in rows])
        refresh_violations()
        many = self.queries(client)

        # One less where the last changes are all of one kind, so that no record of the other is looked up.
        assert len(many) in (len(few), len(few) - 1)
        assert len(few) <= 16
        read = set(re.findall(r'(?:FROM|JOIN) "(\w+)"', " ".join(many)))
        assert not {table for table in read if table.startswith("monitoring_")}
        assert not read & {"violations_unifiedfinding", "violations_exceedance", "enforcement_inspection"}
