"""What the documents name exists: files, links, and the names of code."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.docs.pages import APPS, DOCS, PAGES, ROOT, in_backticks, names_in_diagrams

DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
# Set in backticks, with a slash, and not in the repository: addresses, and what the system makes when it runs.
NOT_IN_THE_REPOSITORY = ("/", ".data", "raw/", "https://")
SOURCES = "\n".join(
    path.read_text()
    for path in (
        *(path for package in (*APPS, "stormwater", "tests") for path in sorted((ROOT / package).rglob("*.py"))),
        ROOT / "pyproject.toml",
        ROOT / ".env.example",
        ROOT / "compose.yaml",
        ROOT / "gunicorn.conf.py",
    )
)


@cache
def known_words() -> frozenset[str]:
    """Of the code, and of the OpenAPI document: some names of members are put together by the code."""
    document = json.dumps(SchemaGenerator().get_schema(request=None, public=True))
    return frozenset(re.findall(r"\w+", f"{SOURCES}\n{document}"))


def is_known(name: str) -> bool:
    if "-" not in name:
        return name in known_words()
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", SOURCES) is not None


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_and_folders_in_backticks_exist(page):
    named = {name for name in in_backticks(page.read_text()) if re.fullmatch(r"[\w.-]*/[\w./-]*", name)}
    missing = [
        name
        for name in sorted(named)
        if not name.startswith(NOT_IN_THE_REPOSITORY)
        and not (ROOT / name).exists()
        and not any((ROOT / app / name).exists() for app in APPS)  # `management/commands/`: a folder of any app
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_names_in_backticks_and_diagrams_are_names_in_the_code(page):
    text = page.read_text()
    named = {name for name in in_backticks(text) if re.fullmatch(r"[A-Za-z][\w-]*", name)} | names_in_diagrams(text)
    assert [name for name in sorted(named) if not is_known(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        file, _, anchor = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_record_gives_context_decision_and_consequences(path):
    text = path.read_text()
    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_decision_records_are_numbered_without_gaps():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_architecture_or_another_record_leads_to_every_decision():
    texts = {page: page.read_text() for page in PAGES}
    lonely = [path.name for path in DECISIONS if not any(path.name in text for text in texts.values())]
    assert lonely == []
