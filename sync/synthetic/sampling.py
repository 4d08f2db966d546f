"""How a program samples, and what its rules find in the samples of one enrollment."""

from sync.synthetic import cgp_truth, igp_truth
from sync.synthetic.construction_samples import ConstructionSampling
from sync.synthetic.enrollments import INDUSTRIAL, Enrollment, Enrollments
from sync.synthetic.findings import Findings
from sync.synthetic.industrial_samples import IndustrialSampling
from sync.synthetic.storms import Sample, live_samples
from sync.synthetic.weeks import today_in


def sampling_of(enrollments: Enrollments) -> IndustrialSampling | ConstructionSampling:
    """What makes the samples of the program's dischargers."""
    make = IndustrialSampling if enrollments.program == INDUSTRIAL else ConstructionSampling
    return make.of(enrollments.seed)


def evaluate(samples: list[Sample], enrollment: Enrollment, week: int, findings: Findings) -> None:
    """Find what there is to find in the samples of an enrollment, as they are published in a week."""
    name, live, today = enrollment.name_for_findings, live_samples(samples, week), today_in(week)
    if enrollment.program == INDUSTRIAL:
        igp_truth.evaluate(name, live, today, findings)
    else:
        cgp_truth.evaluate(name, enrollment.risk, live, today, findings)
