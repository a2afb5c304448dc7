"""A finding as one sentence: what, how much, where, since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from buildtimetrend import text
from buildtimetrend.alerts.began import builds_it_began_with
from buildtimetrend.findings.finding import Finding, Findings
from buildtimetrend.findings.sentences.past_tense import Said, present
from buildtimetrend.findings.sentences.words import day, listed, number_of
from buildtimetrend.steps import shortened

Quote = Callable[[str], str]

FEW_NAMES = 2  # of jobs: more would stand before what is said of them


def headline(finding: Finding, of: Findings, quote: Quote = str, said: Said = present) -> str:
    """`make test takes 1 m 1 s longer (+34 %) in all four jobs since build #432 on 10 Jul 2026.`"""
    cause = finding.cause
    size = _size(finding)
    since = _since(finding, of, said)
    if cause.what == "waiting":
        return f"Jobs {said('wait')} {size} for a worker {since}."
    if cause.what == "wall":
        return f"Builds {said('take')} {size} {since}; no step, job or wait {said('explains')} half of it."
    if cause.what in ("new_job", "gone_job"):
        return _of_jobs(finding, since, quote, said)
    if cause.what == "job":
        jobs = [quote(name) for name in cause.jobs]
        if len(jobs) > FEW_NAMES:
            return f"{number_of(len(jobs)).capitalize()} jobs {said('take')} {size} {since}: {listed(jobs)}."
        return f"{listed(jobs)} {said('takes' if len(jobs) == 1 else 'take')} {size} {since}."
    return _of_step(finding, of, since, quote, said)


def _of_step(finding: Finding, of: Findings, since: str, quote: Quote, said: Said) -> str:
    cause, wall = finding.cause, _wall(finding, said)
    step = quote(shortened(of.measured.labels.get(cause.step, cause.step)))
    where = _in_jobs(finding, of, quote)
    if cause.what == "new_step":
        return f"New step {step} {said('takes')} {text.duration(cause.after)} {where}{since}."
    if cause.what == "gone_step":
        return f"{step} {said('no longer runs')} {where}{since}{f'; {wall}' if wall else ''}."
    if finding.cache:
        again = _not_found(said) if cause.seconds > 0 else f"{said('is')} found again"
        return f"The cache {again}, so {step} {said('takes')} {_size(finding)} {where}{since}."
    return f"{step} {said('takes')} {_size(finding)} {where}{since}."


def _not_found(said: Said) -> str:
    return "is no longer found" if said is present else "was not found"


def _of_jobs(finding: Finding, since: str, quote: Quote, said: Said) -> str:
    """`New job J ends last, so builds take 1 m longer since build #432 on 10 Jul 2026.`"""
    cause, wall = finding.cause, _wall(finding, said)
    one, names = len(cause.jobs) == 1, listed([quote(name) for name in cause.jobs])
    if cause.what == "gone_job":
        runs = said("no longer runs" if one else "no longer run")
        subject = f"{'Job' if one else 'Jobs'} {names} {runs}"
        return f"{subject} {since}{f'; {wall}' if wall else ''}."
    subject = f"New job {names}" if one else f"New jobs {names}"
    if wall and cause.edge == "last":
        return f"{subject} {said('ends' if one else 'end')} last, so {wall} {since}."
    size = f"{said('takes' if one else 'take')} {text.duration(cause.after)}"
    return f"{subject} {size}, and {wall}, {since}." if wall else f"{subject} {size} {since}."


def _wall(finding: Finding, said: Said) -> str:
    """`builds take 1 m longer`, where they do not take as long as before."""
    if finding.wall is None:
        return ""
    longer = "longer" if finding.wall.seconds > 0 else "less"
    return f"builds {said('take')} {text.duration(abs(finding.wall.seconds))} {longer}"


def _size(finding: Finding) -> str:
    cause = finding.cause
    longer = "longer" if cause.seconds > 0 else "less"
    share = f" ({text.signed(100 * cause.seconds / cause.before)})" if cause.before else ""
    return f"{text.duration(abs(cause.seconds))} {longer}{share}"


def _in_jobs(finding: Finding, of: Findings, quote: Quote) -> str:
    """Of all jobs that run the step; nothing where there is one job alone."""
    jobs, having = finding.cause.jobs, of.measured.jobs_with(finding.cause.step)
    if len(having) == 1:
        return ""
    if len(jobs) == 1:
        return f"in job {quote(jobs[0])} "
    if len(jobs) < len(having):
        return f"in {len(jobs)} of {len(having)} jobs "
    return "in both jobs " if len(jobs) == 2 else f"in all {number_of(len(jobs))} jobs "


def _since(finding: Finding, of: Findings, said: Said) -> str:
    """The date first, where it may have begun with one of several builds; of what came slowly it alone."""
    build, first, last = (of.measured.builds[at] for at in (finding.place, finding.first, finding.last))
    if finding.cause.gradual:
        return f"little by little {said('since')} about {day(build['started_at'])}"
    before = of.measured.builds[finding.first - 1] if finding.first else None
    builds = builds_it_began_with(first, last, before)
    if builds == f"build #{last['number']}":
        return f"{said('since')} {builds} on {day(last['started_at'])}"
    return f"{said('since')} about {day(build['started_at'])} ({builds})"


def without_names(sentence: str, jobs: Sequence[str]) -> str:
    """A headline without the names of many jobs, which stand at its end."""
    names = f": {listed(jobs)}." if jobs else ""
    return f"{sentence.removesuffix(names)}." if names and sentence.endswith(names) else sentence
