"""The log: each line says which run, task or follow-up it belongs to, and as JSON whatever happens is one line."""

import json
import logging
import logging.config

import pytest

from stormwater.logs import ContextFilter, JsonLines, current_context, log_context


@pytest.fixture
def written(settings):
    """What the loggers of the project write, in the format that is asked for."""
    records: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record):
            records.append(self.format(record))

    handler = Collect()
    handler.addFilter(ContextFilter())
    logger = logging.getLogger("sync.test")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)

    def collect(form: logging.Formatter):
        handler.setFormatter(form)
        return logger, records

    yield collect
    logger.removeHandler(handler)


def test_a_json_line_has_its_context_its_extra_and_its_error_and_is_one_line(written):
    logger, records = written(JsonLines())
    with log_context(run=12), log_context(task="abc"):
        try:
            int("two\nlines")
        except ValueError:
            logger.exception("It\nfailed: %s", "ä", extra={"rows": 3})

    (line,) = records
    assert "\n" not in line
    found = json.loads(line)
    assert found["message"] == "It\nfailed: ä"
    assert (found["run"], found["task"], found["rows"]) == (12, "abc", 3)
    assert (found["level"], found["logger"]) == ("ERROR", "sync.test")
    assert found["error"].endswith(r"ValueError: invalid literal for int() with base 10: 'two\nlines'")
    assert found["time"].endswith("+00:00")


def test_a_request_id_that_another_filter_put_on_the_record_is_in_the_line(written):
    logger, records = written(JsonLines())
    logger.info("Answered.", extra={"request_id": "r-1"})

    assert json.loads(records[0])["request_id"] == "r-1"


def test_values_that_json_does_not_know_are_written_as_text(written):
    logger, records = written(JsonLines())
    logger.info("x", extra={"error_class": ValueError})

    assert json.loads(records[0])["error_class"] == "<class 'ValueError'>"


def test_a_plain_line_names_its_context(written, settings):
    logger, records = written(logging.Formatter(**_plain(settings)))
    with log_context(run=12):
        logger.info("Staged.")
    logger.info("Idle.")

    assert records[0].endswith("INFO sync.test [run 12]: Staged.")
    assert records[1].endswith("INFO sync.test: Idle.")


def _plain(settings):
    return {"fmt": settings.LOGGING["formatters"]["plain"]["format"], "style": "{"}


def test_the_context_ends_with_its_block_also_by_an_error():
    with pytest.raises(KeyError), log_context(run=1):
        raise KeyError
    assert current_context() == {}
