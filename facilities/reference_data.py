"""Facts about the Water Boards' regions and California's counties, for the migrations that load them."""

REGIONS = {
    "1": "North Coast",
    "2": "San Francisco Bay",
    "3": "Central Coast",
    "4": "Los Angeles",
    "5": "Central Valley (office not stated)",
    "5F": "Central Valley, Fresno",
    "5R": "Central Valley, Redding",
    "5S": "Central Valley, Sacramento",
    "6": "Lahontan (office not stated)",
    "6A": "Lahontan, South Lake Tahoe",
    "6B": "Lahontan, Victorville",
    "7": "Colorado River Basin",
    "8": "Santa Ana",
    "9": "San Diego",
    "SB": "State Water Board",
}

# In alphabetical order: a county's number, as in a WDID, is its place in this list. Its federal
# code is the state's 06 and the odd number 2 x place - 1.
COUNTIES = (
    "Alameda", "Alpine", "Amador", "Butte", "Calaveras", "Colusa", "Contra Costa", "Del Norte", "El Dorado", "Fresno",
    "Glenn", "Humboldt", "Imperial", "Inyo", "Kern", "Kings", "Lake", "Lassen", "Los Angeles", "Madera", "Marin",
    "Mariposa", "Mendocino", "Merced", "Modoc", "Mono", "Monterey", "Napa", "Nevada", "Orange", "Placer", "Plumas",
    "Riverside", "Sacramento", "San Benito", "San Bernardino", "San Diego", "San Francisco", "San Joaquin",
    "San Luis Obispo", "San Mateo", "Santa Barbara", "Santa Clara", "Santa Cruz", "Shasta", "Sierra", "Siskiyou",
    "Solano", "Sonoma", "Stanislaus", "Sutter", "Tehama", "Trinity", "Tulare", "Tuolumne", "Ventura", "Yolo", "Yuba",
)  # fmt: skip
