"""Comparisons of addresses, distances, cities, counties and regions.

Values as in `compare_names`: -1..1, or None where a side says nothing.
"""

from facilities.matching.normalize_addresses import ParsedAddress
from facilities.matching.normalize_places import distance_km
from facilities.matching.normalize_words import likeness
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr

Compared = tuple[float | None, str]

# (up to km, value): a quarter of the crosswalk's coordinates is off by more than 1 km, and SMARTS has
# wrong ones too, so that a long way says little until it is very long.
DISTANCE_STEPS = ((0.15, 1.0), (0.5, 0.9), (1.0, 0.7), (2.0, 0.35), (4.0, 0.0), (8.0, -0.3), (16.0, -0.6), (40.0, -0.8))
_NEAR_NUMBERS = 0.1  # share by which house numbers of one site may differ


def compare_addresses(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """Street addresses.

    Value: 1 same number and street, 0.5 a close or transposed number or the same address in another town, 0.4 the
    same street without a number, 0.2 its other side (N against S), -0.2 the same street far along, -1 another street.
    Missing: either side has only a PO box, or nothing.
    """
    mine = esmr.address
    theirs = [address for address in (enrollment.address, enrollment.second_address) if address and address.street]
    if mine is None or not mine.street or not theirs:
        return None, "a street address is not known"
    best = max((_address_value(mine, address) for address in theirs), key=lambda compared: compared[0])
    if best[0] > 0.5 and not _same_town(esmr, enrollment):
        return 0.5, f"{best[1]}, but in another town"
    return best


def _address_value(mine: ParsedAddress, theirs: ParsedAddress) -> tuple[float, str]:
    """Value and sentence of two addresses that name streets."""
    street = max(_street_likeness(one, other) for one in mine.streets for other in theirs.streets)
    if street == 0:
        return -1.0, f"other street ({mine.text} / {theirs.text})"
    if mine.number is None or theirs.number is None:
        return 0.4 * street, f"same street, a number is missing ({' '.join(mine.street)})"
    opposite = mine.direction is not None and theirs.direction is not None and mine.direction != theirs.direction
    if mine.number == theirs.number and not opposite:
        exact = street if mine.suffix is None or theirs.suffix is None or mine.suffix == theirs.suffix else 0.9 * street
        return exact, f"same address ({mine.number} {' '.join(mine.street)})"
    if opposite:
        return 0.2, f"same street, but {mine.direction} against {theirs.direction}"
    if close_numbers(mine.number, theirs.number):
        return 0.5 * street, f"same street, close numbers ({mine.number} / {theirs.number})"
    return -0.2, f"same street, other number ({mine.number} / {theirs.number})"


def _street_likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """1 for the same words, less for misspelled or missing ones, 0 for another street."""
    if one == other:
        return 1.0
    if "hwy" in one[:1] + other[:1] or any(word.isdigit() for word in one + other):
        return 0.0
    if len(one) == len(other):
        return min(likeness(mine, theirs) for mine, theirs in zip(one, other, strict=True))
    shorter, longer = sorted((one, other), key=len)
    same = all(any(likeness(word, known) >= 0.9 for known in longer) for word in shorter)
    return 0.8 if same and len(longer) - len(shorter) == 1 else 0.0


def close_numbers(one: int, other: int) -> bool:
    """Whether house numbers are transposed or within a tenth of each other."""
    if sorted(str(one)) == sorted(str(other)) and len(str(one)) >= 3:
        return True
    return abs(one - other) <= _NEAR_NUMBERS * max(one, other)


def _same_town(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> bool:
    """Whether the towns agree as far as they are known."""
    if esmr.zip_code and esmr.zip_code == enrollment.zip_code:
        return True
    if esmr.city and enrollment.city and esmr.city != enrollment.city:
        return bool(esmr.zip_code and enrollment.zip_code and esmr.zip_code[:3] == enrollment.zip_code[:3])
    return True


def compare_distance(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """Distance of the coordinates in kilometres, graded: 1 up to 150 m, 0 at 2 to 4 km, -1 over 40 km.

    From an outfall alone, half: it can lie kilometres from the gate, and only nearness tells much.
    Missing: a coordinate is absent or outside California.
    """
    if enrollment.point is not None and esmr.point is not None:
        away = distance_km(esmr.point, enrollment.point)
        return distance_value(away), f"{describe_distance(away)} apart"
    if enrollment.point is None or esmr.outfall is None:
        return None, "coordinates are not known"
    away = distance_km(esmr.outfall, enrollment.point)
    return 0.5 * distance_value(away), f"{describe_distance(away)} from where its discharge is monitored"


def distance_value(away_km: float) -> float:
    """Graded value of a distance."""
    return next((value for limit, value in DISTANCE_STEPS if away_km <= limit), -1.0)


def describe_distance(away_km: float) -> str:
    """A distance for a sentence."""
    return f"{away_km * 1000:.0f} m" if away_km < 1 else f"{away_km:.1f} km"


def compare_cities(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """City or ZIP code: 1 the same, 0.5 the same ZIP with another city's name, -1 neither.

    A rural plant may write its post town. Missing: a side has no city.
    """
    if esmr.city is None or enrollment.city is None:
        return None, "a city is not known"
    if esmr.city == enrollment.city or likeness(esmr.city.replace(" ", ""), enrollment.city.replace(" ", "")) >= 0.9:
        return 1.0, f"same city ({esmr.record.city})"
    if esmr.zip_code and esmr.zip_code == enrollment.zip_code:
        return 0.5, f"same ZIP code ({esmr.zip_code}), other city's name"
    return -1.0, f"other city ({esmr.record.city} / {enrollment.record.city})"


def compare_counties(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """County: 1 the same, -1 another. Missing: a side has none."""
    if esmr.county is None or enrollment.county is None:
        return None, "a county is not known"
    if esmr.county == enrollment.county:
        return 1.0, f"same county ({esmr.record.county})"
    return -1.0, f"other county ({esmr.record.county} / {enrollment.record.county})"


def compare_regions(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """Water Board region: 1 the same, 0 another office of one region, -1 another region.

    Where one side names no office, the digit decides. Missing: a side has none.
    """
    if esmr.region is None or enrollment.region is None:
        return None, "a region is not known"
    if esmr.region[0] != enrollment.region[0]:
        return -1.0, f"other region ({esmr.region.upper()} / {enrollment.region.upper()})"
    offices = {esmr.region[1:], enrollment.region[1:]} - {""}
    if len(offices) > 1:
        return 0.0, f"other office of one region ({esmr.region.upper()} / {enrollment.region.upper()})"
    return 1.0, f"same region ({enrollment.region.upper()})"
