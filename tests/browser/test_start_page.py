"""The start page in a real browser: it can be read light and dark, wide and narrow, and is pictured."""

import shutil
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from playwright.sync_api import expect

from facilities.services.matching import run_matching
from sync.contracts import CONTRACTS
from sync.models import Run
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.next_week import write_next_week
from tests.browser.conftest import SHOTS
from violations.models import Benchmark
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
CHECKS = (Path(__file__).parent / "page_checks.js").read_text()
VIOLATIONS = "smarts_violations"


@pytest.fixture
def lively(site, world, tmp_path):
    """A world of all datasets, a week on, with a file of violations that is held because it shrank."""
    # Whatever emptied the tables before this test took the reference data with it.
    if not Benchmark.objects.exists():
        import_module("violations.migrations.0004_reference_data").load(apps, None)
    folder = tmp_path / "world"
    shutil.copytree(world, folder)
    assert not sync_datasets(source=DirectorySource(folder, CONTRACTS)).has_failed
    write_next_week(folder)
    assert not sync_datasets(source=DirectorySource(folder, CONTRACTS)).has_failed
    (file,) = folder.glob("violations_*.csv")
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:60]))
    held = sync_datasets(source=DirectorySource(folder, CONTRACTS), requests=[VIOLATIONS])
    assert [run.status for run in held.runs] == [Run.Status.HELD]
    run_matching()
    compute_exceedances()
    refresh_violations()


def picture(page, name):
    """Check that all of it can be read, and take a picture."""
    assert page.evaluate(CHECKS) == {"wide": [], "faint": [], "nameless": []}, name
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"start-page-{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_and_every_number_of_a_chart_is_in_its_table(lively, visit, scheme):
    page = visit(groups=("Reviewer", "Operator"), color_scheme=scheme, viewport={"width": 1280, "height": 900})
    expect(page.locator("#start-datasets + [role=status]")).to_contain_text("SMARTS violations (held)")
    picture(page, f"{scheme}-1280")
    page.set_viewport_size({"width": 800, "height": 900})
    picture(page, f"{scheme}-800")

    expect(page.locator("figure.plot")).to_have_count(2)
    for figure in page.locator("figure.plot").all():
        drawn = figure.locator("text.number").all_text_contents()
        assert drawn
        figure.locator("summary").click()
        listed = figure.locator("td.count").all_inner_texts()
        assert sum(number != "0" for number in listed) >= len(drawn)
        assert set(drawn) <= set(listed)
    picture(page, f"tables-{scheme}-800")

    with page.expect_navigation():
        page.get_by_role("link", name="Release the file, if it is right after all").click()
    expect(page.locator("#content h1")).to_contain_text("Release run")
    page.go_back()
    with page.expect_navigation():
        page.get_by_role("link", name="Start reviewing").click()
    expect(page.locator("#verdict")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_nothing_synced_it_says_what_to_do_first(visit_empty, scheme):
    page = visit_empty(groups=("Operator",), color_scheme=scheme, viewport={"width": 1280, "height": 900})
    expect(page.locator(".first-steps")).to_contain_text("manage.py sync")
    expect(page.locator("figure.plot")).to_have_count(0)
    picture(page, f"empty-{scheme}-1280")
