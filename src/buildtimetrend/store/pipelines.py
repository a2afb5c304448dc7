"""Pipelines: what a build is a run of, known by the CI's stable key and shown by its latest name.

Rows of builds and jobs hold its id, which follows from CI system and key: no writer has to ask for one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from buildtimetrend.model import Build, Value
from buildtimetrend.store.columns import utc
from buildtimetrend.store.text import SHORT, clean, short

Run: TypeAlias = Callable[[str, Mapping[str, Value]], Sequence[tuple[Any, ...]]]  # a statement: its rows


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`named_at` is when it was called so: an older build does not undo a later rename."""

    id: int
    provider: str
    instance: str
    key: str
    name: str | None
    url: str | None
    named_at: datetime


class Pipelines:
    """Notes what builds tell of theirs, inside the caller's transaction. For the writing thread alone."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[tuple[int, int], Pipeline] = {}

    def reload(self) -> None:
        """Forget what a rolled back transaction noted."""
        self._known.clear()

    def note(self, repo_id: int, pipeline: Pipeline) -> None:
        known = self._known.get((repo_id, pipeline.id))
        if known is not None:
            says_more = (pipeline.name or known.name, pipeline.url or known.url) != (known.name, known.url)
            if not says_more or pipeline.named_at < known.named_at:
                return
        fields = {name: getattr(pipeline, name) for name in Pipeline.__slots__}
        self._run(_NOTE, {"repo_id": repo_id, **fields})
        self._known[repo_id, pipeline.id] = pipeline


def pipeline_of(build: Build) -> Pipeline:
    provider, instance = clean(build.provider), clean(build.instance)
    key = short(build.pipeline)
    seen_at = build.queued_at or build.started_at or build.finished_at or datetime.now(UTC)
    return Pipeline(
        pipeline_id(provider, instance, key),
        provider,
        instance,
        key,
        short(build.pipeline_name, SHORT),
        clean(build.pipeline_url),
        utc(seen_at),
    )


def pipeline_id(provider: str, instance: str, key: str) -> int:
    """The same in every process and store. Above 0."""
    digest = hashlib.blake2b("\0".join((provider, instance, key)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 1) or 1


_NOTE = """
    INSERT INTO pipeline (repo_id, id, provider, instance, key, name, url, named_at)
    VALUES ($repo_id, $id, $provider, $instance, $key, $name, $url, $named_at)
    ON CONFLICT (repo_id, id) DO UPDATE SET
        name = coalesce(excluded.name, pipeline.name), url = coalesce(excluded.url, pipeline.url),
        named_at = excluded.named_at
    WHERE excluded.named_at >= pipeline.named_at
"""
