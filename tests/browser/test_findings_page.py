"""The pages of findings in a real browser: plots, pairs and links can be read light and dark, and are pictured."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps

from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.browser.conftest import SHOTS
from violations.models import Benchmark, DuplicatePair, Exceedance, InferredEnforcementLink
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
CHECKS = (Path(__file__).parent / "page_checks.js").read_text()
# Of the words in a drawing those that lie outside of it or on others.
WORDS_IN_THE_WAY = """figure => {
  const frame = figure.querySelector("svg").getBoundingClientRect();
  const drawn = [...figure.querySelectorAll("svg text")];
  const words = drawn.map((node) => [node.textContent, node.getBoundingClientRect()]);
  const outside = words.filter(([, at]) =>
    at.left < frame.left || at.right > frame.right || at.top < frame.top || at.bottom > frame.bottom);
  const isOn = ([, one], [, other]) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  const covered = words.filter((one, at) => words.slice(at + 1).some((other) => isOn(one, other)));
  return [...outside, ...covered].map(([text]) => text);
}"""


@pytest.fixture
def computed(site, world):
    if not Benchmark.objects.exists():
        import_module("violations.migrations.0004_reference_data").load(apps, None)
    assert not sync_datasets(source=DirectorySource(world, CONTRACTS)).has_failed
    compute_exceedances()
    refresh_violations()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("rule", ["igp_instantaneous_nal", "cgp_turbidity_nal", "secondary_treatment_weekly"])
def test_every_limit_of_a_plot_has_its_name_beside_it_and_no_words_are_cut_or_covered(computed, visit, rule, scheme):
    finding = Exceedance.objects.filter(rule=rule).order_by("public_id")[0]
    facility = (finding.enrollment or finding.esmr_facility).facility_id
    page = visit(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page.goto(f"/admin/violations/facilitysummary/{facility}/change/")
    figures = page.locator("figure.plot").all()
    assert figures
    for figure in figures:
        drawn = figure.locator("svg[role=img]")
        assert figure.evaluate(WORDS_IN_THE_WAY) == []
        assert drawn.locator("> .limit").count() == drawn.locator("> .limit-name").count() > 0
        figure.locator("summary").click()
    assert page.evaluate(CHECKS) == {"wide": [], "faint": [], "nameless": []}
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"findings-{rule}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pairs_and_inferred_links_can_be_read_in_their_lists_and_one_by_one(computed, visit, scheme):
    pair, link = DuplicatePair.objects.order_by("-score")[0], InferredEnforcementLink.objects.order_by("-score")[0]
    pages = {
        "pairs": "violations/duplicatepair/",
        "pair": f"violations/duplicatepair/{pair.pk}/change/",
        "links": "violations/inferredenforcementlink/",
        "link": f"violations/inferredenforcementlink/{link.pk}/change/",
        "exceedance": f"violations/exceedance/{pair.exceedance_id}/change/",
    }
    page = visit(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    SHOTS.mkdir(parents=True, exist_ok=True)
    for name, address in pages.items():
        page.goto(f"/admin/{address}")
        page.screenshot(path=SHOTS / f"{name}-{scheme}.png", full_page=True)
        found = page.evaluate(CHECKS)
        assert (found["wide"], found["faint"]) == ([], []), name
        # Django names the search field of a list by a picture, whose text the check does not read.
        assert [field for field in found["nameless"] if 'id="searchbar"' not in field] == [], name
