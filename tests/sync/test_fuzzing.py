"""Mutated files through the whole sync: never a traceback, never an unbalanced ledger.

STORMWATER_FUZZ_FILES says how many; a failing file is printed by hypothesis, and found again by its seed.
"""

import logging
import os
import shutil
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.contracts import CONTRACTS
from sync.models import DataQualityIssue, QuarantinedRow, Run
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.published_files import csv_bytes, file_name

pytestmark = pytest.mark.django_db

# One of each shape, and the other permit's facilities, whose rows supersede one another.
RESOURCES = ("smarts_violations", "smarts_construction_facilities", "smarts_industrial_monitoring", "esmr:2023")
ROWS: tuple[dict[str, str], ...] = ({}, {}, {"WDID": "NA"}, {"RESULT": "ND", "result": "<0.5"}, {}, {})
ORIGINALS = {
    resource: csv_bytes(resource.partition(":")[0], ROWS, line_break=line_break)
    for resource, line_break in zip(RESOURCES, ("\n", "\r\n", "\n", "\r\n"), strict=True)
}
# What has broken loaders of such files, and what is special to CSV, to numbers, dates, and to the database.
TOKENS = [
    *(
        b'"',
        b'""',
        b",",
        b"\n",
        b"\r",
        b"\r\n",
        b"\t",
        b"\x00",
        b"\\.",
        b"\\N",
        b"\\",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xc3",
    ),
    *(b"NaN", b"Infinity", b"-0", b"1e999", b"9" * 400, b"0x10", b"1_000", b"0019-01-01", b"2023-02-31", b"24:61"),
    *(
        b"06-FEB-15 03.58.01.815000 PM",
        b"Y",
        b"NA",
        b"=cmd()",
        b"'; DROP TABLE x; --",
        b"%s",
        b"{}",
        b"\xf0\x9f\x92\xa7",
    ),
    *("\u2028\u0085\ufeff".encode(), b"A" * 5000, b'"' * 99, b"," * 500),
]

places = st.floats(0, 1, exclude_max=True)
edits = st.one_of(
    st.tuples(st.just("insert"), places, st.sampled_from(TOKENS) | st.binary(max_size=8)),
    st.tuples(st.just("replace"), places, st.sampled_from(TOKENS) | st.binary(min_size=1, max_size=4)),
    st.tuples(st.just("delete"), places, st.integers(1, 200)),
    st.tuples(st.just("repeat"), places, st.integers(1, 500)),
    st.tuples(st.just("cell"), places, st.sampled_from(TOKENS)),
    st.tuples(st.just("cut"), places, st.just(0)),
)


def mutated(content: bytes, changes: list[tuple]) -> bytes:
    """The file with each change made at its place, a share of its length."""
    for kind, place, what in changes:
        at = int(place * len(content))
        if kind == "insert":
            content = content[:at] + what + content[at:]
        elif kind == "replace":
            content = content[:at] + what + content[at + len(what) :]
        elif kind == "delete":
            content = content[:at] + content[at + what :]
        elif kind == "repeat":
            content = content[: at + what] + content[at:]
        elif kind == "cell":
            start, end = content.rfind(b",", 0, at) + 1, content.find(b",", at)
            content = content[:start] + what + content[end if end >= 0 else len(content) :]
        else:
            content = content[:at]
    return content


numbers = count()


def fuzzed(files: int):
    """A property of the mutated files, checked on so many of them."""

    def decorate(test):
        return settings(
            max_examples=files,
            deadline=None,  # a file takes tens of milliseconds, and much longer on a busy machine
            database=None,
            # CI repeats itself; a long search looks elsewhere each time.
            derandomize="STORMWATER_FUZZ_FILES" not in os.environ,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )(given(st.sampled_from(RESOURCES), st.lists(edits, min_size=1, max_size=6), st.booleans())(test))

    return decorate


@pytest.fixture
def sync_mutated(tmp_path, caplog):
    """Sync one file, over a good one or over nothing; look at what the ledger says, and forget it."""

    def sync(resource: str, changes: list[tuple], is_second: bool) -> None:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        path = folder / file_name(resource)
        source = DirectorySource(folder, CONTRACTS)
        caplog.clear()
        with transaction.atomic():
            if is_second:  # what a bad file meets in practice
                path.write_bytes(ORIGINALS[resource])
                assert sync_datasets(source=source, requests=[resource]).runs[0].status == "published"
            path.write_bytes(mutated(ORIGINALS[resource], changes))

            (result,) = sync_datasets(source=source, requests=[resource]).runs

            assert result.status in {"published", "held", "unchanged"}, result.message
            assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
            check(Run.objects.latest("pk"))
            transaction.set_rollback(True)
        shutil.rmtree(folder)

    return sync


def check(run: Run) -> None:
    """Every row is accounted for, and so is every finding; or the run says why it is held."""
    if run.status == "published":
        assert run.is_balanced
        assert QuarantinedRow.objects.filter(run=run).count() == run.quarantined
        assert DataQualityIssue.objects.filter(run=run).count() == run.issues
    elif run.status == "held":
        assert run.holds
        assert run.message


@fuzzed(60)
def test_any_file_ends_in_a_run_that_accounts_for_every_row(sync_mutated, resource, changes, is_second):
    sync_mutated(resource, changes, is_second)


@pytest.mark.slow
@pytest.mark.timeout(0)
@fuzzed(int(os.environ.get("STORMWATER_FUZZ_FILES", "400")))
def test_many_files_end_in_runs_that_account_for_every_row(sync_mutated, resource, changes, is_second):
    sync_mutated(resource, changes, is_second)


@pytest.mark.parametrize(
    "change",
    [
        *(("insert", 0.5, token) for token in (b'"', b"\x00")),
        *(
            ("replace", 0.5, b"\xff\xfe"),
            ("delete", 0.5, 9),
            ("repeat", 0.5, 9),
            ("cell", 0.5, b"=cmd()"),
            ("cut", 0.5, 0),
        ),
    ],
    ids=lambda change: change[0],
)
def test_every_kind_of_mutation_changes_the_file(change):
    for content in ORIGINALS.values():
        assert mutated(content, [change]) != content
