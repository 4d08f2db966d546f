"""Samples are known again by their published text; whatever the spelling, the content decides."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils.timezone import localdate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.models import EsmrSample, SmartsSample
from sync.models import Resource, Run
from sync.services import RunResult
from sync.statements import count

pytestmark = pytest.mark.django_db

INDUSTRIAL = "smarts_industrial_monitoring"
# Rows that never change, so that no guard sees a drop.
STEADY = [{"RESULT": str(1000 + number)} for number in range(60)]


def results(*texts: str) -> list[dict[str, str]]:
    return [{"RESULT": text} for text in texts]


def text_hashes() -> dict[object, object]:
    return dict(SmartsSample.objects.values_list("result", "text_hash"))


def issues_of(run: Run) -> dict[int, set[tuple[str, ...]]]:
    """Line -> its issues; none may be told twice."""
    rows = list(run.data_quality_issues.values_list("line", "column", "code", "raw_value"))
    assert len(rows) == len(set(rows))
    return {line: {tuple(rest) for at, *rest in rows if at == line} for line, *_ in rows}


@pytest.fixture
def typed_rows(monkeypatch) -> list[int]:
    """How many rows each run has typed."""
    typed: list[int] = []

    def see_typed_rows(run_id: int) -> None:
        typed.append(count(f"SELECT count(*) FROM staging.run_{run_id}_typed"))

    monkeypatch.setattr("sync.pipeline.drop_work_tables", see_typed_rows)
    return typed


class TestATextThatIsKnown:
    def test_is_not_typed_again(self, publisher, typed_rows):
        publisher.load(INDUSTRIAL, *results("1", "2", "3"), *STEADY)
        publisher.load(INDUSTRIAL, *results("1", "2", "4"), *STEADY)

        assert typed_rows == [63, 1]

    def test_is_not_believed_if_cells_are_typed_in_another_way(self, publisher, monkeypatch):
        publisher.load(INDUSTRIAL, *results("1", "2"))
        before = text_hashes()
        monkeypatch.setattr("sync.pipeline.typing_seed", lambda *_args: 1)

        again = publisher.sync(INDUSTRIAL, force=True)

        assert (again.unchanged, again.inserted, again.removed) == (2, 0, 0)
        assert not set(before.values()) & set(text_hashes().values())  # known by the new seed from now on

    def test_is_not_believed_if_the_columns_change_places(self, publisher):
        """One line can mean two things: MDL 1 and RL 2, or RL 1 and MDL 2."""
        publisher.load(INDUSTRIAL, {"MDL": "1", "RL": "2"})
        content = publisher.publish(INDUSTRIAL, {"MDL": "1", "RL": "2"}).read_text()
        publisher.publish_bytes(INDUSTRIAL, content.replace("MDL,RL", "RL,MDL").encode())

        result = publisher.sync(INDUSTRIAL)

        assert (result.inserted, result.removed) == (1, 1)
        assert SmartsSample.objects.filter(removed_by=None).values_list("mdl", "rl").get() == (2, 1)


class TestAFlawedRow:
    def test_is_told_of_with_every_file(self, publisher, run_of):
        rows = [*results("broken"), {"SAMPLE_DATE": "31 February"}, {"MONITORING_LATITUDE": "0"}, *results("1")]
        first = publisher.load(INDUSTRIAL, *rows)
        again = publisher.load(INDUSTRIAL, *rows, *results("2"))

        assert run_of(first).issues == run_of(again).issues == 4
        assert (again.unchanged, again.inserted, again.updated) == (4, 1, 0)

    def test_is_not_typed_again_and_has_its_issues_on_its_new_line(self, publisher, run_of, typed_rows):
        bad = {"SAMPLE_DATE": "31 February", "MDL": "low"}
        publisher.load(INDUSTRIAL, *results("broken"), bad, bad, *STEADY)
        again = publisher.load(INDUSTRIAL, *results("7"), *STEADY, bad, *results("broken"), bad)

        assert typed_rows == [63, 1]
        of_bad = {("SAMPLE_DATE", "not_a_date", "31 February"), ("MDL", "not_a_number", "low")}
        assert issues_of(run_of(again)) == {63: of_bad, 64: {("RESULT", "not_a_number", "broken")}, 65: of_bad}

    def test_that_was_withdrawn_and_comes_back_has_its_issues_again(self, publisher, run_of):
        publisher.load(INDUSTRIAL, *results("broken"), *STEADY)
        publisher.load(INDUSTRIAL, *STEADY)
        back = publisher.load(INDUSTRIAL, *STEADY, *results("broken"))

        assert (back.updated, back.inserted) == (1, 0)
        assert issues_of(run_of(back)) == {62: {("RESULT", "not_a_number", "broken")}}

    def test_with_a_date_in_the_future_is_read_again_every_day(self, publisher, run_of, typed_rows):
        tomorrow = {"SAMPLE_DATE": f"{localdate() + timedelta(days=1)}"}
        publisher.load(INDUSTRIAL, tomorrow, *STEADY)
        again = publisher.load(INDUSTRIAL, tomorrow, *STEADY, *results("2"))

        assert typed_rows == [61, 2]
        assert run_of(again).issues == 1


class TestASpelling:
    def test_that_changes_is_no_change_and_known_the_next_time(self, publisher):
        publisher.load(INDUSTRIAL, *results("1.5", "2"))
        before = text_hashes()

        respelled = publisher.load(INDUSTRIAL, *results("1.50", "2"))

        assert (respelled.unchanged, respelled.updated) == (2, 0)
        after = text_hashes()
        assert [result for result in before if before[result] != after[result]] == [1.5]

    def test_beside_the_first_one_is_a_copy(self, publisher):
        publisher.load(INDUSTRIAL, *results("1.5", "2"))
        before = text_hashes()

        result = publisher.load(INDUSTRIAL, *results("1.5", "1.50", "2"))

        assert (result.updated, result.unchanged, result.duplicate) == (1, 1, 1)
        assert text_hashes() == before
        assert publisher.sync(INDUSTRIAL, force=True).updated == 0


@dataclass
class Ledger:
    """What the rules say that loading files one after the other does: contents, not rows, are kept."""

    stored: dict[str, int] = field(default_factory=dict)  # content -> copies, 0 for removed

    def load(self, contents: list[str]) -> dict[str, int]:
        file = Counter(contents)
        counts = {
            "inserted": sum(content not in self.stored for content in file),
            "removed": sum(copies > 0 and content not in file for content, copies in self.stored.items()),
            "updated": sum(file[content] not in (0, copies) for content, copies in self.stored.items()),
            "unchanged": sum(copies > 0 and file[content] == copies for content, copies in self.stored.items()),
            "duplicate": len(contents) - len(file),
        }
        self.stored = {content: file[content] for content in {*self.stored, *file}}
        return counts


def counts_of(result: RunResult) -> dict[str, int]:
    return {name: getattr(result, name) for name in ("inserted", "removed", "updated", "unchanged", "duplicate")}


# Content -> the ways to write it; the last cannot be read, and its text is part of its content.
SPELLINGS = {"1": ["1", "1.0", " 1 "], "2": ["2", "2.00"], "3": ["3", "30e-1"], "x": ["x", " x"]}
weeks = st.lists(
    st.lists(st.sampled_from([(content, text) for content, texts in SPELLINGS.items() for text in texts]), max_size=6),
    min_size=2,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weeks=weeks)
def test_whatever_the_spellings_the_table_holds_the_contents_of_the_last_file(publisher, weeks):
    SmartsSample.objects.all().delete()
    Resource.objects.update(last_published=None)
    ledger = Ledger()
    steady = [row["RESULT"] for row in STEADY]
    for week in weeks:
        publisher.publish(INDUSTRIAL, *STEADY, *results(*(text for _, text in week)))
        result = publisher.sync(INDUSTRIAL, force=True)

        assert counts_of(result) == ledger.load([*steady, *(content for content, _ in week)])
        first_line = len(STEADY) + 2
        broken = [line for line, (content, _) in enumerate(week, first_line) if content == "x"]
        assert issues_of(Run.objects.latest("pk")) == {line: {("RESULT", "not_a_number", "x")} for line in broken}
        rows = SmartsSample.objects.filter(removed_by=None).values_list("result", "copies")
        expected = {content: copies for content, copies in ledger.stored.items() if copies}
        assert Counter({"x" if value is None else f"{value:f}": copies for value, copies in rows}) == expected


@pytest.mark.parametrize("model", [SmartsSample, EsmrSample])
def test_a_sample_of_before_there_were_text_hashes_is_known_by_its_content(publisher, model):
    resource = INDUSTRIAL if model is SmartsSample else "esmr:2023"
    publisher.load(resource, {})
    model.objects.update(text_hash=None)

    again = publisher.sync(resource, force=True)

    assert (again.unchanged, again.inserted, again.updated, again.removed) == (1, 0, 0, 0)
    assert model.objects.get().text_hash is not None


def test_heads_whose_first_keys_collide_are_told_apart_by_the_second(publisher, monkeypatch):
    rows = [{"SAMPLE_ID": str(number), "RESULT": str(number)} for number in range(5)]
    monkeypatch.setattr("sync.typed_samples.count", lambda _query: 1)  # so it looks if two heads have one key

    assert publisher.load(INDUSTRIAL, *rows).inserted == 5
    assert all(sample == str(result) for sample, result in SmartsSample.objects.values_list("sample_code", "result"))
