"""The review console in a real browser: by keyboard alone, without JavaScript, beside a colleague, light and dark."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from facilities.models import MatchCandidate, MatchDecision
from facilities.selectors.queue import list_queue
from facilities.services.decisions import decide_candidate
from facilities.services.queue import sample_automatic_links
from tests.browser.conftest import SHOTS
from tests.facilities.stored import reviewer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TELLS_THE_PAIR = re.compile(r"/review/pair/(\d+)/")
CHECKS = (Path(__file__).parent / "page_checks.js").read_text()


def console(name, *args):
    return reverse(f"admin:review_{name}", args=args)


def shown_pair(page):
    (pk,) = TELLS_THE_PAIR.findall(page.url)
    return MatchCandidate.objects.get(pk=pk)


def press(page, key):
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def click(page, name):
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def verdicts():
    rows = MatchDecision.objects.filter(rule="").order_by("pk")
    return list(rows.values_list("esmr_facility", "enrollment", "verdict", "reviewer_name"))


def decide_by_keyboard(page, key):
    """Give a verdict about the pair in view; where the page asks for a reason, choose one by keyboard too."""
    pair = shown_pair(page)
    press(page, key)
    if page.locator("#refusal").is_visible():
        expect(page.locator("#id_reason_code")).to_be_focused()
        page.keyboard.type("A permit")  # a list chooses by what is typed
        page.keyboard.press("Escape")
        press(page, key)
    return pair


def test_ten_pairs_by_keyboard_one_undone_one_conflict_and_the_history_is_right(visit):
    page = visit()
    page.goto(console("queue"))
    page.keyboard.press("j")
    expect(page.locator(".row-link").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    press(page, "Enter")
    assert shown_pair(page) == list_queue(reviewer=reviewer("rivera")).first()

    # Next and back, another candidate and back, the list of keys: nothing of it decides.
    first = shown_pair(page)
    press(page, "j")
    press(page, "k")
    assert shown_pair(page) == first
    number = page.locator("tr.current kbd").inner_text()
    press(page, "1" if number != "1" else "2")
    assert shown_pair(page).esmr_facility == first.esmr_facility
    assert shown_pair(page) != first
    page.go_back()
    assert shown_pair(page) == first
    page.keyboard.press("?")
    expect(page.locator("#keys table")).to_be_visible()
    for shortcut in ("Control+m", "Alt+n", "Meta+u"):  # those are the browser's
        page.keyboard.press(shortcut)
    page.keyboard.press("?")
    assert verdicts() == []

    given: list[tuple[int, int, str, str]] = []
    for key in "nmunnnnunn":
        if len(given) == 4:
            skipped = shown_pair(page)
            press(page, "s")
            assert shown_pair(page) != skipped
        expected = {"n": "no_match", "m": "match", "u": "unsure"}[key]
        pair = decide_by_keyboard(page, key)
        given.append((pair.esmr_facility_id, pair.enrollment_id, expected, "rivera"))
        expect(page.locator(".undo-offer")).to_be_visible()
        if len(given) == 3:
            press(page, "z")
            assert shown_pair(page) == pair
            given.append((pair.esmr_facility_id, pair.enrollment_id, "undone", "rivera"))
            pair = decide_by_keyboard(page, "u")
            given.append((pair.esmr_facility_id, pair.enrollment_id, "unsure", "rivera"))
    assert verdicts() == given

    # A colleague is faster: told who decided what, nothing overwritten.
    rival = visit("okafor")
    contested = list_queue(reviewer=reviewer("okafor")).first()
    page.goto(console("pair", contested.pk))
    rival.goto(console("pair", contested.pk))
    decide_by_keyboard(rival, "n")
    press(page, "u")
    expect(page.locator("#refusal")).to_contain_text("okafor decided this pair at")
    expect(page.locator("#refusal")).to_contain_text("Not a match. Nothing was changed.")
    given.append((contested.esmr_facility_id, contested.enrollment_id, "no_match", "okafor"))
    assert verdicts() == given

    page.goto(console("history"))
    rows = page.locator("table.decisions tbody tr")
    expect(rows).to_have_count(len(given))
    told = [rows.nth(at).inner_text() for at in range(len(given))]
    words = {"match": "Match", "no_match": "Not a match", "unsure": "Unsure", "undone": "Taken back: Unsure by rivera"}
    for text, (_, _, verdict, who) in zip(told, reversed(given), strict=True):
        assert words[verdict] in text
        assert who in text


def test_none_of_these_has_a_key_that_the_list_of_keys_names(visit):
    page = visit()
    page.goto(console("start"))
    pair = shown_pair(page)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("0none of these candidates")
    page.keyboard.press("?")
    press(page, "0")
    expect(page.locator("#id_reason_code")).to_be_focused()
    assert verdicts() == []
    page.locator("#id_reason_code").select_option(index=1)
    page.keyboard.press("Escape")
    press(page, "0")
    assert verdicts() == [(pair.esmr_facility_id, None, "no_match_exists", "rivera")]
    press(page, "z")
    assert verdicts()[1] == (pair.esmr_facility_id, None, "undone", "rivera")


def test_without_javascript_a_pair_is_decided_and_undone(visit):
    page = visit(java_script_enabled=False)
    page.goto(console("start"))
    pair = shown_pair(page)
    page.get_by_label("Reason").select_option("other_plant")
    page.get_by_label("Note").fill("The operator's other plant.")
    click(page, "Not a match")
    click(page, "Take it back")
    assert shown_pair(page) == pair
    key = (pair.esmr_facility_id, pair.enrollment_id)
    assert verdicts() == [(*key, "no_match", "rivera"), (*key, "undone", "rivera")]


def test_keys_can_be_switched_off_and_typing_is_not_a_verdict(visit):
    page = visit()
    page.goto(console("start"))
    page.get_by_label("Note").fill("")
    page.get_by_label("Note").press_sequentially("mnus")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_label("Switch the keys off").check()
    page.reload()
    page.keyboard.press("m")
    page.keyboard.press("u")
    page.wait_for_timeout(300)
    assert verdicts() == []


@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 1280), ("light", 800), ("dark", 800)])
def test_every_page_can_be_read_and_is_pictured(visit, scheme, width):
    page = visit(groups=("Reviewer", "Operator"), color_scheme=scheme, viewport={"width": width, "height": 800})
    SHOTS.mkdir(parents=True, exist_ok=True)

    def picture(name):
        found = page.evaluate(CHECKS)
        assert found == {"wide": [], "faint": [], "nameless": []}, name
        page.screenshot(path=SHOTS / f"{name}-{scheme}-{width}.png", full_page=True)

    page.goto(console("queue"))
    picture("queue")
    boxes = page.locator("input[name=selected]")
    for at in range(3):
        boxes.nth(at).check()
    # One of the three is decided by a colleague meanwhile.
    taken = MatchCandidate.objects.get(pk=boxes.first.get_attribute("value").split(":")[0])
    decide_candidate(
        candidate_id=taken.pk, verdict="no_match", reviewer=reviewer("okafor"), expected_version=taken.version,
        reason_code="other_plant", note="The corporation yard, not the plant.",
    )  # fmt: skip
    page.locator("fieldset.bulk").get_by_label("Reason").select_option("other_place")
    click(page, "Dry run")
    picture("bulk")
    click(page, "Decide")
    picture("bulk-report")
    page.goto(console("history"))
    picture("history")
    page.goto(console("start"))
    page.screenshot(path=SHOTS / f"first-view-{scheme}-{width}.png")
    picture("pair")
    click(page, "None of these")
    picture("refused")
    vetoed = MatchCandidate.objects.exclude(vetoes=[]).order_by("-is_queued", "-log_odds").first()
    if vetoed is not None:
        page.goto(console("pair", vetoed.pk))
        picture("vetoed")
    (drawn,) = sample_automatic_links(size=1, seed=1)
    page.goto(console("pair", drawn))
    picture("blind")
    page.goto(f"{console('queue')}?place_id=1")
    picture("filtered-empty")
    MatchCandidate.objects.update(is_queued=False)
    page.goto(console("queue"))
    expect(page.locator(".nothing")).to_contain_text("manage.py match")
    picture("empty")
