"""Comparisons of branches, periods or builds, for page and API alike: what is asked, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from buildtimetrend import timeframes
from buildtimetrend.charts.comparison import Comparison, compare
from buildtimetrend.filters import of_table
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.compare import Side, busiest_branches
from buildtimetrend.web.analysis.named_builds import NamedBuild, named_build
from buildtimetrend.web.cache import RepoCache
from buildtimetrend.web.context import Context
from buildtimetrend.web.params import CACHE_MAX_AGE, Instant, Parameters, Text, lenient
from buildtimetrend.web.repos import KnownRepos
from buildtimetrend.wrong_values import wrong

PERIODS = ("a_since", "a_until", "b_since", "b_until")
# A build has one value of what builds are filtered by. Its pipeline says whose number it is, and its jobs
# have results of their own.
OF_ONE_BUILD = [row for row in of_table("build") if row.name not in {"pipeline", "result"}]
NO_FILTER_OF_BUILDS = dict.fromkeys(row.name for row in OF_ONE_BUILD)
# A build is found whenever it ran.
EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
REPOS = 50
PER_REPO = 20


class CompareParameters(Parameters):
    """`a` is what `b` is compared with."""

    by: Literal["branch", "period", "build"] | None = Field(
        default=None, description="what a and b are; when not given, what the other parameters suggest"
    )
    a: Text | None = Field(
        default=None,
        description="a branch, or a build: its number; with .2 behind it the second attempt, unless a build "
        "has that very number",
    )
    b: Text | None = Field(default=None, description="the same, to be compared with a")
    a_since: Instant | None = Field(default=None, description="start of period a, included")
    a_until: Instant | None = Field(default=None, description="end of period a, not included")
    b_since: Instant | None = Field(default=None, description="start of period b, included")
    b_until: Instant | None = Field(default=None, description="end of period b, not included")

    @model_validator(mode="after")
    def _periods_are_sound(self) -> Self:
        a, b = self.periods(datetime.now(UTC))
        for name, (since, until) in (("b", b), ("a", a)):  # a may follow from b
            if since >= until:
                raise ValueError(f"{name}_since must be before {name}_until")
        return self

    @property
    def key(self) -> tuple[object, ...]:
        own = ("by", "a", "b", *PERIODS)
        return (*super().key, *(getattr(self, name) for name in own))

    def periods(self, now: datetime) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
        """[since, until) of a and of b. Unless given, b is the timeframe and a is as long, right before b."""
        since, until, _ = self.range(now)
        b = _period(self.b_since, self.b_until, (since, until))
        a = b[0] - (b[1] - b[0]), b[0]
        if not (self.since or self.b_since or self.b_until):
            a = timeframes.window(self.timeframe, since)[:2]  # of today yesterday, the whole of it
        return _period(self.a_since, self.a_until, a), b

    def sides(self, repo: str, builds: Sequence[NamedBuild]) -> tuple[Side, Side]:
        """What is compared, once `by`, `a` and `b` are known, and of builds those that they name; nothing is
        on a side without a name.
        """
        query = self.query(repo)
        if self.by == "period":
            a, b = self.periods(datetime.now(UTC))
            return tuple(Side(replace(query, since=of[0], until=of[1])) for of in (a, b))  # type: ignore[return-value]
        if self.by == "build":
            query = replace(query, since=EVER[0], until=EVER[1]).filtered(**NO_FILTER_OF_BUILDS)
            return tuple(Side(query, of.number, of.attempt, of.build_ids, of.pipeline) for of in builds)  # type: ignore[return-value]
        return Side(query.filtered(branch=self.a or "")), Side(query.filtered(branch=self.b or ""))

    def suggested(self) -> Literal["branch", "period"]:
        given = (getattr(self, name) for name in PERIODS)
        return "period" if any(given) and not (self.a or self.b) else "branch"


def lenient_comparison(given: Mapping[str, str]) -> tuple[CompareParameters, list[str]]:
    """For pages: as `lenient`, with notes about the values that could not be used."""
    usual = lenient(given)
    notes = list(usual.notes)
    usable = usual.parameters.model_dump(exclude_defaults=True)
    own = CompareParameters.model_fields.keys() - usable.keys() - type(usual.parameters).model_fields.keys()
    usable |= {name: value for name in own if (value := given.get(name, "").strip())}
    while True:
        try:
            return CompareParameters.model_validate(usable), notes
        except ValidationError as error:
            problems = error.errors(include_url=False)
        for problem in problems:
            # A rule about several fields has no name: then a period is what is wrong.
            names = [str(problem["loc"][0])] if problem["loc"] else PERIODS
            used = ", ".join(name for name in names if name in usable)
            notes.append(f"{used}: {wrong(problem)}. The default is used instead.")
            for name in names:
                usable.pop(name, None)


@dataclass(frozen=True, slots=True)
class Compared:
    """`parameters` say what `by`, `a` and `b` came to; one that there is not enough for stays None.

    `builds` are those that `a` and `b` name, where builds are compared; `pipelines` what the repo's are
    called, by id, where it has several.
    """

    parameters: CompareParameters
    builds: tuple[NamedBuild, ...]
    comparison: Comparison
    pipelines: Mapping[int, str]


class Comparisons:
    """Blocks for a tenth of a second: call it on a thread. Raises `NotFound` as `Data` does."""

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store = context.store
        self._repos = repos
        self._kept: RepoCache[Compared] = RepoCache(REPOS, PER_REPO)
        repos.on_changed(self._kept.drop)

    def of(self, repo: str, parameters: CompareParameters) -> Compared:
        def ask() -> Compared:
            settled, builds = settle(self._store, repo, parameters)
            known = {pipeline.id: pipeline.label for pipeline in reads.pipelines(self._store, repo)}
            found = compare(self._store, *settled.sides(repo, builds))
            return Compared(settled, builds, found, known if len(known) > 1 else {})

        seconds = CACHE_MAX_AGE[parameters.timeframe] * 60
        return self._kept.answer(self._repos.require(repo), parameters.key, seconds, ask)

    def branches(self, repo: str, parameters: CompareParameters, limit: int) -> list[str]:
        """Those with most builds in the range, first."""
        self._repos.require(repo)
        return busiest_branches(self._store, parameters.query(repo).filtered(branch=None), limit)


def settle(
    store: Store, repo: str, parameters: CompareParameters
) -> tuple[CompareParameters, tuple[NamedBuild, ...]]:
    """What is not given: the two busiest branches, or periods where there is one branch at most; the last
    build and the one before it on its branch. With the builds that `a` and `b` name, if it is builds.
    """
    by = parameters.by or parameters.suggested()
    a, b = parameters.a or None, parameters.b or None
    if by == "branch" and not (a and b):
        query = parameters.query(repo).filtered(branch=None)
        others = [branch for branch in busiest_branches(store, query, 3) if branch not in (a, b)]
        if parameters.by is None and len(others) + bool(a) + bool(b) < 2:
            by = "period"
        a = a or (others.pop(0) if others else None)
        b = b or (others.pop(0) if others else None)
    builds: tuple[NamedBuild, ...] = ()
    if by == "build":
        b = b or _last(store, repo, parameters)
        reference = parameters.query(repo).filters.get("pipeline")
        among = None if reference is None else reads.ids_of_pipelines(store, repo, reference)
        later = named_build(store, repo, b, among)
        a = a or later.before
        builds = _earlier(store, repo, a, later, among), later
    update = {"by": by, "a": a, "b": b} if by != "period" else {"by": by}
    return parameters.model_copy(update=update), builds


def _earlier(
    store: Store, repo: str, named: str | None, later: NamedBuild, among: Sequence[int] | None
) -> NamedBuild:
    """Of the same pipeline, if that has such a build."""
    if later.pipeline is not None:
        own = named_build(store, repo, named, [later.pipeline])
        if own.build_ids:
            return own
    return named_build(store, repo, named, among)


def _last(store: Store, repo: str, parameters: CompareParameters) -> str | None:
    """Of all times: its jobs need not be of the range, either."""
    asked = parameters.query(repo)
    of_pipeline = parameters.unfiltered().query(repo).filtered(pipeline=asked.filters.get("pipeline"))
    query = replace(of_pipeline, since=EVER[0], until=EVER[1])
    found = reads.builds(store, query, 1, 0)["number"]
    return str(found[0]) if found else None


def _period(
    since: datetime | None, until: datetime | None, default: tuple[datetime, datetime]
) -> tuple[datetime, datetime]:
    """An end that is not given is as far from the other as the default's ends are."""
    length: timedelta = default[1] - default[0]
    if since and until:
        return since, until
    if since:
        return since, since + length
    return (until - length, until) if until else default
