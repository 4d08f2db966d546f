"""The violations of a world: whom each concerns, when it occurred, and what found it."""

from dataclasses import dataclass, replace

from sync.synthetic.discoveries import Discoveries
from sync.synthetic.event_columns import INSPECTION_IDS
from sync.synthetic.events import Event, Events, target_of
from sync.synthetic.exceedance_records import ExceedanceRecords


@dataclass(frozen=True, slots=True)
class Violations:
    """All violations: those that an inspection found, those that tell of an exceedance, and the others."""

    events: Events
    found: Discoveries
    records: ExceedanceRecords

    @classmethod
    def between(cls, events: Events, inspections: Events) -> "Violations":
        """The violations of a world with these inspections."""
        return cls(events, Discoveries.between(events, inspections), ExceedanceRecords(events))

    def get(self, index: int) -> Event:
        """The violation of this number."""
        if (number := self.found.inspection_of(index)) is not None:
            inspection = self.found.inspections.get(number)
            return replace(self.events.get(index, inspection.target), day=inspection.day)
        if record := self.records.get(index):
            return replace(self.events.get(index, target_of(record.enrollment)), day=record.day)
        return self.events.get(index)

    def source_of(self, index: int) -> tuple[str, str]:
        """What found it, and the id of that."""
        inspection = self.found.inspection_of(index)
        if inspection is None:  # the number of an inspection by chance: no link
            return "Report", str(INSPECTION_IDS + index % self.found.inspections.count)
        if self.found.is_published(index):
            return "Inspection", str(INSPECTION_IDS + inspection)
        return "Inspection", str(1_000_000 + index)
