"""From rows to the body of an answer: plain JSON, and GeoJSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from stormwater.api.list_query import RowQuery
from stormwater.api.listing import Listing
from stormwater.api.reading import Page


def add_includes(look: RowQuery, rows: Sequence[dict[str, Any]], numbers: Sequence[int]) -> None:
    """Put what `include=` asks for into the rows; one round per include, whatever the number of rows."""
    for include in look.includes:
        found = include.load(numbers) if numbers else {}
        for row, number in zip(rows, numbers, strict=True):
            row[include.name] = found.get(number, include.empty)


def as_list(page: Page, links: Mapping[str, str | None], count: Mapping[str, Any] | None, meta: Any) -> dict[str, Any]:
    """A page as plain JSON."""
    counted = {} if count is None else {"count": count}
    return {"results": page.rows, **links, **counted, "meta": meta}


def as_feature_collection(
    listing: Listing, page: Page, links: Mapping[str, str | None], count: Mapping[str, Any] | None, meta: Any
) -> dict[str, Any]:
    """A page as GeoJSON; links, count and meta are foreign members, as RFC 7946 has it."""
    features = [
        as_feature(listing, row, number, *place)
        for row, number, place in zip(page.rows, page.numbers, page.places, strict=True)
    ]
    counted = {} if count is None else {"count": count}
    return {"type": "FeatureCollection", "features": features, **links, **counted, "meta": meta}


def as_feature(
    listing: Listing, row: dict[str, Any], number: int, latitude: float | None, longitude: float | None
) -> dict[str, Any]:
    """A row as a GeoJSON feature; GeoJSON has the longitude first."""
    is_placed = latitude is not None and longitude is not None
    return {
        "type": "Feature",
        "id": row.get(listing.key or "id", number),
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]} if is_placed else None,
        "properties": row,
    }
