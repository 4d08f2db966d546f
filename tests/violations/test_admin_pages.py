"""Staff pages of findings: a facility's page with its plots, and decisions that only those who may can take."""

import re
from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.violations.listed_world import ListedWorld
from violations.models import DuplicatePair, Exceedance, PermitLimit, StaleRecord, UnifiedFinding
from violations.plotting import LEFT, RIGHT, WIDTH, plot
from violations.refreshing.refresh import refresh_violations
from violations.selectors.series import list_series

pytestmark = pytest.mark.django_db
DAY = date(2024, 1, 9)


@pytest.fixture
def world():
    StaleRecord.objects.all().delete()
    return ListedWorld()


@pytest.fixture
def facility(world):
    """A site with an enrollment of results, a finding and a violation, and a plant."""
    facility = world.facility(name="Invented Yard <1>")
    enrollment = world.enrollment("4 19I000001", facility=facility)
    run = world.publish("smarts_industrial_monitoring")
    samples = [
        world.stormwater(run, enrollment, "Zinc, Total", number, day=day, qualifier=qualifier, rl=rl).pk
        for number, day, qualifier, rl in (("1.5", DAY, "=", None), (None, date(2024, 2, 9), "ND", "0.02"))
    ]
    world.exceedance(enrollment, sample_ids=samples, results=2, censored=1, value="0.75", public_id="exc-a")
    world.violation(
        enrollment, DAY, violation_id="800001", violation_type="Effluent Limitation", description="Zinc over NAL"
    )
    plant = world.plant(501)
    plant.facility = facility
    plant.save()
    esmr = world.publish("esmr:2024")
    world.effluent(esmr, plant, "pH", "9.4", day=DAY, unit="SU")
    world.effluent(esmr, plant, "Total Suspended Solids (TSS)", "50", day=DAY)
    world.effluent(esmr, plant, "Total Suspended Solids (TSS)", "33", day=DAY, base="Average Monthly (AMEL)")
    refresh_violations()
    return facility


def staff(client, *codenames):
    user = get_user_model().objects.create_user("officer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)


def page_of(facility):
    return f"/admin/violations/facilitysummary/{facility.pk}/change/"


class TestFacility:
    def test_its_page_has_findings_with_inputs_and_plots_with_text_alternatives(self, admin_client, facility):
        html = admin_client.get(page_of(facility)).content.decode()
        assert "Invented Yard &lt;1&gt;" in html
        assert "An exceedance is not a violation of the permit" in html
        finding = Exceedance.objects.get()
        assert f'<a href="/admin/violations/exceedance/{finding.pk}/change/#inputs">2 (1 below RL)</a>' in html
        titles = re.findall(r"<title id=\"plot-\d+-title\">(.*?)</title>", html)
        assert titles == [
            "Zinc, total, each result, in mg/L: WDID 4 19I000001",
            "pH, analytical, in SU: eSMR 501",
            "Total suspended solids, monthly average, in mg/L: eSMR 501",
        ]
        assert html.count('role="img" aria-labelledby=') == html.count("<desc id=") == 3
        assert html.count("drawn open at that limit") == 1  # where there is such a result
        assert re.search(r"<td>2024-02-09</td><td class=\"count\">below 0.02</td><td>SP-1</td>", html)
        assert '<td>annual NAL</td><td>2023-07-01</td><td>2024-06-30</td><td class="count">0.75</td>' in html
        assert ">Annual action level exceeded</a>" in html
        assert "<td>computed from SMARTS</td>" in html
        assert "SMARTS_COMPUTED" not in html
        group = UnifiedFinding.objects.get(exceedance=finding).duplicate_group
        link = f'<a href="/admin/violations/unifiedfinding/?q={group}">probably one event with another row</a>'
        assert html.count(link) == 2
        DuplicatePair.objects.update(state="confirmed")
        refresh_violations(is_full=True)
        assert admin_client.get(page_of(facility)).content.decode().count(">one event with another row</a>") == 2

    def test_calculated_and_measured_values_never_share_a_plot_and_non_detects_lie_at_their_limit(self, facility):
        series = {(one.pollutant, one.statistic): one for one in list_series(facility)}
        assert [str(point.value) for point in series["Total suspended solids", "monthly average"].points] == ["33"]
        points = series["Zinc, total", "each result"].points
        assert [(point.is_non_detect, float(point.value)) for point in points] == [(False, 1.5), (True, 0.02)]
        assert [str(limit.value) for limit in series["pH", "analytical"].limits] == ["6.0", "9.0"]

    def test_a_limit_of_two_orders_is_drawn_from_the_first_one_on(self, world):
        enrollment = world.enrollment("4 19C000001", "construction", facility=world.facility())
        run = world.publish("smarts_construction_monitoring")
        for day in (date(2016, 1, 1), date(2024, 1, 1)):
            world.stormwater(run, enrollment, "Turbidity", "300", day=day, unit="NTU")
        (turbidity,) = list_series(enrollment.facility)
        (limit,) = plot(turbidity).limits
        assert (limit.name, limit.x, limit.x2) == ("construction NAL 250", LEFT, WIDTH - RIGHT)

    def test_a_loaded_limit_is_drawn_with_what_it_is_compared_with(self, world, facility):
        plant = facility.esmr_facilities.get()
        limit = PermitLimit.objects.create(
            facility_place_id=501, esmr_facility=plant, pollutant=world.pollutants["tss"], statistic="daily_maximum",
            high=45, unit="mg/L", imported_at="2024-01-01T00:00Z",
        )  # fmt: skip
        world.exceedance(plant=plant, rule="permit_limit", pollutant="tss", start=DAY, end=DAY, permit_limit=limit)
        series = {(one.pollutant, one.statistic): one for one in list_series(facility)}
        daily = series["Total suspended solids", "analytical"]
        assert ([str(one.value) for one in daily.limits], len(daily.findings)) == (["45"], 1)
        assert plot(daily) is not None

    def test_its_queries_do_not_grow_with_its_results(self, admin_client, world, facility):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                assert admin_client.get(page_of(facility)).status_code == 200
            return len(captured)

        queries()
        few = queries()
        run = world.publish("smarts_industrial_monitoring")
        enrollment = facility.enrollments.get()
        for month in range(1, 13):
            world.stormwater(run, enrollment, "Zinc, Total", 1, day=date(2022, month, 1))
            world.violation(enrollment, date(2022, month, 1))
        refresh_violations()
        assert queries() == few


class TestLists:
    @pytest.mark.parametrize(
        "address",
        [
            "unifiedfinding/?q=4 19I000001", "unifiedfinding/?source__exact=SMARTS_REGULATORY",
            "unifiedfinding/?reporting_year=2023", "facilitysummary/?q=4 19I000001",
            "duplicatepair/?state__exact=probable",
            "duplicatedecision/", "dismissaldecision/", "inferredenforcementlink/", "eralevel/?level__exact=level_1",
            "exceedance/?rule=igp_annual_nal&standing=stands", "exceedance/?standing=dismissed",
        ],
    )  # fmt: skip
    def test_lists_answer_without_counting(self, admin_client, facility, address):
        with CaptureQueriesContext(connection) as captured:
            response = admin_client.get(f"/admin/violations/{address}")
        assert response.status_code == 200
        assert not [query for query in captured if "COUNT(*)" in query["sql"] and "violations_" in query["sql"]]

    def test_pairs_and_links_are_told_in_words_not_by_keys(self, admin_client, world, facility):
        pair = DuplicatePair.objects.get()
        address = "/admin/violations/duplicatepair/"
        html = admin_client.get(address).content.decode()
        assert ">Probably one event</td>" in html
        assert ">800001, 2024-01-09, Effluent Limitation: Zinc over NAL</td>" in html
        assert (
            ">Annual action level exceeded: Zinc, total, 2023-07-01 to 2024-06-30, 0.75 mg/L (limit 0.26)</td>" in html
        )
        Exceedance.objects.update(value=100)
        page = admin_client.get(f"{address}{pair.pk}/change/").content.decode()
        assert "<td>100 mg/L (limit 0.26)</td>" in page
        assert "<td>Annual action level exceeded</td>" in page
        assert f'href="{page_of(facility)}"' in page
        DuplicatePair.objects.update(is_proposed=False)
        assert ">Probably one event; no longer proposed</td>" in admin_client.get(address).content.decode()

    def test_an_action_leads_to_what_it_is_probably_about_which_is_said_to_be_inferred(
        self, admin_client, world, facility
    ):
        action = world.action(facility.enrollments.get(), date(2024, 1, 20), violation_count=1)
        refresh_violations()
        page = admin_client.get(f"/admin/enforcement/enforcementaction/{action.pk}/change/").content.decode()
        (links,) = re.findall(r'href="([^"]+)">Violations that it is probably about</a>', page)
        html = admin_client.get(links).content.decode()
        assert ">800001, 2024-01-09, Effluent Limitation: Zinc over NAL</td>" in html
        link = action.inferred_links.get()
        page = admin_client.get(f"/admin/violations/inferredenforcementlink/{link.pk}/change/").content.decode()
        assert "<b>Inferred</b>, score 0.6" in page
        assert "<li>the action was issued 11 days later</li>" in page

    def test_what_is_searched_for_is_found(self, admin_client, facility):
        html = admin_client.get("/admin/violations/unifiedfinding/?q=exc-a").content.decode()
        assert "exc-a" in html
        assert "SMARTS_REGULATORY</td>" not in html
        row = UnifiedFinding.objects.get(public_id="smarts-800001")
        assert admin_client.get(f"/admin/violations/unifiedfinding/{row.pk}/change/").status_code == 200


class TestDeciding:
    def test_a_pair_is_confirmed_and_taken_back_on_its_page(self, client, facility):
        staff(client, "view_duplicatepair", "decide_duplicatepair")
        pair = DuplicatePair.objects.get()
        page = f"/admin/violations/duplicatepair/{pair.pk}/change/"
        assert "One event" in client.get(page).content.decode()
        form = {"verdict": "confirmed", "version": pair.version, "reason": "Same lab report"}
        html = client.post(page.replace("change", "decide"), form, follow=True).content.decode()
        assert "The decision was saved." in html
        assert "Same lab report" in html
        html = client.post(page.replace("change", "decide"), form, follow=True).content.decode()
        assert "fficer decided at" in html
        decision = pair.decisions.get()
        form = {"verdict": "undo", "decision": str(decision.pk)}
        assert "taken back" in client.post(page.replace("change", "decide"), form, follow=True).content.decode()
        pair.refresh_from_db()
        assert pair.state == "probable"

    def test_an_exceedance_is_dismissed_and_taken_back_on_its_page(self, client, facility):
        staff(client, "view_exceedance", "dismiss_exceedance")
        finding = Exceedance.objects.get()
        page = f"/admin/violations/exceedance/{finding.pk}/change/"
        assert "Dismiss this exceedance" in client.get(page).content.decode()
        form = {"verdict": "dismiss", "inputs": str(finding.inputs_hash), "reason": ""}
        assert "Give a reason" in client.post(page.replace("change", "decide"), form, follow=True).content.decode()
        form["reason"] = "Wrong outfall"
        html = client.post(page.replace("change", "decide"), form, follow=True).content.decode()
        assert "Take back the dismissal" in html
        form = {"verdict": "undo", "decision": str(finding.dismissals.get().pk)}
        client.post(page.replace("change", "decide"), form)
        finding.refresh_from_db()
        assert not finding.is_dismissed

    @pytest.mark.parametrize("model", ["duplicatepair", "exceedance"])
    def test_whoever_may_only_look_decides_nothing(self, client, facility, model):
        staff(client, f"view_{model}")
        pk = DuplicatePair.objects.get().pk if model == "duplicatepair" else Exceedance.objects.get().pk
        page = f"/admin/violations/{model}/{pk}/change/"
        assert "decision-form" not in client.get(page).content.decode()
        assert client.post(page.replace("change", "decide"), {"verdict": "confirmed"}).status_code == 403
        assert client.get(page.replace("change", "decide")).status_code == 405
