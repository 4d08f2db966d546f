"""Names of nobody: invented stems and generic words, put together."""

from random import Random

_ONSETS = (
    "Bel", "Bran", "Cal", "Cor", "Dar", "Del", "Dor", "El", "Fal", "Fen", "Gar", "Hal", "Har", "Jas", "Kel", "Kes",
    "Lor", "Mar", "Mel", "Mor", "Nor", "Or", "Pal", "Per", "Quin", "Ral", "Ros", "Sal", "Ser", "Tal", "Tor", "Val",
    "Vel", "Ver", "Wen", "Zan",
)  # fmt: skip
_ENDINGS = (
    "adane", "amont", "andra", "arien", "aston", "avale", "elda", "emar", "endo", "erin", "esta", "evane", "idan",
    "illan", "imora", "inard", "ista", "ivern", "odale", "olina", "omar", "ondra", "orin", "ovane", "uela", "undo",
)  # fmt: skip
# As many words as a state needs for its names: with a thousand, every town would share its own with a hundred firms.
_MIDDLES = ("", "ad", "am", "av", "el", "en", "erm", "in", "ist", "ol", "ond", "or", "ur")
TRADES = (
    ("Auto Dismantling", "5015-Motor Vehicle Parts, Used"),
    ("Metal Recycling", "5093-Scrap and Waste Materials"),
    ("Trucking", "4213-Trucking, Except Local"),
    ("Winery", "2084-Wines, Brandy, and Brandy Spirits"),
    ("Warehouse", "4225-General Warehousing and Storage"),
    ("Ready Mix", "3273-Ready-Mixed Concrete"),
    ("Landfill", "4953-Refuse Systems"),
    ("School Bus Yard", "4151-School Buses"),
    ("Plating", "3471-Electroplating, Plating, Polishing, Anodizing, and Coloring"),
    ("Sand and Gravel", "1442-Construction Sand and Gravel"),
    ("Plastics", "3089-Plastics Products, NEC"),
    ("Dairy", "0241-Dairy Farms"),
    ("Machining", "3599-Industrial and Commercial Machinery and Equipment, NEC"),
    ("Foundry", "3321-Gray and Ductile Iron Foundries"),
    ("Packing Shed", "2033-Canned Fruits, Vegetables, Preserves, Jams, and Jellies"),
    ("Boat Yard", "3732-Boat Building and Repairing"),
    ("Composting", "2875-Fertilizers, Mixing Only"),
    ("Lumber", "2421-Sawmills and Planing Mills, General"),
)
COMPANY_FORMS = ("Inc", "LLC", "Corp", "Co", "Company", "Industries", "Group", "")
_STREETS = ("Mill", "Harbor", "Depot", "Orchard", "Foundry", "Canal", "Ranch", "Quarry", "Airport", "Railroad", "Levee")
_STREET_FORMS = ("St", "Ave", "Rd", "Blvd", "Way", "Dr")
_WATERS = ("Creek", "River", "Slough", "Wash", "Canal", "Bay", "Storm Drain", "Marsh")
_PROJECTS = (
    "Tract", "Apartments", "Shopping Center", "Elementary School", "Road Widening", "Pipeline", "Solar Farm",
    "Distribution Center", "Subdivision", "Medical Office", "Bridge Replacement", "Storage",
)  # fmt: skip


def stem(rng: Random) -> str:
    """An invented word that could be a name of a place or of a firm."""
    return rng.choice(_ONSETS) + rng.choice(_MIDDLES) + rng.choice(_ENDINGS)


def street_address(rng: Random) -> str:
    """A house number and street."""
    return f"{rng.randrange(100, 19_999)} {rng.choice(_STREETS)} {rng.choice(_STREET_FORMS)}"


def water_name(rng: Random) -> str:
    """A receiving water."""
    return f"{stem(rng)} {rng.choice(_WATERS)}"


def project_name(rng: Random) -> str:
    """A construction project."""
    kind = rng.choice(_PROJECTS)
    return f"{stem(rng)} {kind} {rng.randrange(1000, 39_999)}" if kind == "Tract" else f"{stem(rng)} {kind}"
