"""The first tier: identifiers that both systems share.

A number inside a WDID is not a CIWQS id: industrial serials run to about 31,000 and construction
serials lie inside the CIWQS range by coincidence. It is not looked at.
"""

from collections.abc import Collection

from facilities.matching.normalize_names import is_blank
from facilities.matching.records import EnrollmentRecord, EsmrRecord, PairKey


def shared_identifier(
    esmr: EsmrRecord, enrollment: EnrollmentRecord, mappings: Collection[PairKey] = frozenset()
) -> str | None:
    """A sentence naming the identifier that links the pair, or None.

    Staff's mapping first; then a whole WDID or NPDES number that both records carry.
    """
    if PairKey(esmr.place_id, enrollment.key) in mappings:
        return "a staff mapping names this pair"
    mine = identifiers(wdid=esmr.ciwqs_wdid, npdes_number=esmr.npdes_number)
    theirs = identifiers(wdid=enrollment.key.wdid, npdes_number=enrollment.npdes_number)
    common = min(mine & theirs, default=None)
    return f"both carry the {common[0]} {common[1]}" if common else None


def identifiers(*, wdid: str | None, npdes_number: str | None) -> frozenset[tuple[str, str]]:
    """The identifiers of a record as (kind, whole value), without blanks and in upper case."""
    return frozenset(
        (kind, "".join(value.split()).upper())
        for kind, value in (("WDID", wdid), ("NPDES number", npdes_number))
        if value is not None and not is_blank(value)
    )
