"""Every documented request on a large table has an index to go by, also where there is little to see of it yet."""

import pytest
from django.db import connection

from tests.stormwater.api.lists import every
from tests.stormwater.api.plans import requests_of, scanned_tables

LARGE = {"monitoring_smartssample", "monitoring_esmrsample", "monitoring_smartsreport", "violations_unifiedfinding"}


@pytest.mark.django_db
@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("listing", **every())
def test_every_documented_request_has_an_index_to_go_by(listing):
    """The small world fits into a few pages: only if scans cost a fortune does a plan show what it could use."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for parameters in requests_of(listing):
        assert scanned_tables(listing, parameters) & LARGE == set(), parameters
