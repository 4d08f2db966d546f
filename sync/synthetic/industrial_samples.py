"""Industrial stormwater: what every discharger sampled in which storm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from random import Random
from typing import ClassVar

from sync.synthetic import dischargers
from sync.synthetic.cells import Marked, flawed, number
from sync.synthetic.dischargers import Discharger, flaw, outfall_coordinates, published
from sync.synthetic.enrollments import oracle
from sync.synthetic.igp_truth import reporting_year
from sync.synthetic.readings import CLEANLINESS, Pools, Reading, Spec, no_number, same_but, smarts_reading
from sync.synthetic.storms import NO_STORM, OTHER_STORM, STORM, Correction, Outfall, Report, Sample
from sync.synthetic.streams import stream
from sync.synthetic.weeks import PERIOD, Life, times, today_in, turn_of

PH = Spec("pH", 7.2, 0.4, "SU", "A4500HB", 0, 0, digits=1)
TSS = Spec("Total Suspended Solids (TSS)", 38, 1.0, "mg/L", "A2540D", 1, 5, digits=1)
OIL = Spec("Oil and Grease", 3.4, 0.9, "mg/L", "E1664B", 1.2, 5, digits=1)
ZINC = Spec("Zinc, Total", 0.13, 0.9, "mg/L", "E200.8", 0.001, 0.02, is_metal=True)
COPPER = Spec("Copper, Total", 0.016, 0.9, "mg/L", "E200.8", 0.0004, 0.005, digits=4, is_metal=True)
OTHERS = (
    ZINC,
    COPPER,
    Spec("Lead, Total", 0.008, 1.2, "mg/L", "E200.8", 0.0003, 0.005, digits=4, is_metal=True),
    Spec("Iron, Total", 0.9, 1.0, "mg/L", "E200.7", 0.01, 0.1, is_metal=True),
    Spec("Aluminum, Total", 0.8, 1.0, "mg/L", "E200.7", 0.02, 0.1, is_metal=True),
    Spec("Nitrite Plus Nitrate (as N)", 0.6, 0.8, "mg/L", "E353.2", 0.02, 0.1),
    Spec("Chemical Oxygen Demand (COD)", 70, 0.7, "mg/L", "E410.4", 4, 20, digits=0),
    Spec("Biochemical Oxygen Demand (BOD) (5-day @ 20 Deg. C)", 12, 0.8, "mg/L", "A5210B", 2, 5, digits=1),
    Spec("Ammonia, Total (as N)", 0.5, 1.0, "mg/L", "A4500NH3", 0.04, 0.2),
    Spec("Phosphorus, Total (as P)", 0.4, 0.8, "mg/L", "E365.3", 0.02, 0.05),
    Spec("Magnesium, Total", 1.5, 0.8, "mg/L", "E200.7", 0.01, 0.05, is_metal=True),
    Spec("Arsenic, Total", 0.004, 0.9, "mg/L", "E200.8", 0.0005, 0.002, digits=4, is_metal=True),
    Spec("Cadmium, Total", 0.0009, 1.1, "mg/L", "E200.8", 0.0001, 0.0005, digits=5, is_metal=True),
    Spec("Nickel, Total", 0.007, 0.9, "mg/L", "E200.8", 0.0005, 0.005, digits=4, is_metal=True),
    Spec("Mercury, Total", 0.00005, 1.0, "mg/L", "E245.1", 0.00002, 0.0002, digits=6, is_metal=True),
    Spec("Selenium, Total", 0.0012, 0.9, "mg/L", "E200.8", 0.0005, 0.002, digits=4, is_metal=True),
    Spec("Silver, Total", 0.0004, 0.9, "mg/L", "E200.8", 0.0002, 0.001, digits=5, is_metal=True),
    Spec("Cyanide, Total", 0.004, 0.9, "mg/L", "A4500CN", 0.002, 0.005, digits=4),
    # Not evaluated: no action level, or not the total.
    Spec("Zinc, Dissolved", 0.06, 0.8, "mg/L", "E200.8", 0.001, 0.02, is_metal=True),
    Spec("Specific Conductance", 160, 0.7, "umhos/cm", "A2510B", 1, 1, digits=0),
    Spec("Total Organic Carbon (TOC)", 14, 0.6, "mg/L", "A5310B", 0.5, 1, digits=1),
)
_LAST_YEAR = 2025  # the reporting year of the world's first day
_SAMPLERS = ("07:00", "7:30 AM", "0915", "10:05", "noon", "13:40")


class IndustrialLane(IntEnum):
    """What is special about a discharger's samples; 20 and above is nothing."""

    TWO_OVER = 0  # exactly two results above the instantaneous maximum
    ONE_OVER = 1
    EQUAL_TWICE = 2  # two results exactly at the maximum
    EQUAL_MEAN = 3
    UNIT_SLIP = 4  # ug/L typed as mg/L
    ODD_PH = 5
    BAD_DATES = 6
    NULL_RESULTS = 7
    NO_STORM = 8
    REPEATS = 9
    UNUSABLE_UNITS = 10
    TOTAL_AND_RECOVERABLE = 11
    GAPS = 12  # years without data
    ODD_OUTFALLS = 13
    LATE_REPORTS = 14
    CORRECTED = 15
    WITHDRAWN = 16
    COPIES_CHANGE = 17
    ODD_REPORTS = 18
    LOWER_BOUNDS = 19


@dataclass(frozen=True, slots=True)
class IndustrialSampling:
    """Makes the samples of any industrial discharger, as all weeks together have them."""

    seed: int
    pools: Pools
    lanes: ClassVar = IndustrialLane
    # Lanes of samples that are not the same in every week.
    changing: ClassVar = frozenset({IndustrialLane.LATE_REPORTS, IndustrialLane.CORRECTED, IndustrialLane.WITHDRAWN})

    @classmethod
    def of(cls, seed: int) -> "IndustrialSampling":
        """The sampling of the world of this seed."""
        return cls(seed, Pools(seed))

    def samples(self, discharger: Discharger, week: int) -> list[Sample]:
        """All samples of a discharger that have been published by a week, in the order of the file."""
        rng = stream(self.seed, "industrial samples", discharger.number)
        campaign = _Campaign.draw(self.seed, self.pools, discharger, rng)
        samples: list[Sample] = []
        for year in campaign.years:
            for _ in range(rng.choice(campaign.storms)):
                samples += campaign.storm(year, rng, len(samples))
        if not samples:
            samples += campaign.storm(_LAST_YEAR, rng, 0)
        if plant := _PLANTED.get(discharger.lane):
            plant(samples, rng)
        change = {
            IndustrialLane.LATE_REPORTS: _add_late_reports,
            IndustrialLane.CORRECTED: _correct,
            IndustrialLane.WITHDRAWN: _withdraw,
        }.get(IndustrialLane(discharger.lane) if discharger.lane < 20 else IndustrialLane.GAPS)
        if change:
            change(samples, campaign, week)
        return samples


@dataclass(slots=True)
class _Campaign:
    """How one discharger samples."""

    seed: int
    discharger: Discharger
    years: range
    storms: tuple[int, ...]  # numbers of storms a year, to choose from
    pools: list[list[Reading]]  # one per parameter
    outfalls: list[Outfall]
    prefix: str
    turn: int
    reports: int = 0

    @classmethod
    def draw(cls, seed: int, pools: Pools, discharger: Discharger, rng: Random) -> "_Campaign":
        """Decide how the discharger samples."""
        lane = discharger.lane
        first = rng.choice((2014, 2015, 2015, 2016, 2017, 2018, 2019, 2020))
        micro = rng.choice((0, 0, 0, 0, 0, 1, 1, 2))
        specs = [PH, TSS, OIL, *rng.sample(OTHERS, rng.randrange(1, 9))]
        if ZINC not in specs:
            specs[3] = ZINC
        levels = len(CLEANLINESS)
        usual = rng.randrange(levels)
        chosen = [pools.of(spec, min(levels - 1, max(0, usual + rng.choice((-1, 0, 0, 1)))), micro) for spec in specs]
        outfalls = []
        for outfall in range(rng.choice((1, 1, 2, 2, 3, 3, 4)) if lane != IndustrialLane.ODD_OUTFALLS else 4):
            place, flaws = outfall_coordinates(seed, discharger, outfall, is_odd=lane == IndustrialLane.ODD_OUTFALLS)
            description = rng.choice(("NA", "East gate", "Behind the warehouse", "Drop inlet at the scale", ""))
            outfalls.append(Outfall(f"SP-{outfall + 1},Effluent Monitoring,{description},{place}", flaws))
        return cls(
            seed=seed,
            discharger=discharger,
            years=range(first, _LAST_YEAR + 1, 2 if lane == IndustrialLane.GAPS else 1),
            storms=rng.choice(((0, 1, 1, 2), (1, 2, 3), (3,), (2, 3, 3, 4))),
            pools=chosen,
            outfalls=outfalls,
            prefix=f"Industrial,{published(discharger.wdid)},{published(discharger.app_id)}",
            turn=turn_of(discharger.number, dischargers.LANES),
        )

    def report(self, year: int, day: date, rng: Random, event_type: str = STORM) -> Report:
        """The next report."""
        number_of_report = 1_000_000 + self.discharger.number * 400 + self.reports
        self.reports += 1
        certified = oracle(day, 3600 * rng.randrange(24) + 212)
        head = f"{self.prefix},{year},{number_of_report},{event_type}"
        if self.discharger.lane == IndustrialLane.ODD_REPORTS:
            return self._odd_report(head, f"{year}", f"{certified}")
        return Report(head, f",Certifier,{certified}", event_type)

    def _odd_report(self, head: str, year: str, certified: str) -> Report:
        """One with a flaw in its own columns: the year, or when it was certified."""
        if self.reports % 3 == 0:
            shown = f"{year}-{int(year[2:]) + 1}"
            return Report(
                head.replace(f",{year},", f",{shown},"),
                f",Certifier,{certified}",
                STORM,
                (("REPORTING_YEAR", "not_a_number"),),
            )
        cell = flawed("30-FEB-19 08.03.32.748000 AM", "not_a_date")
        if self.reports % 3 == 1:
            return Report(head, f",Certifier,{cell}", STORM, flaw("CERTIFIED_DATE", cell))
        return Report(head, ",NA,", STORM)

    def storm(
        self, year: int, rng: Random, count: int, *, day: date | None = None, life: Life | None = None
    ) -> list[Sample]:
        """The samples of one storm: one at each outfall."""
        day = day or date(year, 7, 1) + timedelta(days=92 + rng.randrange(205))
        event_type = OTHER_STORM if rng.random() < 0.05 else STORM
        report = self.report(reporting_year(day.isoformat()), day, rng, event_type)
        shown = day.isoformat()
        start = f"{shown},{rng.choice(_SAMPLERS)}" if rng.random() < 0.85 else ",NA"
        end = f"{shown},12:00" if rng.random() < 0.4 else ",NA"
        samples = []
        for position, outfall in enumerate(self.outfalls):
            code = str(50_000_000 + self.discharger.number * 2_000 + count + position)
            # One random number for all parameters: eight bits for each.
            bits = rng.getrandbits(8 * len(self.pools))
            readings = [pool[bits >> 8 * at & 255] for at, pool in enumerate(self.pools)]
            when = f"{code},{shown},{rng.choice(_SAMPLERS)},{start}"
            sample = Sample(report, outfall, code, shown, when, end, readings)
            if life is not None:
                sample.life = life
            samples.append(sample)
        if self.discharger.lane == IndustrialLane.REPEATS and count % 3 == 0:
            samples[0].copies = (2, 2)
        if self.discharger.lane == IndustrialLane.COPIES_CHANGE and count % 4 == 0:
            samples[0].copies = (1, 2)
        return samples


def _busiest_year(samples: list[Sample]) -> list[Sample]:
    """The samples of the reporting year that has most of them, of those that the order covers."""
    by_year: dict[int, list[Sample]] = {}
    for sample in samples:
        if sample.day is not None and sample.day >= "2015-07-01":
            by_year.setdefault(reporting_year(sample.day), []).append(sample)
    return max(by_year.values(), key=len, default=samples)


def _set(samples: list[Sample], spec: Spec, results: list[str | Marked | None], qualifier: str | None = "=") -> None:
    """Give the parameter these results, the first to the first sample; the last goes on for the rest."""
    for position, sample in enumerate(samples):
        result = results[min(position, len(results) - 1)]
        reading = smarts_reading(
            spec.name, qualifier, result, spec.unit, spec.method, mdl=number(spec.mdl, 6), rl=number(spec.rl, 6)
        )
        at = next((at for at, old in enumerate(sample.readings) if old.parameter == spec.name), None)
        sample.readings = [*sample.readings]
        if at is None:
            sample.readings.append(reading)
        else:
            sample.readings[at] = reading


def _two_over(samples: list[Sample], _rng: Random) -> None:
    _set(_busiest_year(samples), TSS, ["450", "610", "12"])


def _one_over(samples: list[Sample], _rng: Random) -> None:
    _set(_busiest_year(samples), TSS, ["450", "12"])
    _set(_busiest_year(samples), OIL, ["26", "6"])


def _equal_twice(samples: list[Sample], _rng: Random) -> None:
    _set(_busiest_year(samples), TSS, ["400", "400", "12"])
    _set(_busiest_year(samples), PH, ["6.0", "9", "6", "7"])


def _equal_mean(samples: list[Sample], _rng: Random) -> None:
    _set(_busiest_year(samples), ZINC, ["0.26"])
    _set(_busiest_year(samples), TSS, ["100"])


def _slip_unit(samples: list[Sample], rng: Random) -> None:
    chosen = rng.choice(_busiest_year(samples))
    _set([chosen], COPPER, [number(rng.uniform(9, 40), 1)])


def _odd_ph(samples: list[Sample], _rng: Random) -> None:
    for position, sample in enumerate(_busiest_year(samples)):
        result, unit = (("7.4", "mg/L"), ("74", "SU"), ("5.2", "mg/L"), ("5.1", None))[position % 4]
        sample.readings = [smarts_reading("pH", "=", result, unit, "pH_Paper"), *sample.readings[1:]]


def _dirty_dates(samples: list[Sample], _rng: Random) -> None:
    bad = (
        flawed("2019-02-31", "not_a_date"),
        flawed("0202-12-04", "implausible_date"),
        flawed("2062-01-15", "future_date"),
        flawed("0019-12-04", "implausible_date"),
    )
    for position, sample in enumerate(samples[:8:2]):
        cell = bad[position % 4]
        sample.when = sample.when.replace(f",{sample.day},", f",{cell},", 1)
        sample.day = None
        sample.flaws = flaw("SAMPLE_DATE", cell)


def _null_results(samples: list[Sample], _rng: Random) -> None:
    _set(_busiest_year(samples)[:2], ZINC, [None])
    _set(_busiest_year(samples)[1:3], OIL, [no_number("less than 5")])


def _no_storm(samples: list[Sample], _rng: Random) -> None:
    """A discharge without a storm, and a terrible one: it does not count."""
    for report in {id(sample.report): sample.report for sample in _busiest_year(samples)}.values():
        report.head, report.event_type = f"{report.head.rpartition(',')[0]},{NO_STORM}", NO_STORM
    _set(_busiest_year(samples), TSS, ["5200"])


def _unusable_units(samples: list[Sample], _rng: Random) -> None:
    for position, sample in enumerate(_busiest_year(samples)):
        unit = ("mg/kg", "%", "lbs/day", None, "ppth", "g/L", "ng/L")[position % 7]
        reading = smarts_reading(ZINC.name, "=", "0.31", unit, ZINC.method)
        _set([sample], ZINC, ["0.31"])
        sample.readings = [reading if old.parameter == ZINC.name else old for old in sample.readings]


def _total_and_recoverable(samples: list[Sample], _rng: Random) -> None:
    for sample in _busiest_year(samples):
        zinc = next(reading for reading in sample.readings if reading.parameter == ZINC.name)
        twin = zinc.text.replace("Zinc, Total", "Zinc, Total Recoverable", 1)
        sample.readings = [
            *sample.readings,
            Reading(twin, "Zinc, Total Recoverable", zinc.qualifier, zinc.value, zinc.unit, zinc.limit, zinc.method),
        ]


def _lower_bounds(samples: list[Sample], _rng: Random) -> None:
    _set(_busiest_year(samples), TSS, ["500", "1000", "20"], ">")
    _set(_busiest_year(samples), OIL, ["4"], "<=")


_PLANTED: dict[int, Callable[[list[Sample], Random], None]] = {
    IndustrialLane.TWO_OVER: _two_over,
    IndustrialLane.ONE_OVER: _one_over,
    IndustrialLane.EQUAL_TWICE: _equal_twice,
    IndustrialLane.EQUAL_MEAN: _equal_mean,
    IndustrialLane.UNIT_SLIP: _slip_unit,
    IndustrialLane.ODD_PH: _odd_ph,
    IndustrialLane.BAD_DATES: _dirty_dates,
    IndustrialLane.NULL_RESULTS: _null_results,
    IndustrialLane.NO_STORM: _no_storm,
    IndustrialLane.UNUSABLE_UNITS: _unusable_units,
    IndustrialLane.TOTAL_AND_RECOVERABLE: _total_and_recoverable,
    IndustrialLane.LOWER_BOUNDS: _lower_bounds,
}


def _add_late_reports(samples: list[Sample], campaign: _Campaign, week: int) -> None:
    """At every turn a storm of years ago is reported, and one of these days."""
    turns = times(week, campaign.turn)
    for turn in range(turns):
        born = campaign.turn + turn * PERIOD
        rng = stream(campaign.seed, "late report", campaign.discharger.number, turn)
        life = Life(first=born)
        year = rng.choice(campaign.years)
        samples += campaign.storm(year, rng, 1_000 + turn * 10, life=life)
        today = today_in(born) - timedelta(days=rng.randrange(1, 7))
        samples += campaign.storm(0, rng, 1_005 + turn * 10, day=today, life=life)


def _correct(samples: list[Sample], campaign: _Campaign, week: int) -> None:
    """At every turn a result is replaced by another."""
    for turn in range(times(week, campaign.turn)):
        rng = stream(campaign.seed, "correction", campaign.discharger.number, turn)
        sample = rng.choice(samples)
        position = rng.randrange(len(sample.readings))
        born = campaign.turn + turn * PERIOD
        corrected = same_but(sample.readings[position], f"{5 + turn % 3}.{born:03}{position:02}1")
        sample.corrections.append(Correction(born, position, corrected))


def _withdraw(samples: list[Sample], campaign: _Campaign, _week: int) -> None:
    """Some samples are withdrawn at every turn, and come back; some are withdrawn for good."""
    samples[0].life = Life(turn=campaign.turn, stay=1)
    if len(samples) > 2:
        samples[1].life = Life(turn=campaign.turn, stay=2)
        samples[2].life = Life(end=campaign.turn)
