"""What reviewers fill in: filters of the queue and the history, verdicts, selections. All filters live in the URL."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from facilities.models import CandidateState, Conflict, County, ReasonCode, Region, Tier, Verdict
from facilities.selectors.queue import IMPACT, NEAREST, NOBODY, OLDEST, QueueFilter

SKIP = "skip"
BLIND, OPEN_EYED = "blind", ""
MINE, TEAM = "", "team"
_ANY = ("", "any")
_BANDS = {
    "0-0.05": "under 5 %",
    "0.05-0.2": "5 to 20 %",
    "0.2-0.5": "20 to 50 %",
    "0.5-0.8": "50 to 80 %",
    "0.8-": "80 % and more",
}
_AGES = {"1": "over a day", "7": "over a week", "30": "over 30 days", "90": "over 90 days"}
_CONFLICTS = [_ANY, ("any", "in a conflict"), *((kind.value, kind.label) for kind in Conflict if kind.value)]
_STATES = (CandidateState.OPEN, CandidateState.REOPENED, CandidateState.UNSURE)
_TIERS = (Tier.DIRECT, Tier.FUZZY, Tier.QUEUE)
_NOTE = forms.Textarea(attrs={"rows": 2, "cols": 60})


class QueueFilterForm(forms.Form):
    """Which pairs, in which order, and how they are shown."""

    region = forms.ChoiceField(required=False, label="Region")
    county = forms.ChoiceField(required=False, label="County")
    band = forms.ChoiceField(required=False, label="Likelihood", choices=[_ANY, *_BANDS.items()])
    tier = forms.ChoiceField(
        required=False, label="Machine", choices=[_ANY, *((one.value, one.label) for one in _TIERS)]
    )
    state = forms.ChoiceField(
        required=False, label="State", choices=[_ANY, *((one.value, one.label) for one in _STATES)]
    )
    conflict = forms.ChoiceField(required=False, label="Conflict", choices=_CONFLICTS)
    age = forms.ChoiceField(required=False, label="Waiting", choices=[_ANY, *_AGES.items()])
    assignee = forms.ChoiceField(required=False, label="Assigned to")
    place_id = forms.IntegerField(required=False, label="eSMR place id", min_value=1, max_value=2**31 - 1)
    whose = forms.ChoiceField(required=False, label="Queue", choices=[(MINE, "mine"), (TEAM, "the whole team's")])
    order = forms.ChoiceField(
        required=False,
        label="Order",
        choices=[
            ("", "nearest to the threshold first"),
            (IMPACT, "most violations on record first"),
            (OLDEST, "longest waiting first"),
        ],
    )
    scores = forms.ChoiceField(
        required=False, label="Scores", choices=[(OPEN_EYED, "shown"), (BLIND, "hidden (blind)")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Regions 5 and 6 stand for all their offices.
        regions = [(region.code, f"{region.code} {region.name}") for region in Region.objects.order_by("code")]
        self._set_choices("region", regions)
        self._set_choices("county", [(str(one.number), one.name) for one in County.objects.order_by("name")])
        self._set_choices("assignee", [(NOBODY, "nobody"), *((str(one.pk), one.get_username()) for one in deciders())])

    def _set_choices(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 # tells the type checker which of the fields it is
        field.choices = [_ANY, *choices]

    def narrowed(self) -> QueueFilter:
        """The filter of the queue; of a valid form."""
        given = self.cleaned_data
        least, _, most = given["band"].partition("-")
        return QueueFilter(
            region=given["region"],
            county=int(given["county"]) if given["county"] else None,
            tier=given["tier"],
            state=given["state"],
            least_probability=float(least) if least else None,
            most_probability=float(most) if most else None,
            older_than=timedelta(days=int(given["age"])) if given["age"] else None,
            assignee=given["assignee"],
            conflict=given["conflict"],
            place_id=given["place_id"],
        )

    @property
    def order_name(self) -> str:
        """The queue's order."""
        return self.cleaned_data["order"] or NEAREST

    @property
    def is_blind(self) -> bool:
        """Whether scores and verdicts of the machine are hidden."""
        return bool(self.cleaned_data["scores"] == BLIND)

    @property
    def is_team(self) -> bool:
        """Whether the whole team's queue is asked for."""
        return bool(self.cleaned_data["whose"] == TEAM)

    @property
    def tells_scores(self) -> bool:
        """Whether a filter is in force that would tell what the machine makes of a pair."""
        return any(self.cleaned_data[name] for name in ("band", "tier", "state"))

    @property
    def narrows(self) -> bool:
        """Whether any filter leaves pairs out."""
        return self.narrowed() != QueueFilter()


def deciders() -> QuerySet[Any]:
    """Staff who may decide matches, by login."""
    users = get_user_model()._default_manager.with_perm(
        "facilities.decide_matchcandidate", backend="django.contrib.auth.backends.ModelBackend"
    )
    return users.filter(is_staff=True).order_by("username").distinct()


class ReasonedForm(forms.Form):
    """A reason code and a note."""

    reason_code = forms.ChoiceField(
        required=False,
        label="Reason",
        choices=[("", "choose if needed"), *((one.value, one.label) for one in ReasonCode if one.value)],
    )
    note = forms.CharField(required=False, label="Note", max_length=2_000, widget=_NOTE)

    def clean(self) -> dict[str, Any]:
        """A reason that refers to the note needs one."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("reason_code") == ReasonCode.OTHER and not given.get("note", "").strip():
            self.add_error("note", "Say in the note what the other reason is.")
        return given


class VerdictForm(ReasonedForm):
    """A verdict about a pair or its plant, on what the reviewer saw."""

    verdict = forms.ChoiceField(
        choices=[
            (Verdict.MATCH, "Match"),
            (Verdict.NO_MATCH, "Not a match"),
            (Verdict.UNSURE, "Unsure"),
            (SKIP, "Skip"),
            (Verdict.NO_MATCH_EXISTS, "None of these"),
        ]
    )
    version = forms.IntegerField()
    seen = forms.CharField(required=False)  # versions of all pairs of the plant, as `pair:version` with blanks
    blind = forms.BooleanField(required=False)

    def clean_seen(self) -> dict[int, int]:
        """Versions by pair."""
        return parse_versions(self.cleaned_data["seen"].split())

    def clean(self) -> dict[str, Any]:
        """A pair is passed over without a reason."""
        given = super().clean()
        if given.get("verdict") == SKIP:
            self.errors.pop("note", None)
        return given


class BulkForm(ReasonedForm):
    """One verdict about the selected pairs."""

    verdict = forms.ChoiceField(
        label="Verdict", choices=[(one.value, one.label) for one in (Verdict.NO_MATCH, Verdict.MATCH, Verdict.UNSURE)]
    )


class AssignForm(forms.Form):
    """Whom the selected pairs are given to; empty for nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"] = forms.ModelChoiceField(
            queryset=deciders(), required=False, label="Give to", empty_label="nobody"
        )


class SampleForm(forms.Form):
    """How many automatic links to judge blind."""

    size = forms.IntegerField(label="Links", min_value=1, max_value=500, initial=20)


class HistoryFilterForm(forms.Form):
    """Which decisions."""

    reviewer = forms.CharField(required=False, label="Reviewer", max_length=150)
    verdict = forms.ChoiceField(
        required=False, label="Verdict", choices=[_ANY, *((one.value, one.label) for one in Verdict)]
    )
    place_id = forms.IntegerField(required=False, label="eSMR place id", min_value=1, max_value=2**31 - 1)
    by = forms.ChoiceField(
        required=False, label="Decided by", choices=[("", "persons and files"), ("all", "the machine as well")]
    )
    before = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)


def check(form: forms.Form) -> None:
    """Raise ValidationError with all that is wrong with a form."""
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])


def parse_versions(texts: Iterable[str]) -> dict[int, int]:
    """Versions by pair from `pair:version` texts. Raises ValidationError for anything else."""
    versions = {}
    for text in texts:
        pair, _, version = text.partition(":")
        if not (pair.isdecimal() and version.isdecimal() and len(pair) < 19 and len(version) < 10):
            raise ValidationError("The selection cannot be read: go back to the queue and select again.")
        versions[int(pair)] = int(version)
    return versions
