"""All lists of the API, as they are served."""

from stormwater.api.listing import Listing
from stormwater.overview.urls import urlpatterns

LISTINGS: dict[str, Listing] = {
    pattern.name: pattern.callback.cls.listing
    for pattern in urlpatterns
    if hasattr(getattr(pattern.callback, "cls", None), "listing") and not pattern.name.endswith(("_row", "_slash"))
}
# Values for the variable parts of addresses.
PATH_PARTS = {"slug": "smarts_violations"}


def address_of(listing: Listing) -> str:
    """The list's address."""
    address = listing.path
    for name in listing.path_parts:
        address = address.replace(f"<str:{name}>", PATH_PARTS[name])
    return f"/api/{address}"


def path_parts_of(listing: Listing) -> dict[str, str]:
    """The variable parts of the list's address."""
    return {name: PATH_PARTS[name] for name in listing.path_parts}


def every(names=LISTINGS):
    """For parametrize: the lists, by name."""
    return {"argvalues": [LISTINGS[name] for name in names], "ids": list(names)}
