"""Imports run one way: what an app builds on never knows the app."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What a package may import of ours, besides itself. `stormwater` alone is what everything may use:
# fields, provenance, errors, the database, the API's shared parts.
MAY_IMPORT = {
    "stormwater": set(),
    "facilities": {"stormwater"},
    "monitoring": {"stormwater", "facilities"},
    "enforcement": {"stormwater", "facilities", "monitoring"},
    "violations": {"stormwater", "facilities", "monitoring"},
    "sync": {"stormwater", "facilities", "monitoring", "enforcement", "violations"},
}
# The top of the house composes all apps.
COMPOSES_ALL = ("stormwater/urls.py", "stormwater/celery.py", "stormwater/overview/", "stormwater/admin/")
# Plain Python, to be read, tested and measured without Django or a database.
PURE = (
    "facilities/matching/",
    "violations/rules/",
    "violations/reference_data/",
    "sync/contracts/",
    "sync/sources/",
    "sync/synthetic/",
    "sync/reading.py",
    "sync/header.py",
    "sync/guards.py",
    "sync/typing_sql.py",
)


def modules(package: str) -> list[Path]:
    """The package's modules, without its migrations."""
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts]


def imported_packages(path: Path) -> set[str]:
    """First names of everything that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_it_builds_on(package):
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
    wrong = {
        str(path.relative_to(ROOT)): imported_packages(path) & forbidden
        for path in modules(package)
        if not str(path.relative_to(ROOT)).startswith(COMPOSES_ALL)
    }
    assert {path: names for path, names in wrong.items() if names} == {}


@pytest.mark.parametrize("place", PURE)
def test_pure_modules_know_no_django(place):
    paths = [ROOT / place] if place.endswith(".py") else modules(place)
    assert paths
    assert [path for path in paths if "django" in imported_packages(path)] == []
