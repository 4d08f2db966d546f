"""A real browser before a live server, with a synthetic world that was synced and matched."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import sync_playwright

from facilities.services.crosswalk import import_crosswalk
from facilities.services.matching import run_matching
from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.crosswalk import CROSSWALK
from sync.synthetic.world import World, write_world
from tests.conftest import CHROMIUM
from tests.facilities.stored import reviewer
from tests.reference_data import load_missing_reference_data

DATASETS = ("smarts_industrial_facilities", "smarts_construction_facilities", "smarts_violations", "esmr:2025")
PASSWORD = "invented-for-the-browser"
SHOTS = Path(os.environ.get("STORMWATER_SCREENSHOTS") or Path(tempfile.gettempdir()) / "stormwater-screenshots")
PATIENCE = 120_000  # milliseconds for a page, on a machine with much else to do


def pytest_terminal_summary(terminalreporter):
    if SHOTS.exists():
        terminalreporter.write_line(f"Screenshots of the staff pages: {SHOTS}")


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, World(seed=1, scale=0.005))
    return folder


@pytest.fixture
def site(chromium, transactional_db, live_server, world) -> str:
    """Address of a server with a matched world in its database."""
    load_missing_reference_data()
    assert not sync_datasets(source=DirectorySource(world, CONTRACTS), requests=DATASETS).has_failed
    import_crosswalk(path=world / CROSSWALK)
    run_matching()
    return live_server.url


@pytest.fixture(scope="module")
def chromium():
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop runs in this thread, and the tests use the database beside it, never inside.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # As root, as in a container, Chromium refuses to start with its sandbox.
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which(CHROMIUM), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(site, visit_empty):
    """The same, with a matched world in the database."""
    return visit_empty


@pytest.fixture
def visit_empty(chromium, transactional_db, live_server):
    """Log someone in, in a window of their own; returns the page. An error in a script fails the test."""
    windows, errors = [], []

    def open_window(name="rivera", groups=("Reviewer",), **options):
        user = reviewer(name)
        user.is_staff = True
        user.set_password(PASSWORD)
        user.save()
        user.groups.set(Group.objects.filter(name__in=groups))
        window = chromium.new_context(base_url=live_server.url, **options)
        window.set_default_timeout(PATIENCE)
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/admin/login/")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_url("**/admin/")
        return page

    yield open_window
    for window in windows:
        window.close()
    assert errors == []
