"""`/api/staff/matches`: the review queue."""

from datetime import datetime

from django.db.models import F, Q

from facilities.api.shared_filters import county_filter, program_filter, region_filter, wdid_filter
from facilities.models import CandidateState, Conflict, Tier
from facilities.selectors.public import spellings_of_wdid
from facilities.selectors.queue import NOBODY, distance_to_threshold
from facilities.selectors.staff import is_blind, list_open_pairs, seen, unless_blind
from stormwater.api.filters import SOME, Filter
from stormwater.api.keyset import BY_NUMBER, Ordering
from stormwater.api.listing import Listing
from stormwater.api.row_fields import Kind, RowField
from stormwater.api.staff import TAG

QUEUE = Listing(
    name="staff_matches",
    row_name="QueuedPair",
    path="staff/matches",
    tag=TAG,
    title="The review queue of matches",
    description="Pairs of an eSMR facility and an enrollment that wait for a person. Of the blind sample (`is_blind`), "
    "what would tell the machine's verdict is null, and filters by it find none.",
    rows=list_open_pairs,
    families=frozenset(),
    datasets=(),
    is_for_staff=True,
    fields=(
        RowField("id", "pk", Kind.INTEGER, "Number of the pair", is_nullable=False),
        RowField(
            "version", "version", Kind.INTEGER, "Counts up with every change; a verdict names it", is_nullable=False
        ),
        RowField("place_id", "esmr_facility__place_id", Kind.INTEGER, "CIWQS place id of the plant", is_nullable=False),
        RowField("plant_name", "esmr_facility__name", Kind.TEXT, "Name of the plant in eSMR"),
        RowField("plant_region", "esmr_facility__region_id", Kind.TEXT, "Code of the plant's region"),
        RowField("program", "enrollment__program", Kind.TEXT, "Permit program of the enrollment", is_nullable=False),
        RowField("app_id", "enrollment__app_id", Kind.TEXT, "APP_ID of the enrollment"),
        RowField("wdid", "enrollment__wdid", Kind.TEXT, "WDID of the enrollment"),
        RowField("site_name", "enrollment__site_name", Kind.TEXT, "Name of the site in SMARTS"),
        RowField("operator_name", "enrollment__operator_name", Kind.TEXT, "Operator in SMARTS"),
        RowField("county", "enrollment__county__name", Kind.TEXT, "County of the enrollment"),
        RowField("is_blind", is_blind(), Kind.FLAG, "To be judged without the machine's verdict", is_nullable=False),
        RowField("tier", unless_blind("tier"), Kind.TEXT, "What the machine makes of the pair"),
        RowField("probability", unless_blind("probability"), Kind.NUMBER, "Probability that both are one site"),
        RowField("rank", unless_blind("rank"), Kind.INTEGER, "Place among the pairs of the plant, 1 the likeliest"),
        RowField("reason", unless_blind("reason"), Kind.TEXT, "Why, in a sentence"),
        RowField("state", unless_blind("state"), Kind.TEXT, "How the pair stands"),
        RowField("conflict", "conflict", Kind.TEXT, "Kind of conflict; empty where there is none", is_nullable=False),
        RowField("conflict_reason", "conflict_reason", Kind.TEXT, "The conflict in a sentence", is_nullable=False),
        RowField("assignee", "assignee__username", Kind.TEXT, "Who shall judge it"),
        RowField(
            "first_proposed_at", "first_proposed_at", Kind.TIMESTAMP, "When it was first proposed", is_nullable=False
        ),
        RowField("changed_at", "changed_at", Kind.TIMESTAMP, "When it last changed", is_nullable=False),
    ),
    filters=(
        region_filter("esmr_facility__region_id"),
        county_filter("enrollment__county_id"),
        program_filter("enrollment__program"),
        Filter("place_id", "CIWQS place id of the plant", "esmr_facility__place_id", Kind.INTEGER, SOME),
        wdid_filter().with_condition(lambda text: Q(enrollment__wdid__in=spellings_of_wdid(text))),
        Filter("app_id", "APP_ID of the enrollment", path="enrollment__app_id"),
        Filter(
            "tier",
            "What the machine makes of the pair",
            choices=tuple(Tier.values),
            condition=lambda tier: seen(tier=tier),
        ),
        Filter(
            "state",
            "How the pair stands",
            choices=tuple(CandidateState.values),
            condition=lambda state: seen(state=state),
        ),
        Filter(
            "conflict",
            "Kind of conflict",
            path="conflict",
            choices=tuple(value for value in Conflict.values if value),
            lookups=SOME,
        ),
        Filter(
            "assignee",
            f"Login of who shall judge it, or {NOBODY}",
            condition=lambda name: Q(assignee=None) if name == NOBODY else Q(assignee__username=name),
        ),
    ),
    orderings=(
        Ordering(
            "nearest",
            "By distance from the threshold of automatic links, the blind sample first",
            distance_to_threshold(),
            float,
            float,
        ),
        Ordering(
            "first_proposed_at",
            "By the time of the first proposal",
            F("first_proposed_at"),
            datetime.fromisoformat,
            datetime.isoformat,
        ),
        BY_NUMBER,
    ),
)
