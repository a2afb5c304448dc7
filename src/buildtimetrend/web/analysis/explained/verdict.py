"""Whether a build took longer than usual, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from buildtimetrend.critical_path.timings import Row, Timed
from buildtimetrend.enough import LEAST, SIDE, notable
from buildtimetrend.model import Result
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.cause_words import in_brief
from buildtimetrend.web.analysis.explained.causes import (
    Cause,
    absent_jobs,
    another_last,
    as_of_path,
    causes_of_jobs,
    causes_of_path,
    usually_last,
)
from buildtimetrend.web.analysis.explained.job_names import Name, name_of, title_of
from buildtimetrend.web.analysis.explained.named_causes import LISTED, largest, named_causes
from buildtimetrend.web.analysis.explained.occasional_jobs import occasional_jobs
from buildtimetrend.web.analysis.explained.parts import Part, comparison, earlier_builds, parts_of
from buildtimetrend.web.analysis.explained.sentence import (
    as_usual,
    because,
    no_single_cause,
    not_passed,
    others_ended,
    too_few,
)
from buildtimetrend.web.analysis.explained.table import SAID, table_lines

# Of the difference: less of it is not told as all else.
MENTIONED = 0.1
# Causes that say no figure to add up, or tell of all else themselves.
NOT_ADDED = {"another", "at_times", "left_out", "between", "ran", "rest"}

Word: TypeAlias = Literal["longer", "shorter", "as usual", "too few", "not compared", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sentence` says it, `more` what else there is to say, `brief` the causes in a few words.

    `parts` add up to the wall time and to the usual one; `causes` are those that are named, three at most,
    which account for half to one and a half of the difference: a later one may make up for some of the first.
    Both are empty where nothing is compared. `usually_last` is the job that usually ends last, where another
    one did.
    """

    word: Word
    sentence: str
    more: str = ""
    brief: str = ""
    parts: Sequence[Part] = ()
    causes: Sequence[Cause] = ()
    usually_last: str | None = None


def verdict(build: Row, jobs: Sequence[Row], times: Timed | None, usual: Usual) -> Verdict:
    """`build` and `jobs` are rows of the store, the jobs with their `steps`; `times` are of these.

    What did not pass is not compared: how far it came says nothing about how long it takes.
    """
    if build["result"] != Result.PASSED:
        word: Word = "unknown" if build["result"] is None else "not compared"
        return Verdict(word, not_passed(build, jobs))
    if usual.builds < SIDE:
        return Verdict("too few", too_few(usual.builds))
    if times is None or usual.duration is None:
        return Verdict("unknown", "")
    return _compared(build, jobs, times, usual, usual.duration)


def _compared(build: Row, jobs: Sequence[Row], times: Timed, usual: Usual, wall: float) -> Verdict:
    before = earlier_builds(usual)
    spent = comparison(times, jobs, usual, before, wall)
    causes = [
        *causes_of_jobs(times, jobs, usual, before, wall),
        Cause("between", spent.now.between, spent.usual.between),
    ]
    absent = absent_jobs(times, jobs, before)
    rest = times.wall - wall - sum(cause.difference for cause in (*causes, *absent))
    if len(times.path) == 1:
        causes = [as_of_path(cause, spent) for cause in causes]
    another = _another(times, jobs, usually_last(before))
    difference = times.wall - wall
    path = [jobs[place] for place in times.path]
    phases = {step["phase"] for job in path for step in job["steps"]}
    if not notable(difference, wall):
        parts = parts_of(spent, (), phases)
        return Verdict("as usual", as_usual(times.wall, wall), parts=parts, usually_last=_title(another))
    chosen = named_causes([*causes, *absent], difference, spent) or named_causes(causes, difference, spent)
    chosen = chosen or named_causes(occasional_jobs(times, jobs, before, wall), difference)
    if not chosen and another is not None:
        last = another_last(jobs[times.path[-1]], another, min(rest, difference))
        chosen = named_causes([last], max(difference, 0.0))
    chosen = chosen or named_causes(causes_of_path(spent, path, phases), difference, spent)
    parts = parts_of(spent, _keys(chosen or largest(cause for cause in causes if cause.key)), phases)
    word: Word = "longer" if difference > 0 else "shorter"
    waited = [(cause.kind, word) for cause in chosen if cause.job] == [("waiting", "longer")]
    return Verdict(
        word,
        _why(difference, chosen, parts),
        _others(build, jobs, times) if waited else "",
        "; ".join(map(in_brief, chosen)) or "no single cause",
        parts,
        chosen,
        _title(another),
    )


def _why(difference: float, chosen: Sequence[Cause], parts: Sequence[Part]) -> str:
    if chosen:
        return because(difference, chosen, _rest(difference, chosen))
    return no_single_cause(difference, _largest(parts, difference))


def _title(name: Name | None) -> str | None:
    return None if name is None else title_of(name)


def _keys(causes: Iterable[Cause]) -> list[str]:
    return [cause.key for cause in causes if cause.key]


def _largest(parts: Iterable[Part], difference: float) -> list[dict[str, Any]]:
    """The lines that differ most, in whatever direction; then other steps, which are many, where they have
    much of the difference: else what is listed does not add up to it.
    """
    worth = [line for line in table_lines([part.row() for part in parts]) if abs(line["difference"]) >= LEAST]
    most = sorted(
        (line for line in worth if line["kind"] != "other"), key=lambda line: -abs(line["difference"])
    )
    others = [line for line in worth if line["kind"] == "other"]
    return most[:LISTED] + [line for line in others if abs(line["difference"]) >= SAID * abs(difference)]


def _another(times: Timed, jobs: Sequence[Row], last: Name | None) -> Name | None:
    same = not times.path or last == name_of(jobs[times.path[-1]])
    return None if same else last


def _rest(difference: float, chosen: Sequence[Cause]) -> float | None:
    """What the causes leave of the difference (s), so that the sentence adds up to it; None of little."""
    if any(cause.kind in NOT_ADDED or cause.usual is None for cause in chosen):
        return None
    rest = difference - sum(cause.difference for cause in chosen)
    return rest if abs(rest) >= max(LEAST, MENTIONED * abs(difference)) else None


def _others(build: Row, jobs: Sequence[Row], times: Timed) -> str:
    """When the jobs beside the one that all waited for had ended."""
    ends = [jobs[place]["finished_at"] for place in times.jobs if place not in times.path]
    if not ends or len(times.path) > 1:
        return ""
    return others_ended(len(ends), (max(ends) - build["started_at"]).total_seconds())
