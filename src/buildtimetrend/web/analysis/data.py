"""What pages and API show alike; figures of a repo are kept until a build lands or they are too old.

What is about all repos, as the overview and the statistics, any build changes: it is asked for each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, cast

from buildtimetrend import charts, json_text
from buildtimetrend.enough import SIDE
from buildtimetrend.errors import NotFound
from buildtimetrend.findings.document.shared_part import shown
from buildtimetrend.model import Query, Series, Value
from buildtimetrend.steps import label
from buildtimetrend.store import reads
from buildtimetrend.store.base import Table, rows
from buildtimetrend.store.columns import BUILD, JOB
from buildtimetrend.store.reads.branches import Branches, default_branch
from buildtimetrend.store.reads.compare import build_before
from buildtimetrend.store.reads.feed import latest_findings
from buildtimetrend.store.reads.job_runs import job_list
from buildtimetrend.store.reads.passed_after import passed_after
from buildtimetrend.timeframes import buckets
from buildtimetrend.web.analysis import found, grades, overview, usage, wasted
from buildtimetrend.web.analysis.explained import explained, in_short
from buildtimetrend.web.analysis.one_job import one_job
from buildtimetrend.web.analysis.one_step import one_step
from buildtimetrend.web.analysis.which_build import Which
from buildtimetrend.web.cache import RepoCache
from buildtimetrend.web.context import Context
from buildtimetrend.web.params import CACHE_MAX_AGE, Parameters
from buildtimetrend.web.repos import KnownRepos

REPOS = 200
FINDINGS = 500  # of all repos: older ones stand on the pages of their projects
MOST_WORDS = 10  # of what is searched for
ANSWERS_PER_REPO = 100
MOST_VALUES = 5_000_000  # numbers, names and instants in all of them: 30 bytes each, 200 at most
QUALITY_SECONDS = 30.0  # tasks wait and fail without a build that lands

T = TypeVar("T")


class Data:
    """Every method blocks for milliseconds: call it on a thread.

    Raises `NotFound` for a repo without builds, and for one that the settings do not allow.
    """

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store = context.store
        self._tasks = context.tasks
        self._repos = repos
        self._prices = context.settings.prices
        self.answers: RepoCache[Any] = RepoCache(REPOS, ANSWERS_PER_REPO, weigh=_values, heaviest=MOST_VALUES)
        repos.on_changed(self.answers.drop)

    def chart(self, name: str, repo: str, parameters: Parameters) -> Series:
        return self._kept(repo, name, parameters, lambda query: charts.draw(name, self._store, query))

    def totals(self, repo: str, parameters: Parameters) -> dict[str, Value]:
        return self._kept(repo, "totals", parameters, lambda query: reads.totals(self._store, query))

    def build_figures(self, repo: str, parameters: Parameters) -> dict[str, Value]:
        return self._kept(repo, "wall", parameters, lambda query: reads.build_figures(self._store, query))

    def default_branch(self, repo: str) -> str | None:
        return self._kept(repo, "default branch", Parameters(), lambda _: default_branch(self._store, repo))

    def choices(self, repo: str, parameters: Parameters) -> dict[str, list[str]]:
        """Values that the filters can take, whatever they are set to now."""
        unfiltered = parameters.unfiltered()
        return self._kept(repo, "choices", unfiltered, lambda query: reads.choices(self._store, query))

    def pipelines(self, repo: str) -> list[reads.Pipeline]:
        """Of all times, by label."""
        self._repos.require(repo)
        return reads.pipelines(self._store, repo)

    def pipeline_figures(self, repo: str, parameters: Parameters) -> list[dict[str, Any]]:
        """Of each pipeline with jobs in the range, that with most job time first, with what it is called."""
        return self._kept(repo, "pipelines", parameters.filtered(pipeline=None), self._pipeline_figures)

    def _pipeline_figures(self, query: Query) -> list[dict[str, Any]]:
        called = {one.id: one for one in reads.pipelines(self._store, query.repo)}
        starts = buckets(query.since, query.until, query.interval)
        places = {start: place for place, start in enumerate(starts)}
        found = reads.pipeline_figures(self._store, query)
        lines: dict[Any, list[float | None]] = {row["id"]: [None] * len(starts) for row in found}
        for row in rows(reads.pipeline_trends(self._store, query)):
            if row["pipeline"] in lines and row["bucket"] in places:
                lines[row["pipeline"]][places[row["bucket"]]] = row["median"]
        return [
            {**asdict(called[row["id"]]), **row, "pipeline": called[row["id"]].key, "trend": lines[row["id"]]}
            for row in found
            if row["id"] in called
        ]

    def findings(self, repo: str, parameters: Parameters, branches: Branches | None = None) -> dict[str, Any]:
        """What changed for good, the newest first; see `found`. What is kept of a year's answers in
        milliseconds; filters, and other ranges and branches, take up to a second for each pipeline.
        """
        if branches is None and not set(parameters.filters) - {"pipeline"} and _is_whole_year(parameters):
            self._repos.require(repo)
            now_in = partial(self._found_in, repo, parameters)
            answer = found.kept(self._store, parameters.query(repo), datetime.now(UTC), now_in)
            return answer | {"findings": [shown(row, self._repos.shows) for row in answer["findings"]]}
        kind = f"findings {branches or ''}"
        return self._kept(repo, kind, parameters, lambda query: found.found(self._store, query, branches))

    def kept_findings(self, repo: str, pipeline: str | None) -> dict[str, Any] | None:
        """What `findings` says of a year, of one pipeline or of all, where it is kept."""
        self._repos.require(repo)
        year = Parameters.model_validate({"timeframe": "year", "filter_pipeline": pipeline})
        answer = found.kept_alone(self._store, year.query(repo), datetime.now(UTC))
        return answer and answer | {"findings": [shown(row, self._repos.shows) for row in answer["findings"]]}

    def _found_in(self, repo: str, parameters: Parameters, pipeline: reads.Pipeline) -> dict[str, Any]:
        what = f"findings of {pipeline.id}"
        ask = lambda query: found.found_in(self._store, query, pipeline)  # noqa: E731
        return self._kept(repo, what, parameters, ask)

    def wasted(self, repo: str, parameters: Parameters) -> dict[str, Any]:
        """What worker time came to nothing, and what it cost; see `wasted`."""
        return self._kept(
            repo, "wasted", parameters, lambda query: wasted.wasted(self._store, query, self._prices)
        )

    def quality(self, repo: str, parameters: Parameters) -> dict[str, Any]:
        """How far the figures of the range can be trusted, whatever the filters."""
        unfiltered = parameters.unfiltered()
        ask = partial(reads.quality, self._store)
        return self._kept(repo, "quality", unfiltered, ask, QUALITY_SECONDS)

    def quiet_since(self, repo: str) -> datetime | None:
        """When its last build ended, of a repo without one for long; None of any other."""
        ask = partial(reads.last_build_at, self._store)
        last = self._kept(repo, "last build", Parameters(), ask, QUALITY_SECONDS)
        return last if grades.quiet(last, datetime.now(UTC)) else None

    def projects(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Every repo that may be shown, by name; `quiet` ones have had no build for long."""
        now = datetime.now(UTC)
        return [
            row | {"quiet": grades.quiet(row["last_finished_at"], now)}
            for row in self._shown(reads.projects(self._store, since, until))
        ]

    def open_findings(self) -> list[dict[str, Any]]:
        """What takes longer in any project that may be shown, and is not over, the largest first."""
        hidden = self._repos.hidden()
        found = latest_findings(self._store, FINDINGS)
        return overview.open_findings(
            [
                row | {"document": shown(row["document"], self._repos.shows)}
                for row in found
                if row["repo_id"] not in hidden
            ]
        )

    def trends(
        self, repo_ids: Sequence[int], since: datetime, until: datetime, interval: str
    ) -> tuple[list[datetime], dict[int, list[float | None]]]:
        """The starts of the range's buckets, and each repo's median duration (s) in every one of them."""
        starts = buckets(since, until, interval)
        places = {start: n for n, start in enumerate(starts)}
        lines: dict[int, list[float | None]] = {repo: [None] * len(starts) for repo in repo_ids}
        for row in rows(reads.project_trends(self._store, repo_ids, since, until, interval)):
            lines[row["repo_id"]][places[row["bucket"]]] = row["median_duration"]
        return starts, lines

    def builds(
        self, repo: str, parameters: Parameters, limit: int, offset: int, q: str = ""
    ) -> list[dict[str, Any]]:
        """The newest first; with `q` those that have all of its words."""
        self._repos.require(repo)
        found = rows(reads.builds(self._store, parameters.query(repo), limit, offset, q.split()[:MOST_WORDS]))
        return self._with_references(repo, found)

    def jobs(self, repo: str, parameters: Parameters, limit: int, offset: int) -> list[dict[str, Any]]:
        self._repos.require(repo)
        return [_job(row) for row in rows(reads.jobs(self._store, parameters.query(repo), limit, offset))]

    def steps(self, repo: str, parameters: Parameters, limit: int, offset: int) -> list[dict[str, Any]]:
        self._repos.require(repo)
        found = rows(reads.steps(self._store, parameters.query(repo), limit, offset))
        return [step | {"name": label(step["key"], step["phase"])} for step in found]

    def step(self, repo: str, parameters: Parameters, key: str) -> dict[str, Any]:
        """One step over time; see `one_step`."""
        return self._kept(repo, f"step {key}", parameters, lambda query: one_step(self._store, query, key))

    def job(self, repo: str, parameters: Parameters, name: str) -> dict[str, Any]:
        """One job over time; see `one_job`."""
        return self._kept(repo, f"job {name}", parameters, lambda query: one_job(self._store, query, name))

    def job_list(self, repo: str, parameters: Parameters, most: int) -> list[dict[str, Any]]:
        """A row for each job in the range, that with most time in all first; see `reads.job_list`."""
        ask = lambda query: rows(job_list(self._store, query, most))  # noqa: E731
        return self._kept(repo, f"{most} jobs", parameters, ask)

    def attempts(self, provider: str, repo: str, number: str, which: Which) -> list[dict[str, Any]]:
        """The attempts of the builds of that number, in order. Raises `NotFound` when there are none."""
        self._repos.require(repo)
        found = rows(reads.build(self._store, provider, repo, number))
        meant = reads.ids_of_pipelines(self._store, repo, which.pipeline) if which.pipeline else ()
        chosen = self._with_references(repo, [row for row in found if which.is_meant(row, meant)])
        if not chosen:
            where = which.told if found else ""
            raise NotFound(
                f"There is no build {number} of {repo} by {provider}{where} here.", detail="number"
            )
        return chosen

    def _with_references(self, repo: str, builds: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """With `pipeline_reference`, which links to builds need where a repo has several pipelines."""
        known = reads.pipelines(self._store, repo) if builds else []
        references = {pipeline.id: pipeline.reference for pipeline in known if len(known) > 1}
        return [
            BUILD.plain(row) | {"pipeline_reference": references.get(row["pipeline_id"])} for row in builds
        ]

    def explained(self, repo: str, attempts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each attempt as a `build` with its `jobs`, and those with their `steps`, beside what is usual."""
        return [
            explained(attempt, self._jobs_of(attempt), reads.usual(self._store, repo, attempt, SIDE))
            for attempt in attempts
        ]

    def verdicts(self, repo: str, parameters: Parameters, limit: int, offset: int) -> list[dict[str, Any]]:
        """Of the builds that `builds` lists, those that passed: what each is known by, and its verdict."""
        ask = lambda _: self._verdicts(repo, self.builds(repo, parameters, limit, offset))  # noqa: E731
        return self._kept(repo, f"verdicts {limit} {offset}", parameters, ask)

    def judged_builds(self, repo: str, parameters: Parameters, most: int) -> list[dict[str, Any]]:
        """The newest builds, each with its `verdict` as `judged` has it."""
        ask = lambda _: self.judged(repo, self.builds(repo, parameters, most, 0))  # noqa: E731
        return self._kept(repo, f"{most} builds", parameters, ask)

    def judged(self, repo: str, shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Builds of that repo, as `builds` has them, each with its `verdict`; None where it has none."""
        return with_verdicts(shown, self._verdicts(repo, shown))

    def _verdicts(self, repo: str, shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        passed = [row for row in shown if row["result"] == "passed" and row["duration"] is not None]
        found = []
        for pipeline in dict.fromkeys(row["pipeline_id"] for row in passed):
            own = [row for row in passed if row["pipeline_id"] == pipeline]
            for row, (jobs, usual) in zip(own, reads.usuals(self._store, repo, own, SIDE), strict=True):
                of = {name: row[name] for name in ("provider", "build_id", "number", "attempt")}
                found.append(of | {"verdict": in_short(row, jobs, usual)})
        return found

    def neighbours(self, repo: str, attempts: Sequence[dict[str, Any]]) -> reads.Neighbours:
        """Numbers of the builds before and after the one of these attempts."""
        return reads.neighbours(self._store, repo, attempts)

    def passed_after(self, repo: str, build: Mapping[str, Any]) -> list[float]:
        """How long the builds took (s) that passed next."""
        return passed_after(self._store, repo, build)

    def build_before(self, repo: str, build: Mapping[str, Any]) -> str | None:
        """The number of the build that a comparison of this one alone is with: before it on its branch."""
        return build_before(self._store, repo, build)

    def statistics(self, parameters: Parameters) -> dict[str, Any]:
        """Counts of the repos that may be shown, and how the service keeps up with its tasks."""
        since, until, interval = parameters.range(datetime.now(UTC))
        found = reads.statistics(self._store, since, until, interval, self._repos.hidden())
        return {
            **{name: getattr(found, name) for name in ("repos", "builds", "jobs", "steps", "events")},
            "all_repos": len(self._shown(reads.repos(self._store))),
            "projects": rows(found.projects),
            "languages": rows(found.languages),
            "tasks": dict(self._tasks.depth()),
            "oldest_open_at": reads.oldest_open(self._store),
            "failed_tasks": sum(row["count"] for row in self._shown(reads.failures(self._store))),
            "lag": reads.lag(self._store, since, until),
            "store_bytes": self._store.size(),
        }

    def usage_chart(self, name: str, parameters: Parameters) -> Series:
        """A chart of all repos over time. Raises `NotFound` for one that there is not."""
        return usage.draw(name, self.statistics(parameters), *parameters.range(datetime.now(UTC)))

    def known(self, repo: str) -> bool:
        """Whether there are builds of it: else nothing leads to its page."""
        return self._repos.find(repo) is not None

    def _shown(self, table: Table) -> list[dict[str, Any]]:
        return self._repos.shown(rows(table))

    def _jobs_of(self, attempt: dict[str, Any]) -> list[dict[str, Any]]:
        jobs = rows(reads.build_jobs(self._store, attempt))
        steps: dict[int, list[dict[str, Any]]] = {job["job_key"]: [] for job in jobs}
        for step in rows(reads.job_steps(self._store, attempt["repo"], list(steps))):
            steps[step["job_key"]].append(step | {"label": label(step["key"], step["phase"])})
        dropped = reads.dropped_jobs(self._store, attempt) if jobs else set()
        return [
            _job(job) | {"steps": steps[job["job_key"]], "steps_dropped": job["job_id"] in dropped}
            for job in jobs
        ]

    def _kept(
        self,
        repo: str,
        what: str,
        parameters: Parameters,
        ask: Callable[[Query], T],
        seconds: float | None = None,
    ) -> T:
        """The answer that is there, unless a build has landed since or it is too old; `ask`'s otherwise."""
        key = (what, parameters.key)
        repo_id = self._repos.require(repo)
        seconds = seconds or CACHE_MAX_AGE[parameters.timeframe] * 60
        return cast(T, self.answers.answer(repo_id, key, seconds, lambda: ask(parameters.query(repo))))


def with_verdicts(
    builds: Sequence[dict[str, Any]], verdicts: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each build with its `verdict`, None where it is not among them."""
    found = {_own(one): one["verdict"] for one in verdicts}
    return [build | {"verdict": found.get(_own(build))} for build in builds]


def _own(build: Mapping[str, Any]) -> tuple[Any, ...]:
    return build["provider"], build["build_id"], build["attempt"]


def _is_whole_year(parameters: Parameters) -> bool:
    return parameters.timeframe == "year" and not (parameters.since or parameters.until)


def _values(answer: object) -> int:
    """How many values there are in a chart, or in figures by name."""
    if isinstance(answer, Series):
        return sum(len(column.values) for column in answer.columns)
    if isinstance(answer, dict | list):
        return sum(map(_values, answer.values() if isinstance(answer, dict) else answer))
    return 1


def _job(row: dict[str, Any]) -> dict[str, Any]:
    return JOB.plain(row) | {"worker_facts": json_text.loads(row["worker_facts"])}
