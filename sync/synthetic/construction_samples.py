"""Construction stormwater: pH and turbidity of building sites, visit by visit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from random import Random
from typing import ClassVar

from sync.synthetic import dischargers
from sync.synthetic.cells import flawed, number
from sync.synthetic.dischargers import Discharger, flaw, outfall_coordinates, published
from sync.synthetic.enrollments import oracle
from sync.synthetic.igp_truth import reporting_year
from sync.synthetic.readings import CLEANLINESS, Pools, Reading, Spec, same_but, smarts_reading
from sync.synthetic.storms import STORM, Correction, Outfall, Report, Sample
from sync.synthetic.streams import stream
from sync.synthetic.weeks import PERIOD, Life, times, today_in, turn_of

PH = Spec("pH", 7.2, 0.4, "SU", "Field meter", 0, 0, digits=1)
TURBIDITY = Spec("Turbidity", 70, 1.1, "NTU", "Field meter", 0.1, 1, digits=1, trace=("=",))
OTHERS = (
    Spec("Total Suspended Solids (TSS)", 60, 1.0, "mg/L", "A2540D", 1, 5, digits=1),
    Spec("Suspended Sediment Concentration (SSC)", 60, 1.0, "mg/L", "D3977", 1, 5, digits=1),
)
_ANALYZERS = ("Field crew", "Laboratory", "NA")


class ConstructionLane(IntEnum):
    """What is special about a site's samples; 10 and above is nothing."""

    EQUAL_MEAN = 0
    NON_DETECTS = 1
    BAD_DATES = 2
    UNUSABLE = 3
    REPEATS = 4
    LATE_REPORTS = 5
    CORRECTED = 6
    WITHDRAWN = 7
    ODD_OUTFALLS = 8
    LOWER_BOUNDS = 9


@dataclass(frozen=True, slots=True)
class ConstructionSampling:
    """Makes the samples of any building site, as all weeks together have them."""

    seed: int
    pools: Pools
    lanes: ClassVar = ConstructionLane
    # Lanes of samples that are not the same in every week.
    changing: ClassVar = frozenset(
        {ConstructionLane.LATE_REPORTS, ConstructionLane.CORRECTED, ConstructionLane.WITHDRAWN}
    )

    @classmethod
    def of(cls, seed: int) -> "ConstructionSampling":
        """The sampling of the world of this seed."""
        return cls(seed, Pools(seed))

    def samples(self, discharger: Discharger, week: int) -> list[Sample]:
        """All samples of a site that have been published by a week, in the order of the file."""
        rng = stream(self.seed, "construction samples", discharger.number)
        site = _Site.draw(self.seed, self.pools, discharger, rng)
        samples: list[Sample] = []
        for year in range(site.first_year, site.first_year + site.number_of_years):
            for _ in range(rng.choice((2, 3, 5, 8))):
                samples += site.visit(date(year, 7, 1) + timedelta(days=92 + rng.randrange(205)), rng, len(samples))
        if plant := _PLANTED.get(discharger.lane):
            plant([sample for sample in samples if sample.report is samples[0].report])
        for turn in range(times(week, site.turn)):
            born = site.turn + turn * PERIOD
            if discharger.lane == ConstructionLane.LATE_REPORTS:
                _add_late_reports(samples, site, turn, born)
            elif discharger.lane == ConstructionLane.CORRECTED:
                late = stream(self.seed, "construction correction", discharger.number, turn)
                sample = late.choice(samples)
                corrected = same_but(sample.readings[1], f"30{turn % 10}.{born:03}1")
                sample.corrections.append(Correction(born, 1, corrected))
        if discharger.lane == ConstructionLane.WITHDRAWN:
            samples[0].life = Life(turn=site.turn, stay=2)
            samples[1].life = Life(end=site.turn)
        return samples


@dataclass(slots=True)
class _Site:
    """How one site samples."""

    seed: int
    discharger: Discharger
    first_year: int
    number_of_years: int
    pools: list[list[Reading]]
    outfalls: list[Outfall]
    turn: int
    reports: int = 0

    @classmethod
    def draw(cls, seed: int, pools: Pools, discharger: Discharger, rng: Random) -> "_Site":
        """Decide how the site samples."""
        years = rng.choice((1, 2, 2, 3, 4))
        level = rng.randrange(len(CLEANLINESS))
        specs = [PH, TURBIDITY, *(OTHERS if rng.random() < 0.1 else ())]
        outfalls = []
        for outfall in range(rng.choice((1, 2, 2, 3, 4, 5))):
            is_odd = discharger.lane == ConstructionLane.ODD_OUTFALLS
            place, flaws = outfall_coordinates(seed, discharger, outfall, is_odd=is_odd)
            outfalls.append(Outfall(f"DP-{outfall + 1},Effluent Monitoring,NA,{place}", flaws))
        return cls(
            seed=seed,
            discharger=discharger,
            first_year=rng.randrange(2015, 2027 - years),
            number_of_years=years,
            pools=[pools.of(spec, level, 0) for spec in specs],
            outfalls=outfalls,
            turn=turn_of(discharger.number, dischargers.LANES),
        )

    def visit(self, day: date, rng: Random, count: int, life: Life | None = None) -> list[Sample]:
        """The samples of one day: up to three at each outfall."""
        shown, year = day.isoformat(), reporting_year(day.isoformat())
        ids = f"Construction,{published(self.discharger.wdid)},{published(self.discharger.app_id)}"
        rain = number(rng.uniform(0.1, 3.5)) if rng.random() < 0.9 else "NaN"
        event_days = f"{day - timedelta(days=1)},{day + timedelta(days=1)}"
        report_id = 60_000_000 + self.discharger.number * 200 + self.reports
        head = f"{ids},{year},{report_id},{STORM},{event_days},{rain},{count % 6}"
        certified = oracle(day, 3600 * rng.randrange(24) + 212)
        report = Report(head, f",Certifier,{certified}", STORM)
        self.reports += 1
        samples = []
        for position in range(len(self.outfalls) * rng.choice((1, 2, 3))):
            code = str(200_000_000 + self.discharger.number * 3_000 + count + position)
            bits = rng.getrandbits(8 * len(self.pools))
            readings = [pool[bits >> 8 * at & 255] for at, pool in enumerate(self.pools)]
            outfall = self.outfalls[position % len(self.outfalls)]
            when = f"{code},{shown},{7 + position % 9:02}:{rng.randrange(60):02},{100 // len(self.outfalls)},Sampler"
            sample = Sample(report, outfall, code, shown, when, _ANALYZERS[position % 3], readings)
            if life is not None:
                sample.life = life
            samples.append(sample)
        return samples


def _add_late_reports(samples: list[Sample], site: _Site, turn: int, born: int) -> None:
    rng = stream(site.seed, "late construction report", site.discharger.number, turn)
    life = Life(first=born)
    samples += site.visit(date(site.first_year, 11, 1) + timedelta(days=turn % 100), rng, 2_000 + turn * 40, life)
    samples += site.visit(today_in(born) - timedelta(days=2), rng, 2_020 + turn * 40, life)


def _equal_mean(first_day: list[Sample]) -> None:
    for sample in first_day:
        sample.readings = [_reading(PH, "8.5"), _reading(TURBIDITY, "250"), *sample.readings[2:]]


def _non_detects(first_day: list[Sample]) -> None:
    """Next to low results only: how they are averaged is unconfirmed."""
    for position, sample in enumerate(first_day):
        turbidity = _reading(TURBIDITY, None, "ND") if position % 2 else _reading(TURBIDITY, "12")
        sample.readings = [_reading(PH, "7"), turbidity, *sample.readings[2:]]


def _bad_dates(first_day: list[Sample]) -> None:
    cell = flawed("2021-02-30", "not_a_date")
    for sample in first_day:
        sample.when = sample.when.replace(f",{sample.day},", f",{cell},", 1)
        sample.day = None
        sample.flaws = flaw("SAMPLE_DATE", cell)


def _unusable(first_day: list[Sample]) -> None:
    for position, sample in enumerate(first_day):
        turbidity = smarts_reading("Turbidity", "=", "80", ("mg/L", None)[position % 2], "Field meter")
        ph = _reading(PH, "71") if position % 3 else _reading(PH, None)
        sample.readings = [ph, turbidity, *sample.readings[2:]]


def _lower_bounds(first_day: list[Sample]) -> None:
    for sample in first_day:
        sample.readings = [_reading(PH, "7"), _reading(TURBIDITY, "1000", ">"), *sample.readings[2:]]


def _repeats(first_day: list[Sample]) -> None:
    first_day[0].copies, first_day[-1].copies = (2, 2), (3, 2)


_PLANTED: dict[int, Callable[[list[Sample]], None]] = {
    ConstructionLane.EQUAL_MEAN: _equal_mean,
    ConstructionLane.NON_DETECTS: _non_detects,
    ConstructionLane.BAD_DATES: _bad_dates,
    ConstructionLane.UNUSABLE: _unusable,
    ConstructionLane.LOWER_BOUNDS: _lower_bounds,
    ConstructionLane.REPEATS: _repeats,
}


def _reading(spec: Spec, result: str | None, qualifier: str = "=") -> Reading:
    return smarts_reading(spec.name, qualifier, result, spec.unit, spec.method)
