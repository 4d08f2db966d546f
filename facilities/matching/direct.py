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
    if _same(esmr.ciwqs_wdid, enrollment.key.wdid):
        return f"both carry the WDID {esmr.ciwqs_wdid}"
    if _same(esmr.npdes_number, enrollment.npdes_number):
        return f"both carry the NPDES number {esmr.npdes_number}"
    return None


def _same(one: str | None, other: str | None) -> bool:
    """Whether two identifiers are equal as wholes, but for case and blanks."""
    if one is None or other is None or is_blank(one) or is_blank(other):
        return False
    return "".join(one.split()).upper() == "".join(other.split()).upper()
