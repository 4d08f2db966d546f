"""What the tests of downloads share: two versions of a file of one size, and how it is fetched."""

from sync.contracts import CONTRACTS
from sync.sources import open_csv
from sync.sources.base import no_progress

VIOLATIONS = CONTRACTS["smarts_violations"]
OLD = b"VIOLATION_ID\n" + b"".join(b"old %06d\n" % number for number in range(20_000))
NEW = OLD.replace(b"old", b"new")
assert len(OLD) == len(NEW)


def fetch(source, previous=None, on_bytes=no_progress):
    return source.fetch(source.plan(["smarts_violations"]).files[0], previous, on_bytes)


def content(fetched):
    with open_csv(fetched.path) as stream:
        return stream.read()


def left_over(tmp_path):
    return sorted(path.name for path in (tmp_path / "downloads").iterdir() if not path.name.startswith("."))
