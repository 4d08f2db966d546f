"""The whole history of decisions as a file, for an audit."""

import csv
import json
from typing import IO

from facilities.csv_files import with_mark
from facilities.models import MatchDecision

COLUMNS = (
    *("id", "place_id", "program", "app_id", "wdid", "verdict", "reason_code", "note", "reviewer", "rule"),
    *("decided_at", "recorded_at", "is_live", "supersedes", "reverts", "is_blind", "tier", "probability"),
    *("model_version", "evidence_hash", "evidence", "source"),
)


def export_history(file: IO[str]) -> int:
    """Write every decision in the order in which they were recorded; returns how many.

    Also those that were replaced or taken back, the machine's, and those of persons whose account is gone. `supersedes`
    and `reverts` name other rows of the file by their id.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    number = 0
    rows = MatchDecision.objects.select_related("esmr_facility", "enrollment").order_by("pk")
    for row in rows.iterator(chunk_size=1_000):
        cells = _cells(row)
        writer.writerow([with_mark(cells[column]) for column in COLUMNS])
        number += 1
    return number


def _cells(row: MatchDecision) -> dict[str, str]:
    enrollment = row.enrollment
    return {
        "id": str(row.pk),
        "place_id": str(row.esmr_facility.place_id),
        "program": enrollment.program if enrollment else "",
        "app_id": (enrollment.app_id or "") if enrollment else "",
        "wdid": (enrollment.wdid or "") if enrollment else "",
        "verdict": row.verdict,
        "reason_code": row.reason_code,
        "note": row.note,
        "reviewer": row.reviewer_name,
        "rule": row.rule,
        "decided_at": row.decided_at.isoformat(),
        "recorded_at": row.recorded_at.isoformat(),
        "is_live": "yes" if row.is_live else "",
        "supersedes": str(row.supersedes_id or ""),
        "reverts": str(row.reverts_id or ""),
        "is_blind": "yes" if row.is_blind else "",
        "tier": row.tier,
        "probability": "" if row.probability is None else repr(row.probability),
        "model_version": row.model_version,
        "evidence_hash": str(row.evidence_hash or ""),
        "evidence": json.dumps(row.evidence, ensure_ascii=False) if row.evidence else "",
        "source": row.source,
    }
