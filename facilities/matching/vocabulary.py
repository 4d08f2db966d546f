"""Words of the trade: abbreviations, and words that say what a thing is but not which one it is.

Generic vocabulary only; how rare a word is among the records at hand is counted at run time.
"""


def as_words(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


# One written word, as a tuple of full words. Class abbreviations of plants first.
ABBREVIATIONS: dict[str, tuple[str, ...]] = {
    short: tuple(full.split())
    for short, full in {
        "wwtp": "wastewater treatment plant",
        "wwtps": "wastewater treatment plant",
        "wwtf": "wastewater treatment facility",
        "wwtfs": "wastewater treatment facility",
        "wwt": "wastewater treatment",
        "wwta": "wastewater treatment",
        "wwts": "wastewater treatment",
        "wwf": "wastewater facility",
        "wwrf": "wastewater reclamation facility",
        "wwrp": "wastewater reclamation plant",
        "wwr": "wastewater reclamation",
        "wtp": "treatment plant",  # drinking water or wastewater: said by neither
        "wtf": "treatment facility",
        "wtfs": "treatment facility",
        "tp": "treatment plant",
        "wrf": "water reclamation facility",
        "wrp": "water reclamation plant",
        "wrc": "water reclamation center",
        "wrcf": "water reclamation facility",
        "wrr": "water reclamation",
        "wrws": "water reclamation",
        "rwrf": "regional water reclamation facility",
        "rwrp": "regional water reclamation plant",
        "rwf": "recycled water facility",
        "rwqcp": "regional water quality control plant",
        "rwqcf": "regional water quality control facility",
        "wpcp": "water pollution control plant",
        "wpcf": "water pollution control facility",
        "wqcp": "water quality control plant",
        "wqcf": "water quality control facility",
        "wcf": "water control facility",
        "potw": "sewage treatment plant",
        "stp": "sewage treatment plant",
        "owts": "onsite wastewater treatment system",
        "st/lf": "septic tank",
        "lf": "leachfield",
        "ww": "wastewater",
        "wtr": "water",
        "mhp": "mobile home park",
        "mhv": "mobile home village",
        "mhc": "mobile home community",
        "hoa": "homeowners association",
        "mrf": "materials recovery facility",
        "csd": "community services district",
        "ccsd": "community services district",
        "pud": "public utility district",
        "mud": "municipal utility district",
        "mwd": "municipal water district",
        "cwd": "county water district",
        "iwd": "irrigation water district",
        "wwd": "wastewater district",
        "wd": "water district",
        "sd": "sanitation district",
        "csa": "county service area",
        "id": "irrigation district",
        "pwd": "public works department",
        "dpw": "public works department",
        "dwp": "water power department",
        "mwc": "mutual water company",
        "usd": "unified school district",
        "jpa": "joint powers authority",
        "uc": "university california",
        "ucd": "university california davis",
        "usn": "us navy",
        "usaf": "us air force",
        "afb": "air force base",
        "caltrans": "california transportation",
        "calfire": "california forestry",
        "cdf": "california forestry",
        "cdc": "california corrections",
        "cdcr": "california corrections rehabilitation",
        "ca": "california",
        "calif": "california",
        "cnty": "county",
        "cty": "county",
        "dept": "department",
        "dist": "district",
        "dis": "district",
        "distr": "district",
        "districts": "district",
        "div": "division",
        "auth": "authority",
        "agcy": "agency",
        "assn": "association",
        "assoc": "association",
        "comm": "commission",
        "comn": "commission",
        "cmnty": "community",
        "com": "community",
        "comty": "community",
        "svc": "services",
        "svcs": "services",
        "serv": "services",
        "ser": "services",
        "service": "services",
        "mun": "municipal",
        "muni": "municipal",
        "util": "utility",
        "utils": "utility",
        "utilities": "utility",
        "irrig": "irrigation",
        "irr": "irrigation",
        "reg": "regional",
        "regl": "regional",
        "region": "regional",
        "spec": "special",
        "fac": "facility",
        "facil": "facility",
        "facilities": "facility",
        "plt": "plant",
        "pl": "plant",
        "plants": "plant",
        "ctr": "center",
        "cntr": "center",
        "sta": "station",
        "stn": "station",
        "sys": "system",
        "systems": "system",
        "trtmt": "treatment",
        "trmt": "treatment",
        "trt": "treatment",
        "treat": "treatment",
        "treatmt": "treatment",
        "recl": "reclamation",
        "reclam": "reclamation",
        "recla": "reclamation",
        "recyc": "recycling",
        "recycle": "recycling",
        "recycled": "recycling",
        "rec": "reclamation",
        "sewerage": "sewage",
        "sanit": "sanitation",
        "san.": "sanitation",
        "sanitary": "sanitation",
        "disp": "disposal",
        "corp": "corporation",
        "co": "company",
        "inc": "incorporated",
        "mtn": "mountain",
        "mt": "mount",
        "st": "saint",
        "ft": "fort",
        "vly": "valley",
        "cyn": "canyon",
        "crk": "creek",
        "riv": "river",
        "lk": "lake",
        "spgs": "springs",
        "hts": "heights",
        "no": "number",
        "num": "number",
        "intl": "international",
        "univ": "university",
        "elem": "elementary",
        "hs": "high school",
        "sch": "school",
        "govt": "government",
        "natl": "national",
        "cal": "california",
        "sw": "stormwater",
        "indstw": "stormwater",
        "storrmwater": "stormwater",
        "n": "north",
        "s": "south",
        "e": "east",
        "w": "west",
        "so": "south",
        "pub": "public",
        "metro": "metropolitan",
        "ha": "housing authority",
        "wks": "works",
        "vlg": "village",
        "ests": "estates",
        "schools": "school",
        "camps": "camp",
    }.items()
}

# Words written apart that are one, or names with a usual short form.
PHRASES: dict[tuple[str, str], tuple[str, ...]] = {
    ("waste", "water"): ("wastewater",),
    ("storm", "water"): ("stormwater",),
    ("on", "site"): ("onsite",),
    ("la", "city"): ("los", "angeles", "city"),
    ("la", "county"): ("los", "angeles", "county"),
    ("la", "cnty"): ("los", "angeles", "county"),
    ("l", "a"): ("los", "angeles"),
    ("south", "sf"): ("south", "san", "francisco"),
    ("sf", "city"): ("san", "francisco", "city"),
    ("sf", "county"): ("san", "francisco", "county"),
    ("slo", "co"): ("san", "luis", "obispo", "county"),
    ("slo", "county"): ("san", "luis", "obispo", "county"),
    ("mobile", "park"): ("mobile", "home", "park"),
    ("corp", "yard"): ("corporation", "yard"),
    ("w", "d"): ("water", "district"),
    ("s", "d"): ("sanitation", "district"),
}

STOP_WORDS = as_words("of the and for at in on to by a an dba aka fka formerly new old")

# What plants are called.
PLANT_WORDS = as_words(
    """wastewater waste water treatment plant facility reclamation recycling sewage sewer pollution control quality
    system works disposal ponds pond onsite septic tank leachfield reclaimed resource resources recovery collection
    effluent outfall discharge main primary secondary industrial stormwater storm center campus site project complex
    station pump pumping lift spray field land npdes non wdr wdrs nonnpdes number unit phase reuse tertiary domestic
    municipal operations operation process processing subregional regional"""
)
# What organizations are called.
ORGANIZATION_WORDS = as_words(
    """city town village county district agency authority department division services utility public community
    special municipal sanitation irrigation water wastewater sewage sewerage commission association company
    corporation incorporated llc lp ltd llp incorporation bureau board office joint powers power state california us usa
    united states federal government area maintenance homeowners mutual property properties owners trust estate
    partners partnership group holdings management contract contractor environmental
    engineering not available nonfiler organization bldg works housing"""
)
# What other facilities with a discharge are called.
SITE_WORDS = as_words(
    """mobile home park trailer rv estates subdivision village villas manor residential housing apartments
    school elementary middle high union unified joint college hospital prison jail correctional
    conservation camp migrant labor club resort campground"""
)
GENERIC_WORDS = PLANT_WORDS | ORGANIZATION_WORDS | SITE_WORDS | STOP_WORDS
# Long class words that are worth recognizing when misspelled.
SPELLED_OUT = tuple(sorted(word for word in PLANT_WORDS | ORGANIZATION_WORDS if len(word) >= 8))

# Kind of an organization, from the words of its name.
OPERATOR_KINDS: dict[str, frozenset[str]] = {
    "city": frozenset({"city", "town", "village"}),
    "county": frozenset({"county"}),
    "district": frozenset({"district", "authority", "agency", "commission"}),
    "state": frozenset({"state", "california", "university"}),
    "federal": frozenset({"us", "usa", "federal", "navy", "army", "force"}),
    "company": frozenset({"company", "corporation", "incorporated", "llc", "lp", "ltd", "llp", "partners"}),
    "school": frozenset({"school", "college"}),
}

# Kind of a site, from the words of its name: all words of one of the sets.
SITE_KINDS: dict[str, tuple[frozenset[str], ...]] = {
    "wastewater plant": (
        frozenset({"wastewater"}),
        frozenset({"sewage"}),
        frozenset({"sewer"}),
        frozenset({"septic"}),
        frozenset({"water", "pollution"}),
        frozenset({"water", "quality"}),
        frozenset({"water", "reclamation"}),
        frozenset({"water", "recycling"}),
        frozenset({"treatment", "plant"}),
        frozenset({"treatment", "facility"}),
        frozenset({"treatment", "works"}),
    ),
    "drinking-water plant": (
        frozenset({"filtration"}),
        frozenset({"filter", "plant"}),
        frozenset({"conditioning"}),
        frozenset({"pure", "water"}),
        frozenset({"purification"}),
        frozenset({"desalination"}),
    ),
    "pump station": (
        frozenset({"pump", "station"}),
        frozenset({"pumping"}),
        frozenset({"lift", "station"}),
        frozenset({"interceptor"}),
        frozenset({"pump"}),
    ),
    "refuse site": (
        frozenset({"landfill"}),
        frozenset({"transfer"}),
        frozenset({"refuse"}),
        frozenset({"materials", "recovery"}),
        frozenset({"compost"}),
        frozenset({"composting"}),
        frozenset({"garbage"}),
        frozenset({"scrap"}),
    ),
    "solids plant": (frozenset({"biosolids"}), frozenset({"solids"}), frozenset({"sludge"})),
    "yard": (
        frozenset({"yard"}),
        frozenset({"truck"}),
        frozenset({"bus"}),
        frozenset({"transit"}),
        frozenset({"maintenance"}),
        frozenset({"corporation", "yard"}),
        frozenset({"freight"}),
        frozenset({"warehouse"}),
    ),
    "airport": (frozenset({"airport"}), frozenset({"airfield"})),
    "power plant": (frozenset({"energy"}), frozenset({"power", "plant"}), frozenset({"cogeneration"})),
    "pit": (frozenset({"quarry"}), frozenset({"pit"}), frozenset({"gravel"}), frozenset({"aggregate"})),
    "outfall": (frozenset({"outfall"}),),
    "school": (frozenset({"school"}), frozenset({"elementary"}), frozenset({"college"})),
    "camp": (frozenset({"camp"}),),
    "housing": (
        frozenset({"mobile", "home"}),
        frozenset({"mobile", "estates"}),
        frozenset({"trailer"}),
        frozenset({"rv"}),
        frozenset({"homeowners"}),
        frozenset({"villas"}),
    ),
}

# Words by which a name with "water treatment" still means wastewater.
SEWAGE_WORDS = frozenset({"wastewater", "sewage", "sewer", "septic", "reclamation", "recycling", "pollution"})

# SIC codes that a wastewater plant goes by, and others that it is sometimes filed under.
SEWAGE_SIC = "4952"
NEAR_SEWAGE_SIC = frozenset({"4953", "4941", "4959", "4971", "9511", "9199", "9999"})

STREET_SUFFIXES: dict[str, str] = {
    spelling: suffix
    for suffix, spellings in {
        "rd": "rd road",
        "st": "st street streets str",
        "ave": "ave avenue av avenida avenues",
        "blvd": "blvd boulevard bl blv",
        "dr": "dr drive drv",
        "ln": "ln lane",
        "way": "way wy",
        "hwy": "hwy highway hiway hwys",
        "ct": "ct court",
        "pl": "pl place",
        "cir": "cir circle",
        "pkwy": "pkwy parkway pky pkway",
        "ter": "ter terrace",
        "sq": "sq square",
        "loop": "loop",
        "trl": "trl trail",
        "fwy": "fwy freeway",
        "expy": "expy expressway",
        "plz": "plz plaza",
        "aly": "aly alley",
    }.items()
    for spelling in spellings.split()
}
DIRECTIONS: dict[str, str] = {
    spelling: short
    for short, spellings in {
        "n": "n north no",
        "s": "s south so",
        "e": "e east",
        "w": "w west",
        "ne": "ne northeast",
        "nw": "nw northwest",
        "se": "se southeast",
        "sw": "sw southwest",
    }.items()
    for spelling in spellings.split()
}
ORDINALS: dict[str, str] = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
    "eighth": "8", "ninth": "9", "tenth": "10",
}  # fmt: skip
UNIT_WORDS = as_words("ste suite unit bldg building apt space spc rm room fl floor lot trlr gate dock")
ROMAN_NUMERALS = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
