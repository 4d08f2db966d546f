"""Records normalized once, before they are compared many times."""

from dataclasses import dataclass

from facilities.matching.normalize_addresses import ParsedAddress, parse_address
from facilities.matching.normalize_names import WASTEWATER, ParsedName, ParsedOperator, parse_name, parse_operator
from facilities.matching.normalize_places import (
    parse_city,
    parse_county,
    parse_region,
    parse_sic,
    parse_zip,
    usable_point,
)
from facilities.matching.records import EnrollmentRecord, EsmrRecord
from facilities.matching.vocabulary import SEWAGE_SIC

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PreparedEsmr:
    """An eSMR facility as the comparisons read it."""

    record: EsmrRecord
    names: tuple[ParsedName, ...]  # its own, and the crosswalk's where that is another
    agency: ParsedOperator | None
    address: ParsedAddress | None
    city: str | None
    zip_code: str | None
    county: str | None
    region: str | None
    point: Point | None
    outfall: Point | None
    place_words: frozenset[str]  # of city and county
    context_words: frozenset[str]  # of everything but the name: agency, city, county, street
    initials: frozenset[str]  # of its names and of its agency
    kinds: frozenset[str]  # kinds of site that its names state


@dataclass(frozen=True, slots=True)
class PreparedEnrollment:
    """An enrollment as the comparisons read it."""

    record: EnrollmentRecord
    name: ParsedName | None
    operator: ParsedOperator | None
    address: ParsedAddress | None
    second_address: ParsedAddress | None
    city: str | None
    zip_code: str | None
    county: str | None
    region: str | None
    point: Point | None
    sic: frozenset[str]
    place_words: frozenset[str]
    context_words: frozenset[str]

    def all_initials(self) -> frozenset[str]:
        """Initials of its name and of its operator."""
        return frozenset().union(
            self.name.initials if self.name else (), self.operator.initials if self.operator else ()
        )

    @property
    def is_wastewater(self) -> bool:
        """Whether its code or its name says that it is a wastewater plant."""
        return SEWAGE_SIC in self.sic or (self.name is not None and WASTEWATER in self.name.kinds)


def prepare_esmr(record: EsmrRecord) -> PreparedEsmr:
    """Normalizes an eSMR facility."""
    texts = dict.fromkeys(text for text in (record.name, record.crosswalk_name) if text)
    names = tuple(name for name in map(parse_name, texts) if name)
    agency = parse_operator(record.agency)
    address = parse_address(record.address)
    city, county = parse_city(record.city), parse_county(record.county)
    places = _words(city, county)
    return PreparedEsmr(
        record=record,
        names=names,
        agency=agency,
        address=address,
        city=city,
        zip_code=parse_zip(record.zip_code),
        county=county,
        region=parse_region(record.region),
        point=usable_point(record.latitude, record.longitude),
        outfall=usable_point(record.location_latitude, record.location_longitude),
        place_words=places,
        context_words=places | _context(agency, address),
        initials=frozenset[str]().union(*(name.initials for name in names), agency.initials if agency else ()),
        kinds=frozenset[str]().union(*(name.kinds for name in names)),
    )


def prepare_enrollment(record: EnrollmentRecord) -> PreparedEnrollment:
    """Normalizes an enrollment."""
    name, operator = parse_name(record.name), parse_operator(record.operator)
    address, second = parse_address(record.address), parse_address(record.address_2)
    city, county = parse_city(record.city), parse_county(record.county)
    places = _words(city, county)
    return PreparedEnrollment(
        record=record,
        name=name,
        operator=operator,
        address=address if address and address.street else second or address,
        second_address=second,
        city=city,
        zip_code=parse_zip(record.zip_code),
        county=county,
        region=parse_region(record.region),
        point=usable_point(record.latitude, record.longitude),
        sic=parse_sic(record.sic_codes),
        place_words=places,
        context_words=places | _context(operator, address) | _context(None, second),
    )


def _words(*texts: str | None) -> frozenset[str]:
    return frozenset(word for text in texts if text for word in text.split())


def _context(operator: ParsedOperator | None, address: ParsedAddress | None) -> frozenset[str]:
    """Words of an operator and of the streets."""
    streets = address.streets if address else ()
    return frozenset(operator.words if operator else ()).union(*streets)
