"""Findings in sentences: what a person pastes into a letter."""

from collections.abc import Iterator

from violations.explaining import Explanation
from violations.models import EraLevel, Exceedance, Finding
from violations.rules import unified
from violations.rules import vocabulary as words
from violations.selectors.findings import NOT_COMPLIANCE

RULE_TITLES = {
    words.IGP_ANNUAL: "Annual action level exceeded",
    words.IGP_INSTANTANEOUS: "Instantaneous maximum action level exceeded",
    words.CGP_PH: "Construction action level of pH exceeded",
    words.CGP_TURBIDITY: "Construction action level of turbidity exceeded",
    words.SECONDARY_MONTHLY: "Monthly average above secondary treatment",
    words.SECONDARY_WEEKLY: "Weekly average above secondary treatment",
    words.SECONDARY_PH: "pH outside of secondary treatment",
    words.PERMIT_LIMIT: "Permit limit exceeded",
}
LEVEL_TITLES = {words.BASELINE: "Baseline", words.LEVEL_1: "Level 1", words.LEVEL_2: "Level 2"}
SOURCE_TITLES = {
    unified.SMARTS_REGULATORY: "on record in SMARTS",
    unified.SMARTS_COMPUTED: "computed from SMARTS",
    unified.ESMR_COMPUTED: "computed from eSMR",
}
_REASONS = {
    "bad_date": "without a usable date",
    "censored": "of pH, reported as below a limit or not detected",
    "null_result": "without a number",
    "out_of_range": "with a value that cannot be",
    "qualifier": "with a qualifier that is not known",
    "unit": "in a unit that cannot be converted",
}
_MEANS = {words.IGP_ANNUAL, words.CGP_PH, words.CGP_TURBIDITY}


def period_of(finding: Finding) -> str:
    """A day, or from when to when."""
    if finding.period_start == finding.period_end:
        return f"{finding.period_start}"
    return f"{finding.period_start} to {finding.period_end}"


def value_of(finding: Finding) -> str:
    """The value against its limit."""
    return f"{finding.value.normalize():f} {finding.unit} (limit {finding.limit_text})"


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """The explanation, line by line."""
    yield f"{explanation.name}: {explanation.title}"
    yield f"Computed from the published results. {NOT_COMPLIANCE}"
    yield ""
    yield f"{len(explanation.findings)} exceedances."
    for number, finding in enumerate(explanation.findings, 1):
        yield from _finding_lines(explanation, finding, str(number))
    if explanation.indeterminate:
        yield ""
        yield f"{len(explanation.indeterminate)} comparisons that cannot be made; these are no findings."
    for number, open_question in enumerate(explanation.indeterminate, 1):
        yield from _finding_lines(explanation, open_question, str(number))
    if explanation.levels:
        yield ""
        yield "ERA levels in force (an estimate: the way back to Baseline is not in the data)."
        yield from _level_lines(explanation.levels)
    if explanation.unusable:
        yield ""
        yield "Results that could not be used:"
        for reason, count in explanation.unusable:
            yield f"  {count} {_REASONS.get(reason, reason)}"


def _finding_lines(explanation: Explanation, finding: Finding, number: str) -> Iterator[str]:
    place = f", location {_place(explanation, finding)}" if finding.location else ""
    title = (
        RULE_TITLES[finding.rule] if isinstance(finding, Exceedance) else f"{RULE_TITLES[finding.rule]}: cannot be told"
    )
    yield ""
    yield f"{number}. {title}: {finding.pollutant.name}, {period_of(finding)}{place}"
    yield f"   {_numbers(finding)}"
    yield f"   {_limit(finding)}"
    for remark in _remarks(finding):
        yield f"   {remark}"
    for sample in finding.sample_ids:
        known = explanation.inputs.get(sample)
        if known:
            yield f"   - {known.day}, {known.location}, {known.parameter}: {known.text} (sample {known.id})"


def _place(explanation: Explanation, finding: Finding) -> str:
    names = {explanation.inputs[sample].location for sample in finding.sample_ids if sample in explanation.inputs}
    return f"{', '.join(sorted(names))} ({finding.location})" if names - {finding.location} else str(finding.location)


def _numbers(finding: Finding) -> str:
    value = f"{'at least ' if finding.is_lower_bound else ''}{finding.value:f} {finding.unit}"
    if not isinstance(finding, Exceedance):
        if finding.is_lower_bound:
            return f"The result is reported as above {finding.value:f} {finding.unit}, a number below the limit."
        return f"The result is reported as below {finding.value:f} {finding.unit}, a number above the limit."
    censored = f", {finding.censored} of them below the reporting limit and taken as zero" if finding.censored else ""
    if finding.rule in _MEANS:
        return f"The mean of {finding.results} results{censored} is {value}."
    if finding.rule == words.IGP_INSTANTANEOUS:
        return f"{finding.results_over} of {finding.results} results are outside; the worst is {value}."
    if finding.results > 1:
        return f"The median of {finding.results} results{censored} is {value}."
    return f"The reported value is {value}."


def _limit(finding: Finding) -> str:
    if finding.benchmark is not None:
        source = f"{finding.benchmark.permit}, {finding.benchmark.section}"
        unread = "" if finding.benchmark.is_confirmed else " (the text itself was not read)"
        return f"The limit is {finding.limit_text} {finding.unit}: {source}{unread}."
    limit = finding.permit_limit
    source = f": {limit.source}" if limit is not None and limit.source else ""
    return f"The limit is {finding.limit_text} {finding.unit}, as loaded by staff{source}."


def _remarks(finding: Finding) -> Iterator[str]:
    if finding.is_provisional:
        yield "Provisional: the year is still open."
    if finding.confidence != words.COMPUTED:
        yield f"Confidence: {finding.confidence}."
    if finding.sensitivity == words.UNCHANGED and finding.rule in _MEANS:
        yield "With the results below the reporting limit taken at that limit the verdict is the same."
    if isinstance(finding, Exceedance):
        if finding.is_serious:
            yield "Serious (California Water Code 13385(h))."
        if finding.is_chronic:
            yield "Chronic (California Water Code 13385(i)): among four or more within six consecutive months."
        if finding.suspect_unit_ids:
            samples = ", ".join(map(str, finding.suspect_unit_ids))
            yield f"Suspect unit: probably ug/L typed as mg/L in sample {samples}; nothing was changed."
        if finding.is_dismissed:
            yield f"Dismissed by staff: {finding.dismissal_reason}"


def _level_lines(levels: list[EraLevel]) -> Iterator[str]:
    """Runs of years with the same level in one line, with what was due."""
    at = 0
    while at < len(levels):
        first, end = levels[at], at
        while end + 1 < len(levels) and _continues(levels[end], levels[end + 1]):
            end += 1
        last = levels[end]
        years = f"{_year(first)}" if end == at else f"{_year(first)} to {_year(last)}"
        yield f"  {first.pollutant.name}: {LEVEL_TITLES[first.level]} in {years}{_due(first)}"
        sensitive = [level for level in levels[at : end + 1] if level.is_sensitive]
        for level in sensitive:
            yield (
                f"    {_year(level)}: no annual exceedance, but there would be one if the {level.censored} of "
                f"{level.results} results below the reporting limit lay at that limit."
            )
        at = end + 1


def _continues(one: EraLevel, other: EraLevel) -> bool:
    same = (one.enrollment_id, one.pollutant_id, one.level) == (other.enrollment_id, other.pollutant_id, other.level)
    return same and other.reporting_year == one.reporting_year + 1


def _year(level: EraLevel) -> str:
    return f"{level.reporting_year}-{(level.reporting_year + 1) % 100:02}"


def _due(level: EraLevel) -> str:
    if level.level == words.LEVEL_1:
        return f" (evaluation due {level.evaluation_due}, report due {level.report_due})"
    if level.level == words.LEVEL_2:
        return f" (action plan due {level.action_plan_due}, technical report due {level.technical_report_due})"
    return ""
