"""All lists of the API, as they are served."""

from typing import Any

from stormwater.api.listing import Listing
from stormwater.overview.urls import urlpatterns

_VIEWS: dict[str, Any] = {str(pattern.name): getattr(pattern.callback, "cls", None) for pattern in urlpatterns}
LISTINGS: dict[str, Listing] = {
    name: view.listing
    for name, view in _VIEWS.items()
    if hasattr(view, "listing") and not name.endswith(("_row", "_slash")) and not view.listing.is_for_staff
}
# Datasets that have rows in the lists of one.
SLUGS = {"dataset_changes": "smarts_violations", "dataset_runs": "esmr"}


def address_of(listing: Listing) -> str:
    """The list's address."""
    address = listing.path
    for name, value in path_parts_of(listing).items():
        address = address.replace(f"<str:{name}>", value)
    return f"/api/{address}"


def path_parts_of(listing: Listing) -> dict[str, str]:
    """The variable parts of the list's address."""
    return {"slug": SLUGS[listing.name]} if listing.path_parts else {}


def every(names=LISTINGS):
    """For parametrize: the lists, by name."""
    return {"argvalues": [LISTINGS[name] for name in names], "ids": list(names)}
