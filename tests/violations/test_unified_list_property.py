"""The list, the counts and the summaries are what the records say, after any series of changes."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.models import EnforcementAction, Inspection
from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from tests.violations.listed_world import ListedWorld, assert_in_line
from tests.violations.test_computation_property import SETTINGS
from violations.models import EraLevel, Exceedance, RegulatoryViolation, StaleRecord
from violations.refreshing.refresh import refresh_violations

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
# Over some years, and many near one day, where records and findings come to look alike.
DAYS = st.one_of(
    st.none(),
    st.integers(0, 900).map(lambda days: date(2022, 5, 20) + timedelta(days=days)),
    st.integers(0, 9).map(lambda days: date(2024, 2, 1) + timedelta(days=days)),
)
STATUSES = st.sampled_from(["Violation", "Potential", "Dismissed", "Under Review", None])
FLAGS = st.sampled_from([True, False, None])
PLACES = st.sampled_from([{}, {"county_id": 19, "region_id": "4"}, {"county_id": 1}, {"region_id": "5F"}])
NUMBER = st.integers(0, 10_000)


class Changes:
    """What can happen to records; each takes a number that chooses the record."""

    def __init__(self, world: ListedWorld) -> None:
        self.world = world
        self.run = world.publish("smarts_violations")

    def pick(self, model, number):
        rows = list(model.objects.order_by("pk"))
        return rows[number % len(rows)] if rows else None

    def discharger(self, number):
        """Sometimes none: an orphan."""
        return None if number % 5 == 0 else self.pick(SmartsEnrollment, number)

    def new_enrollment(self, number, place, **_):
        home = self.pick(Facility, number) if number % 3 else self.world.facility(**place)
        self.world.enrollment(f"4 19I{number:06}", facility=home, **place)

    def new_violation(self, number, day, status, flag, place, **_):
        kind, region = ["Late Report", "Effluent Limitation", None][number % 3], place.get("region_id")
        self.world.violation(
            self.discharger(number), day, status=status, is_serious=flag, violation_type=kind, region_id=region,
            description=["pH over the NAL", None][number % 2],
            linked_enforcement_action=["Notice of Violation", None][number % 2],
        )  # fmt: skip

    def new_exceedance(self, number, day, flag, **_):
        start = day or date(2023, 7, 1)
        more = {"start": start, "is_serious": flag, "is_provisional": number % 2 == 0}
        if number % 4 == 0:
            self.world.exceedance(plant=self.pick(EsmrFacility, number), pollutant="ph", end=start, **more)
        else:
            more |= {"rule": "cgp_ph_nal", "pollutant": ["ph", "turbidity"][number % 2], "end": start}
            self.world.exceedance(self.pick(SmartsEnrollment, number), **more)

    def new_event(self, number, day, status, **_):
        make = self.world.inspection if number % 2 else self.world.action
        make(self.discharger(number), day, status=status or "ACTIVE", violation_count=[None, 1, 2][number % 3])

    def new_level(self, number, **_):
        enrollment, year = self.pick(SmartsEnrollment, number), 2022 + number % 3
        if not EraLevel.objects.filter(enrollment=enrollment, reporting_year=year).exists():
            self.world.level(enrollment, ("baseline", "level_1", "level_2")[number % 3], year)

    def levels_go(self, number, **_):
        EraLevel.objects.filter(enrollment=self.pick(SmartsEnrollment, number)).delete()

    def record_changes(self, number, day, status, flag, **_):
        if found := self.pick(RegulatoryViolation, number):
            RegulatoryViolation.objects.filter(pk=found.pk).update(status=status, occurrence_date=day, is_serious=flag)

    def record_goes_or_returns(self, number, **_):
        model = (RegulatoryViolation, Inspection, EnforcementAction)[number % 3]
        if found := self.pick(model, number):
            model.objects.filter(pk=found.pk).update(removed_by=None if found.removed_by_id else self.run)

    def record_finds_its_enrollment(self, number, **_):
        model = (RegulatoryViolation, Inspection, EnforcementAction)[number % 3]
        if found := self.pick(model, number):
            model.objects.filter(pk=found.pk).update(enrollment=self.discharger(number + 1))

    def finding_goes_or_returns(self, number, **_):
        if found := self.pick(Exceedance, number):
            Exceedance.objects.filter(pk=found.pk).update(went_at=None if found.went_at else timezone.now())

    def finding_is_dismissed(self, number, **_):
        if found := self.pick(Exceedance, number):
            Exceedance.objects.filter(pk=found.pk).update(
                dismissed_at=timezone.now(), dismissed_inputs_hash=found.inputs_hash
            )

    def inputs_change(self, number, day, **_):
        if found := self.pick(Exceedance, number):
            Exceedance.objects.filter(pk=found.pk).update(
                inputs_hash=f"00000000-0000-0000-0000-{number:012}", period_end=day or found.period_end
            )

    def member_moves(self, number, **_):
        model = (SmartsEnrollment, EsmrFacility)[number % 2]
        model.objects.filter(pk=self.pick(model, number // 2).pk).update(facility=self.pick(Facility, number))

    def facility_changes_place(self, number, place, **_):
        where = {"county_id": None, "region_id": None} | place
        Facility.objects.filter(pk=self.pick(Facility, number).pk).update(**where)

    def enrollment_changes_place(self, number, place, **_):
        where = {"county_id": None, "region_id": None} | place
        SmartsEnrollment.objects.filter(pk=self.pick(SmartsEnrollment, number).pk).update(**where)

    def year_turns(self, number, **_):
        self.world.computed_as_of(date(2022 + number % 3, 8, 1))
        EraLevel.objects.update(results=number)  # as a computation of a new year writes the levels of everyone


KINDS = [name for name in vars(Changes) if not name.startswith("_") and name not in {"pick", "discharger"}]
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(KINDS), "number": NUMBER, "day": DAYS, "status": STATUSES, "flag": FLAGS,
            "place": PLACES, "is_refreshed": st.sampled_from([True, False, False]),
        }
    ),
    min_size=10,
    max_size=60,
)  # fmt: skip


@settings(max_examples=6, **SETTINGS)
@given(steps=STEPS)
def test_a_refresh_of_what_changed_gives_what_the_records_say(steps):
    check(steps)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=150, **SETTINGS)
@given(steps=STEPS)
def test_it_does_so_after_many_series_of_changes(steps):
    check(steps)


def check(steps):
    with transaction.atomic():
        StaleRecord.objects.all().delete()  # the note of the migration would have everything looked at
        world = ListedWorld()
        for number in (1, 2):
            world.enrollment(f"4 19I90000{number}", facility=world.facility())
            EsmrFacility.objects.filter(pk=world.plant(number).pk).update(facility=world.facility(county_id=30))
        changes = Changes(world)
        for step in steps:
            getattr(changes, step["kind"])(**step)
            if step["is_refreshed"]:
                assert not refresh_violations().is_full
                assert_in_line()
        refresh_violations()
        assert_in_line()
        assert not refresh_violations(is_full=True).has_written
        transaction.set_rollback(True)
