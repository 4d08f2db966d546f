"""What a release says of itself: the data dictionary, and how its files are read."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from stormwater.api.listing import Listing
from stormwater.api.meta import ATTRIBUTION, DISCLAIMER, LICENCE
from stormwater.api.row_fields import Kind

COLUMNS = ("file", "position", "column", "type", "is_nullable", "meaning")
_TYPES = {
    Kind.TEXT: "text",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.FLAG: "true or false",
    Kind.DATE: "date (ISO 8601)",
    Kind.TIMESTAMP: "time (ISO 8601, with offset)",
    Kind.TEXTS: "JSON array of texts",
    Kind.INTEGERS: "JSON array of whole numbers",
}


def dictionary_lines(listings: Sequence[Listing], name_of: Callable[[Listing], str]) -> Iterator[str]:
    """The data dictionary as lines of CSV: each column of each file, in its place, with type and meaning."""
    yield _line(COLUMNS)
    for listing in listings:
        for position, field in enumerate(listing.fields, start=1):
            is_nullable = "true" if field.is_nullable else "false"
            yield _line(
                (
                    name_of(listing),
                    position,
                    field.name,
                    _TYPES[field.kind],
                    is_nullable,
                    " ".join(field.description.split()),
                )
            )


def readme(data_version: str, taken_at: datetime) -> str:
    """How the files are read, and what may be done with them."""
    return f"""Stormwater Watch: public data

Taken at {taken_at.isoformat()}, data version {data_version}: all files are of this one moment.

*.csv.gz             one table each: UTF-8, comma, a header, a line feed at the end of a row
data_dictionary.csv  every column of every table: its type and its meaning
manifest.json        rows, sizes and checksums of the tables, how fresh each dataset is, data versions
SHA256SUMS           checksums of all files: sha256sum --check SHA256SUMS

Nothing between two commas is null; "" is an empty text. Texts are in quotes; numbers, dates and flags never are. A
text that a spreadsheet could take for a formula begins with an apostrophe, and so does one that began with an
apostrophe: take one off the front of a text, and you have what was published.

Licence      {LICENCE}
Attribution  {ATTRIBUTION}
Disclaimer   {DISCLAIMER}
"""


def _line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
