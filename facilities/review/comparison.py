"""Both records of a pair side by side: rows that differ tinted, differing words marked."""

from collections.abc import Callable
from dataclasses import dataclass

from facilities.matching.normalize_places import parse_city, parse_county, parse_region, parse_zip
from facilities.models import CrosswalkEntry, EsmrFacility, SmartsEnrollment
from facilities.review.word_marks import Piece, mark_differences

SAME, DIFFERS, SILENT, FACT = "same", "differs", "silent", "fact"
_WORDS = {SAME: "agrees", DIFFERS: "differs", SILENT: "one side does not say", FACT: "not compared here"}

Line = tuple[Piece, ...]
Parser = Callable[[str | None], str | None]


@dataclass(frozen=True, slots=True)
class Row:
    """What both records say about one thing, each in lines; empty where a record says nothing."""

    label: str
    esmr: tuple[Line, ...]
    smarts: tuple[Line, ...]
    state: str

    @property
    def in_words(self) -> str:
        """The tint in words."""
        return _WORDS[self.state]


def compare_records(plant: EsmrFacility, listed: CrosswalkEntry | None, enrollment: SmartsEnrollment) -> list[Row]:
    """The rows about which either record says anything. `listed` is the plant in the CIWQS list, if it is there."""
    if listed is None:
        listed = CrosswalkEntry()
    address = " ".join(filter(None, (enrollment.site_address, enrollment.site_address_2)))
    region = plant.region_published or listed.region_published
    rows = [
        _by_words("Name", (plant.name, listed.name), enrollment.site_name),
        _by_words("Agency / operator", (listed.agency_name,), enrollment.operator_name),
        _by_words("Street address", (listed.address,), address),
        _by_value("City", listed.city, enrollment.site_city, parse_city),
        _by_value("ZIP code", listed.zip_code, enrollment.site_zip, parse_zip),
        _by_value(
            "County", listed.county_published, enrollment.site_county or enrollment.county_published, parse_county
        ),
        _by_value("Region", region, enrollment.region_published, parse_region),
        _facts("Ids", _esmr_ids(plant, listed), _smarts_ids(enrollment)),
        _facts("Industry", [], _industry(enrollment)),
        _facts("Enrolled", [], _enrolled(enrollment)),
    ]
    return [row for row in rows if row.esmr or row.smarts]


def _by_words(label: str, mine: tuple[str | None, ...], theirs: str | None) -> Row:
    """Names and addresses; of two names of the plant, the one that fits better says whether they agree."""
    texts = list(dict.fromkeys(text.strip() for text in mine if text and text.strip()))
    other = (theirs or "").strip()
    lines = tuple(mark_differences(text, other) for text in texts)
    marked = mark_differences(other, *texts) if other else ()
    if not texts or not other:
        state = SILENT
    else:
        agrees = any(_agrees(line) for line in lines) and _agrees(marked)
        state = SAME if agrees else DIFFERS
    return Row(label, lines, (marked,) if marked else (), state)


def _agrees(line: Line) -> bool:
    return not any(piece.differs for piece in line)


def _by_value(label: str, mine: str | None, theirs: str | None, parse: Parser) -> Row:
    """What agrees or not as a whole; a region without an office agrees with any of its offices."""
    one, other = parse(mine), parse(theirs)
    if one is None or other is None:
        state = SILENT
    else:
        state = SAME if one == other or (parse is parse_region and _is_wider(one, other)) else DIFFERS
    return Row(label, _plain(mine), _plain(theirs), state)


def _is_wider(one: str, other: str) -> bool:
    return len(min(one, other, key=len)) == 1 and one[0] == other[0]


def _facts(label: str, mine: list[str], theirs: list[str]) -> Row:
    """What cannot be compared."""
    return Row(
        label,
        tuple(line for text in mine for line in _plain(text)),
        tuple(line for text in theirs for line in _plain(text)),
        FACT,
    )


def _plain(text: str | None) -> tuple[Line, ...]:
    return ((Piece(text.strip(), differs=False),),) if text and text.strip() else ()


def _esmr_ids(plant: EsmrFacility, listed: CrosswalkEntry) -> list[str]:
    ids = [f"place id {plant.place_id}"]
    if listed.npdes_number:
        ids.append(f"NPDES {listed.npdes_number}")
    if listed.ciwqs_wdid:
        ids.append(f"CIWQS WDID {listed.ciwqs_wdid} (no SMARTS WDID)")
    return ids


def _smarts_ids(enrollment: SmartsEnrollment) -> list[str]:
    return [f"WDID {enrollment.wdid or 'none'}", f"APP_ID {enrollment.app_id or 'none'}"]


def _industry(enrollment: SmartsEnrollment) -> list[str]:
    detail = getattr(enrollment, "industrial_detail", None)
    codes = (detail.primary_sic, detail.secondary_sic, detail.tertiary_sic) if detail else ()
    return [code for code in codes if code]


def _enrolled(enrollment: SmartsEnrollment) -> list[str]:
    lines = [f"{enrollment.get_program_display()}, {enrollment.status or 'status not said'}"]
    if enrollment.noi_processed_date:
        lines.append(f"notice of intent processed {enrollment.noi_processed_date:%Y-%m-%d}")
    if enrollment.not_effective_date:
        lines.append(f"ended {enrollment.not_effective_date:%Y-%m-%d}")
    if enrollment.total_size is not None:
        lines.append(f"{enrollment.total_size.normalize():f} {enrollment.total_size_unit or '(unit not said)'}")
    return lines
