"""What the start page says to one reader: each part is read only for those who may see its lists."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils import timezone

from facilities.selectors.queue import Backlog, count_backlog, why_empty
from stormwater.overview.start_page.charts import Figure, exceedances_by_rule, record_over_time
from stormwater.overview.start_page.recent_changes import RecentChange, list_recent_changes
from sync.dataset_health import DatasetHealth, ago, health_in_a_sentence, list_dataset_health
from sync.models import Run
from sync.selectors import list_latest_runs
from violations.refreshing.refresh import is_refresh_due

MOST_RUNS = 6


@dataclass(frozen=True, slots=True)
class StartPage:
    """The parts, in their order; a part that the reader may not see is None."""

    seen: Collection[str]  # labels of the models whose lists the reader may see
    datasets: list[DatasetHealth] | None = None
    queue: Backlog | None = None
    why_queue_empty: str = ""
    changes: list[RecentChange] | None = None
    runs: list[Run] | None = None
    has_exceedances: bool = False  # a part of its own, also without a figure
    exceedances: Figure | None = None
    has_record: bool = False
    record: Figure | None = None
    is_behind: bool = False  # records have changed since the numbers were last brought up to date
    troubled: list[DatasetHealth] = field(default_factory=list)
    sentence: str = ""

    @property
    def oldest_ago(self) -> str:
        """How long the oldest pair of the queue has waited, in words."""
        return ago(self.queue.oldest) if self.queue and self.queue.oldest else ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever synced, so that all there is to say is what to do first."""
        return self.datasets is not None and not any(dataset.is_known for dataset in self.datasets)


def read_start_page(seen: Collection[str]) -> StartPage:
    """The start page for somebody who may see the lists of these models (`sync.Run`), in a fixed number of queries."""
    datasets = list_dataset_health() if "sync.Dataset" in seen else None
    if datasets is not None and not any(dataset.is_known for dataset in datasets):
        return StartPage(seen, datasets)
    queue = count_backlog() if "facilities.MatchCandidate" in seen else None
    has_exceedances = "violations.Exceedance" in seen
    has_record = bool({"violations.RegulatoryViolation", "enforcement.EnforcementAction"} & set(seen))
    today = timezone.localdate()
    return StartPage(
        seen=seen,
        datasets=datasets,
        queue=queue,
        why_queue_empty=why_empty() if queue is not None and not queue.queued else "",
        changes=list_recent_changes(seen) if "sync.RecordChange" in seen else None,
        runs=list_latest_runs(MOST_RUNS) if "sync.Run" in seen else None,
        has_exceedances=has_exceedances,
        exceedances=exceedances_by_rule(seen, today) if has_exceedances else None,
        has_record=has_record,
        record=record_over_time(seen, today) if has_record else None,
        is_behind=(has_exceedances or has_record) and is_refresh_due(),
        troubled=[dataset for dataset in datasets or [] if dataset.troubles],
        sentence=health_in_a_sentence(datasets) if datasets else "",
    )
