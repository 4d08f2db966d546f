"""Which data versions a publish has to raise: those of the families whose tables it has written to."""

from stormwater.api.families import Family
from sync.contracts.base import DatasetContract, Shape
from sync.models import Run


def touched_families(contract: DatasetContract, run: Run) -> set[Family]:
    """The families that the run has changed; none if its file says what readers see already.

    Asked before the resource points to the run. A facility file can change superseded
    certifications, which no count of the run tells of: another file of that shape counts as a change.
    """
    last = run.resource.last_published
    is_other_file = last is None or last.raw_file_id != run.raw_file_id
    has_written = bool(run.inserted or run.updated or run.removed)
    if not has_written and not (contract.shape is Shape.ENROLLMENTS and is_other_file):
        return set()
    # eSMR's samples bring the facilities and locations that they are of.
    return {contract.family, Family.FACILITIES} if contract.target == "monitoring.EsmrSample" else {contract.family}
