"""Properties of the virtual collections, in the names of `shape.py`, as SQL over our own tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from buildtimetrend import __version__
from buildtimetrend.keen.instants import DAYS, MONTHS
from buildtimetrend.keen.shape import CLIENT

Kind: TypeAlias = Literal["text", "number", "truth", "instant", "names"]


@dataclass(frozen=True, slots=True)
class Field:
    """`sql` is NULL where the event lacks the property; of `names` it is their key."""

    kind: Kind
    sql: str
    names: Mapping[int, str] | None = None


Fields: TypeAlias = dict[str, Field]

_EVENT_ID = "substr(md5(concat_ws('|', {parts})), 1, 24)"
_BUILD_PARTS = "job.provider, job.instance, job.build_id, CAST(job.attempt AS TEXT), job.job_id"


def _texts(table: str, **columns: str) -> Fields:
    return {path.replace("__", "."): Field("text", f"{table}.{column}") for path, column in columns.items()}


def _numbers(table: str, **columns: str) -> Fields:
    return {path.replace("__", "."): Field("number", f"{table}.{column}") for path, column in columns.items()}


def _json(column: str, name: str) -> Field:
    return Field("text", f"CAST({column} AS JSON) ->> '{name}'")


def _time(path: str, at: str) -> Fields:
    """The parts of an instant: see `instants.time_of`."""
    epoch = f"CAST(extract(epoch FROM {at}) AS DOUBLE PRECISION)"
    hour = f"CAST(floor({epoch} / 3600) AS BIGINT) % 24"
    day = f"(CAST(floor({epoch} / 86400) AS BIGINT) + 4) % 7"
    month = f"CAST(extract(month FROM {at}) AS INTEGER)"
    micro = f"CAST(extract(microseconds FROM {at}) AS BIGINT) % 1000000"
    short_days = {n: name[:3] for n, name in enumerate(DAYS)}
    full_months = dict(enumerate(MONTHS, 1))
    short_months = {n: name[:3] for n, name in enumerate(MONTHS, 1)}
    parts = {
        "isotimestamp": Field("instant", at),
        "timestamp_seconds": Field("number", epoch),
        "year": Field("names", f"CAST(extract(year FROM {at}) AS INTEGER)", _padded(1970, 2100, 4)),
        "month": Field("names", month, _padded(1, 12)),
        "month_short": Field("names", month, short_months),
        "month_short_en": Field("names", month, short_months),
        "month_full": Field("names", month, full_months),
        "month_full_en": Field("names", month, full_months),
        "day_of_month": Field("names", f"CAST(extract(day FROM {at}) AS INTEGER)", _padded(1, 31)),
        "day_of_week": Field("names", day, _padded(0, 6, 1)),
        "day_of_week_short": Field("names", day, short_days),
        "day_of_week_short_en": Field("names", day, short_days),
        "day_of_week_full": Field("names", day, dict(enumerate(DAYS))),
        "day_of_week_full_en": Field("names", day, dict(enumerate(DAYS))),
        "hour_12": Field("names", f"({hour} + 11) % 12", {n: f"{n + 1:02}" for n in range(12)}),
        "hour_ampm": Field(
            "names", f"CASE WHEN {hour} < 12 THEN 0 WHEN {hour} >= 12 THEN 1 END", {0: "AM", 1: "PM"}
        ),
        "hour_24": Field("names", hour, _padded(0, 23)),
        "minute": Field("names", f"CAST(floor({epoch} / 60) AS BIGINT) % 60", _padded(0, 59)),
        "second": Field("names", f"CAST(floor({epoch}) AS BIGINT) % 60", _padded(0, 59)),
        "microsecond": Field("text", f"substr(CAST(1000000 + {micro} AS TEXT), 2)"),
        "timezone": Field("names", f"CASE WHEN {at} IS NOT NULL THEN 0 END", {0: "UTC"}),
        "timezone_offset": Field("names", f"CASE WHEN {at} IS NOT NULL THEN 0 END", {0: "+0000"}),
    }
    return {f"{path}.{name}": field for name, field in parts.items()}


def _padded(first: int, last: int, digits: int = 2) -> dict[int, str]:
    return {n: f"{n:0{digits}}" for n in range(first, last + 1)}


def _about(event_id: str) -> Fields:
    return {
        "buildtime_trend.version": Field("names", "0", {0: __version__}),
        "buildtime_trend.client": Field("names", "0", {0: CLIENT}),
        "buildtime_trend.client_version": Field("names", "0", {0: __version__}),
        "buildtime_trend.event_id": Field("text", event_id),
        "keen.id": Field("text", event_id),
        "keen.timestamp": Field("instant", "job.finished_at"),
        "keen.created_at": Field("instant", "job.finished_at"),
    }


_OLD_JOB: Fields = {
    **_texts(
        "job",
        job__build="build_number",
        job__branch="branch",
        job__ci_platform="provider",
        job__result="result",
        job__build_trigger='"trigger"',
        job__build_matrix__language="language",
        job__worker__hostname="worker_hostname",
        job__worker__os="os",
        job__worker__instance="worker_instance",
        build__id="build_id",
        build__instance="instance",
    ),
    **_numbers("job", job__duration="duration", job__worker__boot_time="boot_time", build__attempt="attempt"),
    "job.job": Field("text", "coalesce(job.number, job.job_id)"),
    "job.pull_request.is_pull_request": Field("truth", "(build.pull_request IS NOT NULL)"),
    **_texts(
        "build", job__pull_request__number="pull_request", job__pull_request__title="pull_request_title"
    ),
    "job.build_matrix.summary": Field("text", "nullif(job.matrix, '')"),
    "job.worker.dist": _json("job.worker_facts", "dist"),
    "job.worker.arch": _json("job.worker_facts", "arch"),
    **_time("job.started_at", "job.started_at"),
    **_time("job.finished_at", "job.finished_at"),
}
JOB: Fields = {
    **_OLD_JOB,
    **_texts(
        "job",
        job__id="job_id",
        job__number="number",
        job__name="name",
        job__stage="stage",
        job__raw_result="raw_result",
        job__exit__reason="exit_reason",
        job__exit__command="exit_command",
        job__exit__phase="exit_phase",
        job__exit__message="exit_message",
        job__log="log_state",
    ),
    **_numbers("job", job__queue_time="queue_time", job__exit__code="exit_code"),
    "job.allow_failure": Field("truth", "job.allow_failure"),
    "job.queued_at": Field("instant", "job.queued_at"),
    **_texts(
        "build",
        build__result="result",
        build__raw_result="raw_result",
        build__tag="tag",
        build__commit="commit_id",
        build__message="message",
        build__author="author",
        build__url="url",
    ),
    **_numbers("build", build__duration="duration"),
    "build.queued_at": Field("instant", "build.queued_at"),
    "build.started_at": Field("instant", "build.started_at"),
    "build.finished_at": Field("instant", "build.finished_at"),
    **_about(_EVENT_ID.format(parts=_BUILD_PARTS)),
}
# Steps have a start and a duration.
_STEP_END = "(step.started_at + CAST(round(step.duration * 1000000) AS BIGINT) * INTERVAL '1 microsecond')"
SUBSTAGE: Fields = {
    **_OLD_JOB,
    **_texts("step", stage__name="name", stage__command="command", stage__phase="phase"),
    **_numbers("step", stage__duration="duration", stage__position="position"),
    **_time("stage.started_at", "step.started_at"),
    **_time("stage.finished_at", _STEP_END),
    **_about(_EVENT_ID.format(parts=f"{_BUILD_PARTS}, CAST(step.position AS TEXT)")),
}
