"""The sentence of what several findings share: an image on which jobs moved, or a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from buildtimetrend import text
from buildtimetrend.findings.document.shared_part import Document, in_projects, on_image
from buildtimetrend.findings.kept.known import Known
from buildtimetrend.findings.sentences.past_tense import Said, in_tense, past, present
from buildtimetrend.findings.sentences.words import day, listed, number_of
from buildtimetrend.steps import shortened


def shared(
    known: Known, since: datetime, image: str, by: Sequence[float], projects: Sequence[str]
) -> dict[str, Any]:
    """Of a finding that these projects share since then, whose jobs moved `by` logarithms."""
    return in_projects({**_of_image(known, image, by), "since": day(since)}, sorted(projects))


def shared_on_image(
    known: Known, image: str, by: Sequence[float], repo: str, pipelines: Mapping[str, str]
) -> dict[str, Any]:
    """Of one that pipelines of a project share, whose labels are given by reference."""
    of = _of_image(known, image, by)
    return _of_pipelines({**of, **_said(lambda said: on_image(of, said))}, repo, pipelines)


def shared_step(
    known: Known, others: Sequence[Document], repo: str, pipelines: Mapping[str, str]
) -> dict[str, Any]:
    """The same of one that is of the same step in each of them."""
    documents, step = (known.document, *others), shortened(known.document["step"])

    def say(said: Said) -> str:
        if known.what == "new_step":
            return f"New step {step} {said('takes')} {_range([each['after'] for each in documents])}"
        if known.what == "gone_step":
            return f"{step} {said('no longer runs')}"
        seconds = _range([abs(each["after"] - each["before"]) for each in documents])
        return f"{step} {said('takes')} {seconds} {'longer' if known.slower else 'less'}"

    of = {"image": "", "step": step, **_said(say), "since": _since(known)}
    return _of_pipelines(of, repo, pipelines)


def of_more_pipelines(shared: Document, repo: str, pipelines: Mapping[str, str]) -> dict[str, Any]:
    """The same that is said of a project's pipelines, of these."""
    return _of_pipelines(shared, repo, pipelines)


def _of_image(known: Known, image: str, by: Sequence[float]) -> dict[str, Any]:
    percent = 100 * (math.exp(median(by)) - 1)
    seconds = known.document["after"] - known.document["before"]
    longer = "longer" if seconds > 0 else "less"
    moved = (
        f"wait {text.duration(abs(seconds))} {longer} for a worker"
        if known.what == "waiting"
        else f"take {text.signed(abs(percent)).lstrip('+')} {longer}"
    )
    return {"image": image, "moved": moved, "since": _since(known)}


def _range(seconds: Sequence[float]) -> str:
    """`50 s to 1 m`, or one of them where they are the same in words."""
    shown = [text.duration(each) for each in (min(seconds), max(seconds))]
    return " to ".join(dict.fromkeys(shown))


def _since(known: Known) -> str:
    return day(known.since_at)


def _said(say: Callable[[Said], str]) -> dict[str, str]:
    """What is shared, as long as it is, and once it is over."""
    return {"said": say(present), "did": say(past)}


def _of_pipelines(of: Mapping[str, Any], repo: str, pipelines: Mapping[str, str]) -> dict[str, Any]:
    labels = sorted(pipelines.values())

    def say(said: Said) -> str:
        what = of.get("did", of["said"]) if said is past else of["said"]
        return (
            f"{what} in {number_of(len(labels))} pipelines {said('since')} {of['since']}: {listed(labels)}."
        )

    told = in_tense(say, over=False)
    return {**of, "projects": [repo], "pipelines": sorted(pipelines), **told}
