"""The samples of a few units, each looked up by itself: what a sync has changed is a hundredth of all."""


def samples_of(units: str, alias: str, table: str, *, discharger: str, day: str, days: int) -> tuple[str, str]:
    """FROM items of units (w), the names of their pollutants (a), and the samples (s) found through the series' index.

    Two: of the units that have a period, and of those that are of what has no date. `units` is a FROM item with the
    discharger, pollutant_id and bucket; a unit lasts `days` at most from its bucket on. Whether a sample of these
    days is of the unit is still to be asked. To be planned with `joined_as_written`: in another order, the planner goes
    through all samples of all years for them.
    """
    named = f"""
        {units} w JOIN {alias} a ON a.pollutant_id = w.pollutant_id
        JOIN {table} s ON s.{discharger} = w.{discharger} AND s.parameter_id = a.parameter_id
    """
    return (
        f"{named} AND s.{day} BETWEEN w.bucket AND w.bucket + {days - 1}",
        f"{named} AND s.{day} IS NULL AND w.bucket IS NULL",
    )
