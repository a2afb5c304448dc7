"""The sentence of a finding about how often builds pass, and the evidence for it."""

from __future__ import annotations

from buildtimetrend.alerts.began import builds_it_began_with
from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.outcomes.passing_causes import PassingCause
from buildtimetrend.findings.outcomes.passing_series import PipelinePassing
from buildtimetrend.findings.sentences.past_tense import Said
from buildtimetrend.findings.sentences.words import day, listed, number_of
from buildtimetrend.trends.rates import RateChange

NAMED = 3  # jobs in a sentence; of more their number is


def headline(cause: PassingCause, here: PipelinePassing, said: Said) -> str:
    """`Job lint passes less often: 80 % instead of 98 % since build #320 on 3 Oct 2026 (38 of 48 runs).`
    Of several jobs the figures are those of the worst; where no job explains it, `Builds pass less often: …`.
    """
    told, move = cause.told, cause.told.move
    change, one = told.change, len(cause.named) == 1
    often = f"{said('passes' if one else 'pass')} {'less' if told.worse else 'more'} often"
    worst = f"{cause.jobs[0]} " if len(cause.named) > 1 else ""
    counted = f"{change.yes} of {change.values} {'runs' if cause.named else 'builds'}"
    return (
        f"{_subject(cause)} {often}: {worst}{_shares(change)} {said('since')} {_when(here, move)} "
        f"({counted})."
    )


def evidence(cause: PassingCause, here: PipelinePassing) -> str:
    """Where it began, and by which jobs."""
    move = cause.told.move
    first, last = here.rows[move.first], here.rows[move.last]
    began = f"It began with {builds_it_began_with(first, last)}"
    if not cause.told.worse or not cause.times:
        return f"{began}.{_of_builds(cause)}"
    if not cause.jobs:
        return f"{began}; no job failed in half of the builds that did not pass."
    names = _subject(cause) if cause.named else f"Job {cause.jobs[0]}" if cause.jobs[0] else "The job"
    times = sum(bool(here.failed.get(place, frozenset()) & {*cause.jobs}) for place in cause.failing)
    failed = f"{names} failed in {times} of the {len(cause.failing)} builds that did not pass"
    return f"{began}. {failed}.{_of_builds(cause)}"


def _when(here: PipelinePassing, move: Move) -> str:
    """Its evidence has the builds that it may have begun with."""
    since = here.rows[move.place]
    date = day(since["started_at"])
    return f"build #{since['number']} on {date}" if move.first == move.last else f"about {date}"


def _subject(cause: PassingCause) -> str:
    if not cause.named:
        return "Builds"
    if len(cause.named) == 1:
        return f"Job {cause.jobs[0]}"
    if len(cause.named) <= NAMED:
        return f"Jobs {listed(cause.jobs)}"
    return f"{number_of(len(cause.named)).capitalize()} jobs"


def _of_builds(cause: PassingCause) -> str:
    """Where it is told of jobs."""
    return f" Builds pass {_shares(cause.of_builds.change)}." if cause.named and cause.of_builds else ""


def _shares(change: RateChange) -> str:
    return f"{100 * change.after:.0f} % instead of {100 * change.before:.0f} %"
