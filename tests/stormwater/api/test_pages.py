"""Pitfall 15: equal sort values, nulls, rows that come and go while somebody pages."""

from datetime import date

import pytest
from django.utils import timezone

from enforcement.models import Inspection
from sync.models import Dataset, Resource, Run

pytestmark = pytest.mark.django_db
ADDRESS = "/api/smarts/inspections"
EQUAL_DAY = date(2023, 5, 1)


@pytest.fixture
def add_inspections():
    now = timezone.now()
    dataset, _ = Dataset.objects.get_or_create(slug="smarts_inspections", defaults={"title": "Inspections"})
    resource = Resource.objects.create(slug="smarts_inspections", dataset=dataset)
    run = Run.objects.create(resource=resource, source="directory", started_at=now, heartbeat_at=now)

    def add(*days):
        first = Inspection.objects.count()
        Inspection.objects.bulk_create(
            Inspection(
                run=run,
                line=1,
                content_hash="00000000-0000-0000-0000-000000000000",
                first_seen_at=now,
                changed_at=now,
                inspection_id=str(first + number),
                inspection_date=day,
            )
            for number, day in enumerate(days)
        )

    return add


@pytest.fixture
def many(add_inspections):
    """1,500 rows of one day, with some on either side and some without a day."""
    add_inspections(*[None] * 120, *[EQUAL_DAY] * 1500, date(2020, 1, 1), date(2024, 1, 1), *[None] * 80)


def ids(rows):
    return [row["inspection_id"] for row in rows]


@pytest.mark.parametrize("ordering", ["inspection_date", "-inspection_date"])
def test_1500_rows_of_one_day_and_nulls_come_once_forward_and_back(api, many, ordering):
    options = {"ordering": ordering, "page_size": 150, "fields": "inspection_id,inspection_date"}
    forward = ids(api.walk(ADDRESS, **options))

    assert len(forward) == len(set(forward)) == 1702
    page = api.json(ADDRESS, **options)
    while page["next"]:
        page = api.json(page["next"])
    assert ids(api.walk_back(page) + page["results"]) == forward


@pytest.mark.parametrize("ordering", ["id", "inspection_date", "-inspection_date"])
def test_rows_that_exist_throughout_come_once_while_others_come_and_go(api, many, add_inspections, ordering):
    throughout = set(Inspection.objects.values_list("inspection_id", flat=True))
    page = api.json(ADDRESS, ordering=ordering, page_size=100, fields="inspection_id")
    seen = ids(page["results"])
    number = 0
    while page["next"]:
        number += 1
        add_inspections(None, EQUAL_DAY, date(2019, 1, 1), date(2025, 1, 1))
        # Withdrawn: the row that the cursor stands on, the one that was seen first, and a later one.
        later = Inspection.objects.exclude(inspection_id__in=seen).filter(removed_by=None).order_by("?").first()
        gone = [seen[-1], seen[0], later.inspection_id]
        Inspection.objects.filter(inspection_id__in=gone).update(removed_by=Run.objects.get())
        throughout -= set(gone)
        page = api.json(page["next"])
        seen += ids(page["results"])

    assert number > 10
    assert len(seen) == len(set(seen))
    assert throughout <= set(seen)


def test_a_page_whose_rows_are_gone_still_leads_back_to_all_rows_before(api, add_inspections):
    add_inspections(*[EQUAL_DAY] * 20)
    page = api.json(ADDRESS, ordering="inspection_date", page_size=10, fields="inspection_id")
    Inspection.objects.filter(inspection_id__in=[str(number) for number in range(10, 20)]).delete()

    empty = api.json(page["next"])

    assert (empty["results"], empty["next"]) == ([], None)
    assert ids(api.walk_back(empty)) == ids(page["results"])


def test_a_page_that_is_empty_on_the_way_back_leads_forward_again(api, add_inspections):
    add_inspections(*[EQUAL_DAY] * 20)
    second = api.json(api.json(ADDRESS, page_size=10, fields="inspection_id")["next"])
    Inspection.objects.filter(inspection_id__in=[str(number) for number in range(10)]).delete()

    empty = api.json(second["previous"])

    assert (empty["results"], empty["previous"]) == ([], None)
    assert ids(api.json(empty["next"])["results"]) == ids(second["results"])


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_behind(api, add_inspections):
    add_inspections(*[EQUAL_DAY] * 20)
    first = api.json(ADDRESS, page_size=10)
    last = api.json(first["next"])
    assert (first["previous"], last["next"]) == (None, None)
    assert api.json(last["previous"])["previous"] is None


def test_the_page_size_may_change_on_the_way(api, add_inspections):
    add_inspections(*[EQUAL_DAY] * 20)
    first = api.json(ADDRESS, page_size=5)
    rest = api.json(first["next"].replace("page_size=5", "page_size=100"))
    assert len(rest["results"]) == 15
