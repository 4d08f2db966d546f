"""The words of the unified list: who says that something was found, and how it stands."""

ESMR_COMPUTED = "ESMR_COMPUTED"  # an exceedance computed from eSMR results
SMARTS_COMPUTED = "SMARTS_COMPUTED"  # an exceedance computed from stormwater samples
SMARTS_REGULATORY = "SMARTS_REGULATORY"  # a violation that the Water Boards recorded
COMPUTED = (ESMR_COMPUTED, SMARTS_COMPUTED)
SOURCES = (*COMPUTED, SMARTS_REGULATORY)

# How a computed exceedance stands. In other words than the record's `Violation`, `Potential` and `Dismissed`, so
# that no count by status adds up what the Water Boards said and what was computed.
STANDS = "Exceedance"
DISMISSED = "Exceedance dismissed"  # by staff, with the inputs that it has now

# Statuses of the record, which are counted apart.
ON_RECORD, POTENTIAL, DISMISSED_BY_BOARD = "Violation", "Potential", "Dismissed"

# What the counts of a dashboard have beside the sources of the list.
ENFORCEMENT, INSPECTION = "ENFORCEMENT", "INSPECTION"
EVENTS = (ENFORCEMENT, INSPECTION)
