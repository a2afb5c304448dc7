"""Pipelines: what a build is a run of, known by the CI's stable key and shown by its latest name.

Rows of builds and jobs hold its id, which follows from CI system and key: no writer has to ask for one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from buildtimetrend.model import Build, Value
from buildtimetrend.store.columns import utc
from buildtimetrend.store.text import clean, short

Run: TypeAlias = Callable[[str, Mapping[str, Value]], Sequence[tuple[Any, ...]]]  # a statement: its rows

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """What a build tells of its pipeline, as the store has it.

    `named_at` is when the build began that calls it so: an older one does not undo a later rename. A build
    that names none, or of which that is not known, is older than all others.
    """

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
        self._known: dict[tuple[int, int], PipelineRow] = {}

    def reload(self) -> None:
        """Forget what a rolled back transaction noted."""
        self._known.clear()

    def note(self, repo_id: int, pipeline: PipelineRow) -> None:
        known = self._known.get((repo_id, pipeline.id))
        if known is not None and (known == pipeline or _both(known, pipeline) == known):
            return
        self._run(_NOTE, {"repo_id": repo_id, **asdict(pipeline)})
        self._known[repo_id, pipeline.id] = pipeline if known is None else _both(known, pipeline)


def _both(known: PipelineRow, told: PipelineRow) -> PipelineRow:
    """What is known after this was told, as the statement below has it."""
    first, second = (told, known) if told.named_at >= known.named_at else (known, told)
    return replace(first, name=first.name or second.name, url=first.url or second.url)


def pipeline_of(build: Build) -> PipelineRow:
    provider, instance = clean(build.provider), clean(build.instance)
    key, name = short(build.pipeline), short(build.pipeline_name)
    began_at = build.queued_at or build.started_at or build.finished_at
    return PipelineRow(
        pipeline_id(provider, instance, key),
        provider,
        instance,
        key,
        name,
        clean(build.pipeline_url),
        utc(began_at) if name and began_at else NEVER,
    )


@lru_cache(1000)
def pipeline_id(provider: str, instance: str, key: str) -> int:
    """The same in every process and store. Above 0."""
    digest = hashlib.blake2b("\0".join((provider, instance, key)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 1) or 1


_NOTE = """
    INSERT INTO pipeline (repo_id, id, provider, instance, key, name, url, named_at)
    VALUES ($repo_id, $id, $provider, $instance, $key, $name, $url, $named_at)
    ON CONFLICT (repo_id, id) DO UPDATE SET
        name = CASE WHEN excluded.named_at >= pipeline.named_at
            THEN coalesce(excluded.name, pipeline.name) ELSE coalesce(pipeline.name, excluded.name) END,
        url = CASE WHEN excluded.named_at >= pipeline.named_at
            THEN coalesce(excluded.url, pipeline.url) ELSE coalesce(pipeline.url, excluded.url) END,
        named_at = greatest(excluded.named_at, pipeline.named_at)
"""
