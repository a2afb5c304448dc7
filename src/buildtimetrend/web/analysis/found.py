"""The findings of a repo, as pages and API show them: those that are kept, or found now where none are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from buildtimetrend import findings, json_text
from buildtimetrend.alerts.kinds import is_worse
from buildtimetrend.findings.document.of_finding import document
from buildtimetrend.findings.outcomes.ended_builds import outcomes
from buildtimetrend.findings.outcomes.flaky import flaky_findings
from buildtimetrend.findings.outcomes.passing import results
from buildtimetrend.findings.watch import watched_builds
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.branches import BranchClass, Branches, default_branch
from buildtimetrend.web.analysis.recoveries import without_recoveries

# A pipeline that changed is looked at within seconds: if that did not happen for so long, nobody does it.
LATE = timedelta(minutes=10)


# What is said of other kinds alone, or by findings that were kept before it was.
OF_DURATIONS: Mapping[str, Any] = {"unit": "s", "evidence": None, "flaky": [], "trend": None}
ALONE: Mapping[str, Any] = {"shared": None, "own_sentence": None, "part_of": None}

# `findings`, `builds` that were looked at, `since` when, of which class of `branches`, `analysed_at`, and
# whether it is `behind`: builds came since then.
Found: TypeAlias = dict[str, Any]


def found(store: Store, query: Query, branches: Branches | None = None) -> Found:
    """Found now, in the builds that the query asks for: of branches of that class, else of those that are
    watched, unless it filters by branch.

    `findings` of each pipeline, or of those that the query asks for, the newest first; how many `builds`
    were looked at, and when the first of them began, in `since`.
    """
    return _together([found_in(store, query, each, branches) for each in _pipelines(store, query)])


def kept(store: Store, query: Query, now: datetime, otherwise: Callable[[reads.Pipeline], Found]) -> Found:
    """The same of builds that are watched, as they were found in the background at `analysed_at`; of a
    pipeline that was not looked at yet, or not for long, what `otherwise` says.
    """
    repo_id = reads.repo_id(store, query.repo)
    looked = {row["pipeline"]: row for row in reads.analyses(store, repo_id)}
    wanted = _pipelines(store, query)
    current = [each.id for each in wanted if _is_current(looked.get(each.id), now)]
    of_pipelines: dict[int, list[dict[str, Any]]] = {id: [] for id in current}
    for row in reads.kept_findings(store, repo_id, current):
        if row["withdrawn_at"] is None and row["since_at"] >= query.since:
            of_pipelines[row["pipeline"]].append(_read(row))
    speaking = {row["id"] for rows in of_pipelines.values() for row in rows}
    return _together(
        [
            _kept(_once(_own(of_pipelines[each.id], speaking)), looked[each.id])
            if each.id in of_pipelines
            else otherwise(each)
            for each in wanted
        ]
    )


def _own(rows: Sequence[Found], listed: Collection[str]) -> list[Found]:
    return [row for row in without_recoveries(rows) if not _is_led(row, listed)]


def _is_led(row: Mapping[str, Any], listed: Collection[str]) -> bool:
    """Whether one in the same list speaks for it: pipelines that share a cause have one finding."""
    return bool(row["part_of"]) and row["part_of"]["id"] in listed


def _once(rows: Iterable[Found]) -> list[Found]:
    """Of those of a pipeline that the same finding elsewhere speaks for the one that is open, else surest."""
    told: dict[str, Found] = {}
    for row in rows:
        led = row["part_of"] or {}
        key = led["id"] if led.get("shared") else row["id"]
        if key not in told or _weight(row) > _weight(told[key]):
            told[key] = row
    return [*told.values()]


def _weight(row: Found) -> tuple[bool, float]:
    return row["over_since"] is None, row["confidence"] or 0.0


def kept_alone(store: Store, query: Query, now: datetime) -> Found | None:
    """The same where all pipelines that are asked for were looked at; None where one still has to be."""
    unseen: list[reads.Pipeline] = []

    def otherwise(pipeline: reads.Pipeline) -> Found:
        unseen.append(pipeline)
        return {
            "findings": [],
            "builds": 0,
            "since": None,
            "branches": None,
            "analysed_at": None,
            "behind": False,
        }

    answer = kept(store, query, now, otherwise)
    return None if unseen else answer


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `reads.kept_findings` as the API answers with it."""
    return _public(_read(row))


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json_text.loads(row["document"])
    return {
        **OF_DURATIONS,
        **ALONE,
        **found,
        "worse": is_worse(found),
        "alert": row["state"],
        "branches": row["branches"],
        **{name: _build(found[name]) for name in ("since", "first", "last", "last_before", "over_since")},
    }


def _public(found: dict[str, Any]) -> dict[str, Any]:
    """Without what looks at pipelines ask each other."""
    return {name: value for name, value in found.items() if name != "on_image"}


def _build(told: dict[str, Any] | None) -> dict[str, Any] | None:
    return told and told | {"started_at": datetime.fromisoformat(told["started_at"])}


def _is_current(looked: Mapping[str, Any] | None, now: datetime) -> bool:
    if looked is None or looked["analysed_at"] is None:
        return False
    return not looked["changed"] or now - looked["analysed_at"] < LATE


def _pipelines(store: Store, query: Query) -> list[reads.Pipeline]:
    asked = query.filters.get("pipeline")
    meant = None if asked is None else reads.ids_of_pipelines(store, query.repo, asked)
    return [each for each in reads.pipelines(store, query.repo) if meant is None or each.id in meant]


def found_in(store: Store, query: Query, pipeline: reads.Pipeline, branches: Branches | None = None) -> Found:
    """Of one pipeline; see `found`."""
    asked = query.filtered(pipeline=str(pipeline.id))
    of = _class(store, asked, branches)
    done = findings.find(store, asked, of)
    builds = done.measured.builds
    told = [
        {**OF_DURATIONS, **one, "worse": is_worse(one), "branches": of.branches.value}
        for one in (document(each, done, pipeline) for each in done.found)
    ]
    ends = outcomes(store, asked)
    told += [one.document | {"branches": of.branches.value} for one in results(ends, of, pipeline).found]
    if branches is None:
        told += [one.document | {"branches": Branches.ALL.value} for one in flaky_findings(ends, pipeline)]
    alone = [{**ALONE, **one, "id": None, "alert": None} for one in told]
    return {
        "findings": without_recoveries(alone),
        "builds": len(builds),
        "since": min((build["started_at"] for build in builds), default=None),
        "branches": of.branches.value,
        "analysed_at": None,
        "behind": False,
    }


def _class(store: Store, query: Query, branches: Branches | None) -> BranchClass:
    if branches is not None:
        return BranchClass(branches, default_branch(store, query.repo))
    return BranchClass() if "branch" in query.filters else watched_builds(store, query).of


def _kept(rows: list[dict[str, Any]], looked: Mapping[str, Any]) -> Found:
    return {
        "findings": rows,
        "builds": looked["builds"] or 0,
        "since": looked["first_began_at"],
        "branches": looked["branches"],
        "analysed_at": looked["analysed_at"],
        "behind": bool(looked["changed"]),
    }


def _together(of_pipelines: Sequence[Found]) -> Found:
    told = [_public(row) for of in of_pipelines for row in of["findings"]]
    looked_at = [of["analysed_at"] for of in of_pipelines]
    began = [of["since"] for of in of_pipelines if of["since"]]
    branches = {of["branches"] for of in of_pipelines if of["builds"]}
    return {
        "findings": sorted(told, key=lambda row: row["since"]["started_at"], reverse=True),
        "builds": sum(of["builds"] for of in of_pipelines),
        "since": min(began, default=None),
        "branches": branches.pop() if len(branches) == 1 else None,
        "analysed_at": min(looked_at) if looked_at and all(looked_at) else None,
        "behind": any(of["behind"] for of in of_pipelines),
    }
