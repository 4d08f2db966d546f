"""A sync that brings facilities holds off whoever puts them together, from its first row on; another sync does not."""

import pytest
from django.db import connection

from sync.contracts import CONTRACTS
from sync.progress import Silence
from sync.services import sync_datasets
from sync.sources import DirectorySource

pytestmark = pytest.mark.django_db


class Watching(Silence):
    """Looks at the locks of facilities when the merge is done."""

    def __init__(self):
        self.modes = []

    def step(self, name):
        if name == "link":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = %s",
                    [0x53574D41],
                )
                self.modes += [mode for (mode,) in cursor.fetchall()]


@pytest.mark.parametrize(
    "resource, modes",
    [
        ("smarts_industrial_facilities", ["ShareLock"]),
        ("smarts_construction_facilities", ["ShareLock"]),
        ("esmr:2023", ["ShareLock"]),
        ("smarts_violations", []),
    ],
)
def test_the_lock_is_held_while_members_come(publisher, resource, modes):
    publisher.publish(resource, {})
    watching = Watching()
    source = DirectorySource(publisher.folder, CONTRACTS)
    (result,) = sync_datasets(source=source, requests=[resource], progress=watching).runs
    assert result.status == "published"
    assert watching.modes == modes
