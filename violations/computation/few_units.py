"""The samples of a few units, each looked up by itself: what a sync has changed is a hundredth of all."""


def samples_of(units: str, alias: str, table: str, *, discharger: str, day: str, days: int) -> str:
    """FROM item of units (w), the names of their pollutants (a), and the samples (s) found through the series' index.

    `units` is a FROM item with the discharger, pollutant_id and bucket; a unit lasts `days` at most from its bucket
    on, and without one it is of what has no date. Whether a sample of these days is of the unit is still to be
    asked. Joined in the ordinary way, the planner goes through all samples of all years for them.
    """
    found = f"SELECT x.* FROM {table} x WHERE x.{discharger} = w.{discharger} AND x.parameter_id = a.parameter_id"
    return f"""
        {units} w JOIN {alias} a ON a.pollutant_id = w.pollutant_id
        CROSS JOIN LATERAL (
            {found} AND x.{day} BETWEEN w.bucket AND w.bucket + {days - 1}
            UNION ALL
            {found} AND x.{day} IS NULL AND w.bucket IS NULL
            OFFSET '0'
        ) AS s
    """
