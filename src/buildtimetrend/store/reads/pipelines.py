"""Which pipelines a repo has, and which of them a text names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.lookups import look_up
from buildtimetrend.store.reads.repos import repo_id

LONGEST_REFERENCE = 500  # characters: a parameter takes no more


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`key` is empty where a CI system has just one; `name` is the latest, if it is not as the key.

    `reference` is a text that names this one alone, and stays when it is renamed. `label` is what people call
    it, and tells it from the others.
    """

    id: int
    provider: str
    instance: str
    key: str
    name: str | None
    url: str | None
    reference: str
    label: str


def pipelines(store: Store, repo: str) -> list[Pipeline]:
    """Those of a repo, by label."""
    known = _known(store, repo)
    called = Counter(map(_name, known))
    found = [
        Pipeline(
            **row,
            reference=_reference(row, known),
            label=_name(row) if called[_name(row)] == 1 else f"{_name(row)} ({_told_apart(row, known)})",
        )
        for row in known
    ]
    return sorted(found, key=lambda pipeline: (pipeline.label.casefold(), pipeline.id))


def ids_of_pipelines(store: Store, repo: str, reference: str) -> list[int]:
    """Ids of the repo's pipelines that a text names; none if it names none."""
    return _named(_known(store, repo), reference)


def _known(store: Store, repo: str) -> list[dict[str, Any]]:
    return rows(look_up(store, _PIPELINES, {"repo_id": repo_id(store, repo)}))


class _Texts(NamedTuple):
    """What may name a pipeline, the strongest first. Several may have one name, and at times one key."""

    key: str | None
    name: str | None
    provider: str | None  # where it has no key
    id: str


def _texts(row: Mapping[str, Any]) -> _Texts:
    return _Texts(row["key"] or None, row["name"], None if row["key"] else row["provider"], str(row["id"]))


def _named(known: Sequence[Mapping[str, Any]], reference: str) -> list[int]:
    texts = [(_texts(row), row["id"]) for row in known]
    found = ([id for text, id in texts if text[place] == reference] for place in range(len(_Texts._fields)))
    return next(filter(None, found), [])


def _reference(row: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> str:
    """Not its name, which may be another's tomorrow."""
    of = _texts(row)
    short = [text for text in (of.key, of.provider) if text and len(text) <= LONGEST_REFERENCE]
    return next((text for text in short if _named(known, text) == [row["id"]]), of.id)


def _told_apart(row: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> str:
    """By its key; or by its server, from one of the same name and key."""
    alike = [other for other in known if _name(other) == _name(row)]
    if len({other["key"] for other in alike}) == len(alike):
        return str(row["key"])
    server = urlsplit(row["instance"])
    return server.netloc or str(row["instance"])


def _name(row: Mapping[str, Any]) -> str:
    return str(row["name"] or row["key"] or row["provider"])


_PIPELINES = "SELECT id, provider, instance, key, name, url FROM pipeline WHERE repo_id = $repo_id"
