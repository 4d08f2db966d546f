"""The place that the publisher joins into violations, enforcement actions and inspections."""

PLACE_SECTION = (
    "Place, as the publisher joins it in from the facility files",
    (
        "place_name",
        "place_address",
        "place_address_2",
        "place_city",
        "place_state",
        "place_zip",
        "place_county",
        "place_latitude",
        "place_longitude",
        "place_total_size",
        "place_total_size_unit",
        "receiving_water_name",
        "discharges_directly",
        "discharges_indirectly",
    ),
)
