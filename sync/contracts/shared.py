"""What several contracts have in common."""

from sync.contracts.base import Column, Kind

SMARTS_PACKAGE = "stormwater-regulatory-including-enforcement-actions-information-and-water-quality-results"

# The facility as the publisher joins it in from the facility files on (APP_ID, WDID): as it is
# on the day of the export, not on the day of the event, and empty for an orphan.
PLACE_COLUMNS = (
    Column("PLACE_NAME", field="place_name", joined=True),
    Column("PLACE_ADDRESS", field="place_address", joined=True),
    Column("PLACE_ADDRESS_2", field="place_address_2", joined=True),
    Column("PLACE_CITY", field="place_city", joined=True),
    Column("PLACE_STATE", field="place_state", joined=True),
    Column("PLACE_ZIP", field="place_zip", joined=True),
    Column("PLACE_LATITUDE", Kind.LATITUDE, "place_latitude", joined=True),
    Column("PLACE_LONGITUDE", Kind.LONGITUDE, "place_longitude", joined=True),
    Column("PLACE_COUNTY", field="place_county", joined=True),
    Column("PLACE_TOTAL_SIZE", Kind.NUMERIC, "place_total_size", joined=True),
    Column("PLACE_TOTAL_SIZE_UNIT", field="place_total_size_unit", joined=True),
    Column("RECEIVING_WATER_NAME", field="receiving_water_name", joined=True),
    Column("INDIRECTLY", Kind.FLAG, "discharges_indirectly", joined=True),
    Column("DIRECTLY", Kind.FLAG, "discharges_directly", joined=True),
)
