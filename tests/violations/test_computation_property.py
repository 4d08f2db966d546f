"""The set-wise computation finds what the pure rules find, in any world, from nothing and step by step."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitoring.models import EsmrSample, SmartsSample
from tests.violations.stored_world import CONSTRUCTION, INDUSTRIAL, StoredWorld, assert_equal_to_the_rules, number
from violations.models import PermitLimit, Pollutant
from violations.services import compute_exceedances

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

TODAY = date(2024, 5, 1)
BOD = "Biochemical Oxygen Demand (BOD) (5-day @ 20 Deg. C)"
DAYS = st.sampled_from(
    [date(2015, 6, 30), date(2015, 7, 1), date(2022, 6, 30), date(2022, 7, 1), date(2022, 7, 1), date(2023, 9, 2), None]
)  # fmt: skip
FEW_DAYS = st.sampled_from([date(2023, 3, 31), date(2023, 3, 31), date(2024, 2, 2), None])
EFFLUENT, INFLUENT = (11, "EFF-001", "Effluent Monitoring"), (12, "INF-001", "Influent Monitoring")
QUALIFIERS = st.sampled_from(["=", "=", "=", "=", None, "<", "<=", "ND", "DNQ", ">", "nd", "~"])
NUMBERS = {
    "ph": ["5.9", "6", "9", "9.1", "7", "14.5", None],
    "zinc": ["0.26", "0.3", "0.52", "260", "300", "0", "-1", None],
    "tss": ["30", "31", "45", "46", "100", "399", "400", "401", "900", None],
    "turbidity": ["250", "251", "10", "500", None],
}
PARAMETERS = {
    "pH": "ph", "Zinc, Total": "zinc", "Zinc, Total Recoverable": "zinc", "Zinc, Dissolved": "zinc",
    "Total Suspended Solids (TSS)": "tss", "Turbidity": "turbidity", BOD: "tss",
}  # fmt: skip
UNITS = st.sampled_from([*["mg/L"] * 6, "ug/L", "NTU", "SU", "lb/day", "mg/kg", None])


@st.composite
def readings(draw, parameters, days=DAYS):
    parameter = draw(st.sampled_from(parameters))
    return {
        "parameter": parameter,
        "result": number(draw(st.sampled_from(NUMBERS[PARAMETERS[parameter]]))),
        "qualifier": draw(QUALIFIERS),
        "unit": draw(UNITS) if parameter != "Turbidity" else draw(st.sampled_from(["NTU", "NTU", "NTU", "mg/L"])),
        "rl": number(draw(st.sampled_from([None, None, "0.3", "50", "8"]))),
        "mdl": number(draw(st.sampled_from([None, "0.1"]))),
        "day": draw(days),
    }


@st.composite
def storms(draw):
    names = ["pH", "Zinc, Total", "Zinc, Total", "Zinc, Total Recoverable", "Zinc, Dissolved", "Turbidity"]
    event = draw(st.sampled_from(["Qualifying Storm Event"] * 4 + ["Non-Stormwater Discharge", None]))
    more = {"code": draw(st.sampled_from(["1", "2"])), "event": event}
    return draw(readings([*names, "Total Suspended Solids (TSS)"])) | more


@st.composite
def reports(draw):
    """Rows of few days and statistics, so that they come to supersede each other."""
    more = {
        "base": draw(
            st.sampled_from([None, *["Average Monthly (AMEL)"] * 3, "Average Weekly (AWEL)", "Daily Maximum", "?"])
        ),
        "document": draw(st.sampled_from([1, 2, 3, None])),
        "place": draw(st.sampled_from([EFFLUENT, EFFLUENT, EFFLUENT, INFLUENT])),
        "qa_codes": draw(st.sampled_from([None, None, None, None, "R", "J, R", "J"])),
        "sampling_time": draw(st.sampled_from([None, None, "10:00"])),
    }
    return draw(readings(["pH", "Total Suspended Solids (TSS)"], FEW_DAYS)) | more


@st.composite
def changes(draw):
    """Which rows of each file a later run takes away, brings back, or adds."""
    return {"removed": draw(st.sets(st.integers(0, 30), max_size=8)), "new": draw(st.lists(storms(), max_size=5)),
            "sent": draw(st.lists(reports(), max_size=4))}  # fmt: skip


class World:
    """Two dischargers of each kind."""

    def __init__(self, industrial, construction, effluent, *, has_limits):
        self.world = StoredWorld()
        self.runs = {slug: self.world.publish(slug) for slug in (INDUSTRIAL, CONSTRUCTION, "esmr:2023")}
        self.industrial = [self.world.enrollment("4 19I000001"), self.world.enrollment("4 19I000002")]
        self.construction = [
            self.world.enrollment("4 19C000001", "construction", None, noi_processed_date=date(2023, 1, 1)),
            self.world.enrollment("4 19C000002", "construction", "Level 2"),
            self.world.enrollment("4 19C000003", "construction", "Level 1"),
        ]
        self.plants = [self.world.plant(501), self.world.plant(502)]
        if has_limits:
            self._add_limits()
        self.add(industrial, construction, effluent)

    def add(self, industrial, construction, effluent):
        for rows, slug, dischargers in (
            (industrial, INDUSTRIAL, self.industrial), (construction, CONSTRUCTION, self.construction)
        ):  # fmt: skip
            for at, row in enumerate(rows):
                self.world.stormwater(self.runs[slug], dischargers[at % len(dischargers)], **row)
        for at, row in enumerate(effluent):
            self.world.effluent(self.runs["esmr:2023"], self.plants[at % 2], **row)

    def next_sync(self, change):
        self.runs = {slug: self.world.publish(slug) for slug in self.runs}
        for model, slug in ((SmartsSample, INDUSTRIAL), (SmartsSample, CONSTRUCTION), (EsmrSample, "esmr:2023")):
            ids = list(model.objects.filter(resource__slug=slug).order_by("pk").values_list("pk", flat=True))
            taken = [pk for at, pk in enumerate(ids) if at in change["removed"]]
            model.objects.filter(pk__in=taken, removed_by=None).update(removed_by=self.runs[slug])
            back = [pk for pk in ids if pk not in taken]
            model.objects.filter(pk__in=back).exclude(removed_by=None).update(removed_by=None, run=self.runs[slug])
        self.add(change["new"], change["new"], change["sent"])

    def _add_limits(self):
        keys = {pollutant.key: pollutant for pollutant in Pollutant.objects.all()}
        for key, statistic, low, high, unit in (
            ("tss", "monthly_average", None, 30, "mg/L"), ("tss", "daily_maximum", None, 45, "mg/L"),
            ("tss", "monthly_average", None, 100, "lb/day"), ("ph", "instantaneous_maximum", 6, 9, "SU"),
        ):  # fmt: skip
            PermitLimit.objects.create(
                facility_place_id=501, esmr_facility=self.plants[0], pollutant=keys[key], statistic=statistic, low=low,
                high=high, unit=unit, imported_at="2024-01-01T00:00Z",
            )  # fmt: skip


WORLDS = {
    "industrial": st.lists(storms(), min_size=10, max_size=60),
    "construction": st.lists(storms(), min_size=5, max_size=30),
    "effluent": st.lists(reports(), min_size=20, max_size=60),
    "syncs": st.lists(changes(), min_size=1, max_size=2),
    "has_limits": st.booleans(),
}
SETTINGS: dict[str, Any] = {
    # A world that fails is small enough to be read; to make it smaller would take minutes.
    "phases": [Phase.explicit, Phase.generate],
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "derandomize": True,
    "database": None,
}


@settings(max_examples=8, **SETTINGS)
@given(**WORLDS)
def test_it_finds_what_the_rules_find_from_nothing_and_after_every_sync(**world):
    check(**world)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=60, **SETTINGS)
@given(**WORLDS)
def test_it_does_so_in_many_worlds(**world):
    check(**world)


def check(*, industrial, construction, effluent, syncs, has_limits):
    with transaction.atomic():
        world = World(industrial, construction, effluent, has_limits=has_limits)
        compute_exceedances(as_of=TODAY)
        assert_equal_to_the_rules(TODAY)
        for change in syncs:
            world.next_sync(change)
            assert not compute_exceedances(as_of=TODAY).is_full
            assert_equal_to_the_rules(TODAY)
        again = compute_exceedances(as_of=TODAY, is_full=True)
        assert not again.has_written
        transaction.set_rollback(True)
