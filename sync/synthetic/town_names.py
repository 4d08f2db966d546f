"""Towns of nobody: invented names, as many as a state has, and as unlike each other.

The names of towns are what plants and enrollments of a region meet by, so a world with a few large cities only
would compare every plant with hundreds of neighbors that no real plant has.
"""

# The numbers of onsets, of middles, of endings and of landmarks have no common divisor,
# so that counting through all of them at once repeats no name for long.
_ONSETS = (
    "B", "Br", "C", "Cl", "D", "Dr", "F", "Fl", "G", "Gr", "H", "J", "K", "L", "M", "N", "P", "Pr", "R", "S", "St",
    "T", "Th", "Tr", "V", "W", "Wh", "Y", "Z",
)  # fmt: skip
_MIDDLES = (
    "abbe", "acken", "aldo", "anner", "arlo", "asco", "aver", "edda", "eggen", "ellen", "ember", "enna", "erro",
    "esco", "ettle", "iddle", "iggo", "illo", "imber", "indo", "ippen", "irra", "isso", "oben", "odder", "olla",
    "omba", "onna", "orro", "osca", "otter", "udda", "ulla", "umber", "unna", "urri", "usco",
)  # fmt: skip
_ENDINGS = (
    "bury", "crest", "dale", "field", "ford", "haven", "mont", "port", "side", "ton", "vale", "view", "wood",
)  # fmt: skip
_LANDMARKS = (
    "Valley", "City", "Lake", "Beach", "Park", "Springs", "Hills", "Creek", "Grove", "Point", "Mountain", "Landing",
    "Heights", "Bay", "Island", "Center", "Camp",
)  # fmt: skip
_WITH_LANDMARK = 3  # one town in so many has a second word, as one in three of the published cities has
MOST_TOWNS = len(_ONSETS) * len(_MIDDLES)  # with a root of their own


def invented_name(number: int) -> str:
    """The name of the town of this number, the same in every world.

    Below MOST_TOWNS, no two begin alike up to the ending or the landmark.
    """
    root = _ONSETS[number % len(_ONSETS)] + _MIDDLES[number % len(_MIDDLES)]
    if number % _WITH_LANDMARK == 0:
        return f"{root} {_LANDMARKS[number % len(_LANDMARKS)]}"
    return root + _ENDINGS[number % len(_ENDINGS)]
