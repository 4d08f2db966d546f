"""The tables of `manage.py sync`, on terminals of any width."""

from io import StringIO

from rich.console import Console

from sync.models import Run
from sync.reporting import print_fitting, summary_table
from sync.services import RunResult, SyncReport

MONITORING = RunResult(
    "smarts_industrial_monitoring", "directory", Run.Status.PUBLISHED, read=5_405_446, inserted=5_352_475,
    duplicate=52_965, quarantined=6, issues=633_333, seconds=206.84,
)  # fmt: skip
ABSENT = RunResult("esmr", "directory", "absent")


def printed(width: int) -> list[str]:
    out = StringIO()
    print_fitting(Console(file=out, width=width), summary_table(SyncReport([MONITORING, ABSENT])))
    return out.getvalue().splitlines()


def test_a_table_that_fits_is_printed_as_one():
    lines = printed(160)

    assert lines[0].startswith("┏")
    assert "52,965" in lines[3]


def test_where_it_does_not_fit_each_run_is_a_line_of_words_and_no_number_is_cut_off():
    text = " ".join(" ".join(printed(80)).split())

    assert text == (
        "smarts_industrial_monitoring: status published, read 5,405,446, inserted 5,352,475, duplicate 52,965, "
        "quarantined 6, issues 633,333, seconds 206.8 esmr: status absent, seconds 0.0"
    )
