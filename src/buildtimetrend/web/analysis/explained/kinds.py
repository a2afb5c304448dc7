"""What each kind of part is called: in a table, in a list, and as the cause of a difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buildtimetrend import text
from buildtimetrend.web.analysis.explained.names import cut, title
from buildtimetrend.web.analysis.explained.parts import Kind, Part


@dataclass(frozen=True, slots=True)
class Words:
    """`label` is a row's beside its job; `listed` has places for `job` and `step`; `cause` is of a part and
    its job.
    """

    label: str
    listed: str
    cause: Callable[[Part, str], str]


def cause(part: Part) -> str:
    """What goes after "because"."""
    return KINDS[part.kind].cause(part, _job(part))


def listed(part: Part) -> str:
    """In a few words."""
    if part.booted:
        return f"waiting and booting of {_job(part)}"
    return KINDS[part.kind].listed.format(job=_job(part), step=cut(part.step or ""))


def _job(part: Part) -> str:
    assert part.job is not None
    return f"job {title(part.job)}"


def _waiting(part: Part, job: str) -> str:
    only = "only " if part.difference < 0 else ""
    usually = f"usually {text.duration(part.usually_waited)}"
    if part.booted:
        return f"{job} waited and booted {only}{text.duration(part.waited)} ({usually})"
    return f"{job} waited {only}{text.duration(part.waited)} for a worker ({usually})"


def _step(part: Part, job: str) -> str:
    name = f"`{cut(part.step or '')}` in {job}"
    if part.usual is None:
        return f"{name} took {text.duration(part.seconds)} and has no usual time yet"
    if part.seconds == 0:
        return f"{name} did not run (usually {text.duration(part.usual)})"
    return f"{name} took {_than_usual(part)}"


def _than_usual(part: Part) -> str:
    more = "longer" if part.difference > 0 else "less"
    return (
        f"{text.duration(abs(part.difference))} {more} ({text.duration(part.seconds)}, "
        f"usually {text.duration(part.usual)})"
    )


# All but the rest: what that is called depends on what it is made of.
KINDS: Mapping[Kind, Words] = {
    "waiting": Words("waiting for a worker", "waiting of {job}", _waiting),
    "booting": Words(
        "booting", "booting of {job}", lambda part, job: f"{job} took {_than_usual(part)} to boot"
    ),
    "step": Words("", "`{step}`", _step),
    "outside": Words(
        "outside of steps",
        "outside of the steps of {job}",
        lambda part, job: f"{job} took {_than_usual(part)} outside of its steps",
    ),
    "running": Words(
        "running",
        "{job}",
        lambda part, job: f"{job} ran {_than_usual(part)}; its steps are not known",
    ),
    "job": Words(
        "running, without a usual time of its own",
        "{job}",
        lambda part, job: (
            f"{job}, which has no usual time yet, took {text.duration(part.seconds)} and ended last"
        ),
    ),
}
