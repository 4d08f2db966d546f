"""Which lists the API has."""

from stormwater.api.listing import Listing


def public_listings() -> list[Listing]:
    """Every list that anyone may read, with an address without a variable part, in the order of addresses."""
    from stormwater.overview import urls  # noqa: PLC0415 - the addresses name views that need this module

    found: dict[str, Listing] = {}
    for pattern in urls.urlpatterns:
        listing: Listing | None = getattr(getattr(pattern.callback, "cls", None), "listing", None)
        if listing is not None and not listing.is_for_staff and not listing.path_parts:
            found.setdefault(listing.name, listing)
    return list(found.values())
