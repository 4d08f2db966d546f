"""What the lists of samples of both systems have in common."""

from monitoring.selectors import of_parameter
from stormwater.api.filters import OPEN_RANGE, SOME, Filter, Narrowing
from stormwater.api.row_fields import Kind, RowField

MEASURED = (
    RowField("parameter", "parameter__name", Kind.TEXT, "Parameter as published", is_nullable=False),
    RowField("unit", "unit__name", Kind.TEXT, "Unit as published"),
    RowField("method_code", "method__code", Kind.TEXT, "Code of the analytical method as published"),
)
SAMPLE_FILTERS = (
    Filter(
        "parameter",
        "Parameter exactly as published, such as Zinc, Total",
        condition=of_parameter,
        narrows=Narrowing.IN_ORDER,
    ),
    Filter("result", "Result in the published unit", "result", Kind.NUMBER, OPEN_RANGE),
    Filter("qualifier", "Result qualifier as published: =, <, ND, DNQ", path="qualifier", lookups=SOME),
    Filter("unit", "Unit as published", path="unit__name", lookups=SOME),
)
SAMPLES_DESCRIPTION = (
    "Without filters, or with those that keep to whole files, rows come in the order of their numbers; with a filter "
    "that narrows them they come by date. Other filters need a narrowing one beside them."
)
