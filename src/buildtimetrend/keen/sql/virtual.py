"""The collections that nobody writes: `build_jobs` and `build_substages` are our own builds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.filters import Condition, Filter
from buildtimetrend.keen.shape import JOBS, MATRIX_NAMES, SUBSTAGES
from buildtimetrend.keen.sql.columns import ABSENT, EVERY, Bind, Column
from buildtimetrend.keen.sql.fields import JOB, SUBSTAGE, Field, Fields
from buildtimetrend.model import Value
from buildtimetrend.store.reads.repos import NO_REPO

COLLECTIONS: dict[str, Fields] = {JOBS: JOB, SUBSTAGES: SUBSTAGE}
REPO = ("job.repo", "buildtime_trend.project_name")
MATRIX = "job.build_matrix."
OBJECTS = {
    path[:at]
    for fields in COLLECTIONS.values()
    for path in fields
    for at in range(len(path))
    if path[at] == "."
}
_OUR_NAMES = {theirs: ours for ours, theirs in MATRIX_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Repos:
    """Names of the repos that may be shown, by their ids."""

    names: Mapping[int, str]
    all_of_them: bool


class VirtualEvents:
    """Jobs or steps as a `Source`.

    Filters that ask for one repo are known before: then one shard, or one stretch of the tables, is read.
    """

    at = "job.finished_at"

    def __init__(self, collection: str, filters: Sequence[Filter], repos: Repos, bind: Bind) -> None:
        self._is_steps = collection == SUBSTAGES
        self._fields = COLLECTIONS[collection]
        self._repos = repos
        self._bind = bind
        self._repo = _one_repo(filters, repos)
        self._needs_build = False
        self._of_jobs: dict[str, str] = {}  # expressions over a job alone, by name

    @property
    def spread(self) -> bool:
        return self._repo is None

    def column(self, path: str) -> Column:
        if path in REPO:
            names = self._repos.names
            return Column("TRUE", "job.repo_id", partial(_name, names), names=names, named=_REPOS)
        if path in self._fields:
            return self._used(_column(path, self._fields[path]))
        if path.startswith(MATRIX):
            return self._matrix(path.removeprefix(MATRIX))
        if path in OBJECTS:
            return self._object(path)
        return ABSENT

    def once(self, sql: str, name: str) -> str:
        """Jobs are fewer than their steps."""
        if not self._is_steps:
            return sql
        self._of_jobs[name] = sql
        return f"job.{name}"

    def tables(self) -> str:
        tables = "job"
        if self._is_steps:
            tables = f"step JOIN {self._jobs()} ON {' AND '.join(self._steps_of_jobs())}"
        if self._needs_build:
            tables += f" JOIN build ON {' AND '.join(f'build.{key} = job.{key}' for key in _BUILD_KEY)}"
        return tables

    def conditions(self) -> list[str]:
        ended = ["job.result IS NOT NULL", "job.finished_at IS NOT NULL"]
        if self._is_steps:
            ended.append("step.depth = 0 AND step.duration IS NOT NULL")
        if self._repo is not None:
            tables = ["job", *(["step"] if self._is_steps else []), *(["build"] if self._needs_build else [])]
            return [f"{table}.repo_id = {self._bind(self._repo)}" for table in tables] + ended
        if not self._repos.all_of_them:
            ids = ", ".join(map(self._bind, self._repos.names))
            ended.append(f"job.repo_id IN ({ids})" if ids else "FALSE")
        return ended

    def _jobs(self) -> str:
        if not self._of_jobs:
            return "job"
        added = ", ".join(f"{sql} AS {name}" for name, sql in self._of_jobs.items())
        return f"(SELECT job.*, {added} FROM job) AS job"  # noqa: S608 - only our own expressions

    def _steps_of_jobs(self) -> list[str]:
        """Keys of jobs are unique: where both tables are told the repo, comparing it once more costs time."""
        keys = ["job_key"] if self._repo is not None else ["repo_id", "job_key"]
        return [f"step.{key} = job.{key}" for key in keys]

    def _used(self, column: Column) -> Column:
        self._needs_build |= "build." in column.key
        return column

    def _matrix(self, name: str) -> Column:
        """Any parameter of the build matrix; its names are those of the CI."""
        ours = _OUR_NAMES.get(name, name)
        if ours.startswith(("/", "$")) or name in MATRIX_NAMES:
            return ABSENT
        text = f"(CAST(job.matrix_values AS JSON) ->> {self._bind(ours)})"
        return Column(f"{text} IS NOT NULL", text, text=text)

    def _object(self, path: str) -> Column:
        inner = [self.column(each) for each in self._fields if each.startswith(f"{path}.")]
        exists = {column.exists for column in inner}
        return EVERY if "TRUE" in exists else Column(f"({' OR '.join(sorted(exists))})", ABSENT.key)


_REPOS = "SELECT id, slug FROM repo"
_BUILD_KEY = ("repo_id", "provider", "instance", "build_id", "attempt")


def _column(path: str, field: Field) -> Column:
    exists = f"{field.sql} IS NOT NULL"
    match field.kind:
        case "names":
            always = "TRUE" if field.sql == "0" else exists
            return Column(always, field.sql, partial(_name, field.names or {}), names=field.names)
        case "number":
            return Column(exists, field.sql, number=field.sql)
        case "truth":
            return Column(exists, field.sql, truth=field.sql)
        case "instant":
            written = times.iso if path.startswith("keen.") else times.plain_iso
            return Column(exists, field.sql, written, instant=field.sql)
        case "text":
            return Column(exists, field.sql, text=field.sql)


def _name(names: Mapping[int, str], key: Value) -> Json:
    return None if key is None else names.get(int(str(key)), str(key))


def _one_repo(filters: Sequence[Filter], repos: Repos) -> int | None:
    for each in filters:
        if isinstance(each, Condition) and each.path in REPO and each.operator == "eq":
            ids = (key for key, name in repos.names.items() if name == each.value)
            return next(ids, NO_REPO)
    return None
