"""Five weeks of syncs with clients and a reviewer at work: all is right in the end, as without them; nothing grew."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from stormwater.overview.soak.visitors import Answer, Client, Reviewer
from stormwater.settings import BASE_DIR
from tests.installation import Installation
from tests.sync.world_digest import digest, left_over

WEEKS, SCALE = 5, "0.001"
DECISIONS = WEEKS * 3


@pytest.fixture(scope="module")
def soak(tmp_path_factory) -> Iterator[tuple[Installation, dict[str, dict[str, Any]], str]]:
    """The installation after a soak, its figures by name, and what was said."""
    folder = tmp_path_factory.mktemp("soak")
    environment = os.environ | {"DATABASE_URL": "", "STORMWATER_DATA_DIR": str(folder)}
    command = [sys.executable, "manage.py", "bench", "soak", "--weeks", str(WEEKS), "--scale", SCALE, "--json"]
    done = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    made = Installation(folder / "nothing-here")
    made.data = folder / "bench"
    made.server = replace(made.server, data_dir=made.data)
    try:
        assert done.stdout, done.stderr
        yield made, {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}, done.stderr
    finally:
        made.server.stop()


@pytest.mark.parametrize(
    "answer, is_right",
    [
        (Answer(200, b'{"results": [], "meta": {"data_version": "x"}}', is_csv=False), True),
        (Answer(200, b"id,name", is_csv=True), True),
        (Answer(500, b'{"meta": {"data_version": "x"}}', is_csv=False), False),
        (Answer(200, b'{"results": []}', is_csv=False), False),
    ],
)
def test_a_client_notes_each_answer_that_is_wrong(monkeypatch, answer, is_right):
    client = Client(0, 0)
    monkeypatch.setattr(client, "ask", lambda _address: answer)
    client.visit()
    assert (client.wrong == []) is is_right


@pytest.mark.parametrize("status, is_made", [(201, True), (409, False)])
def test_a_reviewer_counts_a_decision_that_was_answered_with_success_and_no_other(monkeypatch, status, is_made):
    reviewer = Reviewer(0, 0, "token")
    reviewer.share = 1
    answers = {
        "staff/matches?page_size=200": (200, {"results": [{"id": 7, "is_blind": False}, {"id": 3, "is_blind": True}]}),
        "staff/matches/7": (200, {"version": 2}),
        "staff/matches/7/decision": (status, {"decision": 11}),
    }

    def ask(address, **_):
        status, members = answers[address]
        return Answer(status, json.dumps(members).encode(), is_csv=False)

    monkeypatch.setattr(reviewer, "ask", ask)
    reviewer.visit()
    assert reviewer.decided == ({11: "Pair 7, decision 1"} if is_made else {})
    assert reviewer.share == (0 if is_made else 1)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(1200)
class TestASoak:
    def test_keeps_every_limit(self, soak):
        _, figures, said = soak
        over = {name: figure for name, figure in figures.items() if figure["verdict"] == "OVER"}
        assert over == {}, said
        # What was not at work cannot have gone wrong.
        assert figures["weeks"]["value"] == WEEKS
        assert figures["requests of the clients"]["value"] > 100
        assert figures["decisions of the reviewer"]["value"] >= DECISIONS - 3

    def test_comes_to_the_same_world_as_syncs_without_anybody_at_work(self, soak, tmp_path):
        soaked, figures, _ = soak
        alone = Installation(tmp_path)
        try:
            alone.run("migrate")
            alone.run("synthesize", "--out", str(alone.first_week), "--scale", SCALE)
            for week in range(WEEKS):
                if week:
                    alone.run("synthesize", "--out", str(alone.first_week), "--next-week")
                alone.run("sync", "--from", str(alone.first_week))
            with alone.connect() as connection, soaked.connect() as other:
                assert digest(other) == digest(connection)
                assert left_over(other) == {"work tables": 0, "running runs": 0, "pending indexes": 0}
                query = "SELECT count(*), count(DISTINCT note) FROM facilities_matchdecision WHERE rule = ''"
                decisions = figures["decisions of the reviewer"]["value"]
                assert other.execute(query).fetchone() == (decisions, decisions)
        finally:
            alone.server.stop()
            shutil.rmtree(alone.data, ignore_errors=True)
