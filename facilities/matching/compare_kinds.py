"""Comparisons of what a site is: words of its name, and its industry code."""

from facilities.matching.normalize_names import WASTEWATER
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.vocabulary import NEAR_SEWAGE_SIC, SEWAGE_SIC

Compared = tuple[float | None, str]


def compare_kinds(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """Kinds of site that the names state: 1 a common one, -1 only other ones.

    Missing: a name states no kind.
    """
    mine = esmr.kinds
    theirs = enrollment.name.kinds if enrollment.name else frozenset[str]()
    if not mine or not theirs:
        return None, "a name does not say what the site is"
    common = mine & theirs
    if common:
        return 1.0, f"both are a {' and '.join(sorted(common))}"
    return -1.0, f"{' and '.join(sorted(mine))} against {' and '.join(sorted(theirs))}"


def compare_industry(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """Industry code of the enrollment, for a wastewater plant.

    Value: 1 SIC 4952, -0.4 a code that such plants are sometimes filed under, -1 another industry.
    Missing: no code, or an eSMR facility that is no wastewater plant by its name and the code is not 4952.
    """
    if not enrollment.sic:
        return None, "no industry code"
    code = ", ".join(sorted(enrollment.sic))
    if SEWAGE_SIC in enrollment.sic:
        return 1.0, f"industry code {SEWAGE_SIC}, sewage systems"
    if WASTEWATER not in esmr.kinds:
        return None, f"industry code {code} says nothing of this kind of facility"
    if enrollment.sic & NEAR_SEWAGE_SIC:
        return -0.4, f"industry code {code}, under which some plants are filed"
    return -1.0, f"industry code {code}, another industry"
