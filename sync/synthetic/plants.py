"""Wastewater plants: the eSMR side of the world, and how SMARTS spells the same sites."""

from dataclasses import dataclass, replace
from functools import lru_cache

from sync.synthetic import sites, words
from sync.synthetic.sites import Site
from sync.synthetic.streams import stream

_SIC = "4952-Sewerage Systems"
_ESMR_NAMES = (
    "{} WWTP", "{} Wastewater Treatment Plant", "City of {} WPCP", "{} Water Reclamation Facility", "{} WWTF",
    "{} Sanitary District WWTP", "City of {} WWTP", "{} Regional Plant",
)  # fmt: skip
_SMARTS_NAMES = (
    "City of {} Wastewater Treatment Plant", "{} City Wwtp", "{} Waste Water Treatment Plt", "{} Wwtp",
    "{} Water Pollution Control", "{} WWTF & Reclamation Facility", "Wastewater Treatment Plant",
    "{} San Dist Treatment Plant",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plant:
    """An NPDES permittee's plant: `site` as eSMR names it, `smarts_site` as SMARTS does."""

    index: int
    place_id: int
    town: str
    site: Site
    smarts_site: Site  # the same place; the coordinates may be off


def is_sister(index: int) -> bool:
    """Whether the plant is the next one's sister, or the one before: Plant No. 2 and Plant No. 3."""
    return index % 10 in {6, 7}


@lru_cache(maxsize=4096)
def plant(seed: int, index: int) -> Plant:
    """The plant of this number."""
    rng = stream(seed, "plant", index)
    if index % 10 == 7:
        first = plant(seed, index - 1)
        town = first.town
        site = replace(first.site, address=words.street_address(rng)).moved(rng, rng.uniform(1, 6))
    else:
        town = words.stem(rng)
        site = sites.place(rng, name="", operator=f"City of {town}", sic=_SIC)
    form = rng.randrange(len(_ESMR_NAMES))
    name, smarts_name = _ESMR_NAMES[form].format(town), _SMARTS_NAMES[rng.randrange(len(_SMARTS_NAMES))].format(town)
    if is_sister(index):
        kept = index % 10 - 4
        name, smarts_name = f"{town} Plant No. {kept}", f"{town} Wastewater Treatment Plant No {kept}"
    elif index % 10 == 4:
        name = f"Ca\u00c3\u00b1ada {name}"  # mojibake of an n with tilde, as eSMR has it
    elif index % 10 == 9:
        name = f"{name}, Ocean Outfall"
    smarts_site = replace(site, name=smarts_name).moved(rng, rng.choice((0, 0, 0.1, 0.6, 7.5)))
    return Plant(index, 200_011 + 3 * index, town, replace(site, name=name), smarts_site)
