"""What each kind of cause is called: after "because", and in a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buildtimetrend import text
from buildtimetrend.enough import LEAST
from buildtimetrend.web.analysis.explained.causes import Cause, Kind
from buildtimetrend.web.analysis.explained.job_names import cut, title

PATH = "its critical path"


@dataclass(frozen=True, slots=True)
class Words:
    """`listed` has places for `job`, `step` and `instead`; `cause` is of a cause and what it is about."""

    listed: str
    cause: Callable[[Cause, str], str]


def after_because(cause: Cause) -> str:
    """What goes after "because"."""
    return KINDS[cause.kind].cause(cause, _about(cause))


def listed(cause: Cause) -> str:
    """In a few words."""
    if cause.booted:
        return f"waiting and booting of {_about(cause)}"
    return KINDS[cause.kind].listed.format(
        job=_about(cause), step=cut(cause.step or ""), instead=cause.instead
    )


def in_brief(cause: Cause) -> str:
    """With how much it was, for a line of a list."""
    if cause.kind == "waiting":
        also = " and booted" if cause.booted else ""
        only = " only" if cause.difference < 0 else ""
        waited = cause.seconds if cause.of_path or cause.began_before else cause.waited
        if not cause.booted and (waited or 0.0) < LEAST:
            return f"{_about(cause)} did not wait"
        return f"{_about(cause)} waited{also}{only} {text.duration(waited)}"
    return f"{listed(cause)} {text.difference(cause.difference)}"


def _about(cause: Cause) -> str:
    return f"job {title(cause.job)}" if cause.job is not None else PATH


def _waiting(cause: Cause, job: str) -> str:
    only = "only " if cause.difference < 0 else ""
    if cause.job and (cause.of_path or cause.began_before):
        if not cause.booted and cause.seconds < LEAST:
            return f"it did not wait for a worker for {job} (usually {text.duration(cause.usual)})"
        what, whom = ("waited and booted", "") if cause.booted else ("waited", "for a worker ")
        within, usual = text.duration(cause.seconds), text.duration(cause.usual)
        return f"it {what} {only}{within} {whom}for {job} (usually {usual})"
    usually = f"usually {text.duration(cause.usually_waited)}"
    if cause.booted:
        return f"{job} waited and booted {only}{text.duration(cause.waited)} ({usually})"
    return f"{job} waited {only}{text.duration(cause.waited)} for a worker ({usually})"


def _step(cause: Cause, job: str) -> str:
    name = f"`{cut(cause.step or '')}` {'in' if cause.job else 'on'} {job}"
    if cause.usual is None:
        return f"{name} took {text.duration(cause.seconds)} and has no usual time yet"
    if cause.seconds == 0:
        return f"{name} did not run (usually {text.duration(cause.usual)})"
    return f"{name} took {_than_usual(cause)}"


def _than_usual(cause: Cause) -> str:
    more = "longer" if cause.difference > 0 else "less"
    return (
        f"{text.duration(abs(cause.difference))} {more} ({text.duration(cause.seconds)}, "
        f"usually {text.duration(cause.usual)})"
    )


def _all_of(what: str, cause: Cause) -> str:
    more = "longer" if cause.difference > 0 else "less"
    return f"{what} took {text.duration(abs(cause.difference))} {more} than usual"


def _in_anothers_place(cause: Cause) -> str:
    took = f"took {text.duration(cause.seconds)}"
    if cause.usual is None:
        return f"{took} and has no usual time yet"
    return f"{took}, where usually {text.duration(cause.usual)} pass; it has no usual time yet"


def _as_in(cause: Cause) -> str:
    ran, builds = cause.ran_in
    return f" (it ran in {'only ' if cause.kind == 'at_times' else ''}{ran} of the {builds} builds before)"


KINDS: Mapping[Kind, Words] = {
    "waiting": Words("waiting of {job}", _waiting),
    "booting": Words("booting of {job}", lambda cause, job: f"{job} took {_than_usual(cause)} to boot"),
    "step": Words("`{step}`", _step),
    "outside": Words(
        "outside of the steps of {job}",
        lambda cause, job: f"{job} took {_than_usual(cause)} outside of its steps",
    ),
    "running": Words("{job}", lambda cause, job: f"{job} ran {_than_usual(cause)}; its steps are not known"),
    "job": Words("{job}", lambda cause, job: f"{job} {_in_anothers_place(cause)}"),
    "again": Words(
        "{job} tried again",
        lambda cause, job: f"{job} was tried again {text.duration(cause.seconds)} later",
    ),
    "between": Words(
        "neither waiting nor running",
        lambda cause, job: (
            f"for {text.duration(cause.seconds)} no job of {job} is known to have waited or run"
        ),
    ),
    "absent": Words(
        "job {instead}, which did not run",
        lambda cause, _: (
            f"job {cause.instead} did not run (usually {text.duration(cause.usual)} of its critical path)"
        ),
    ),
    "left_out": Words("no job {instead}", lambda cause, _: f"job {cause.instead} did not run{_as_in(cause)}"),
    "at_times": Words("job {instead} ran", lambda cause, _: f"job {cause.instead} ran{_as_in(cause)}"),
    "ran": Words("what it ran", lambda cause, _: _all_of("what it ran", cause)),
    "rest": Words("what else it ran", lambda cause, _: _all_of("what else it ran", cause)),
    "another": Words(
        "{job} ended last", lambda cause, job: f"{job} ended last, usually it is {cause.instead}"
    ),
}
