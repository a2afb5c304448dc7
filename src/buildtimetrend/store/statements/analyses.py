"""Whose it is to look at a pipeline, and what was found there: statements that every engine runs.

The row of a save marks its pipeline. Who claims the pipeline takes over the marks that it has seen, in the
same transaction, and only then reads the builds: a save that commits later leaves a mark that stays. What was
found is stored with the end of the claim, or, where that ran out and the pipeline is another's, not at all.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from buildtimetrend.store.base import Statement, Store, rows
from buildtimetrend.store.reads.names import named

MOST_MARKS = 20_000  # that one claim takes over; more are left to the next
AT_ONCE = 1000  # parameters of a statement


@dataclass(frozen=True, slots=True)
class Claimed:
    """A pipeline to be looked at. `changed_since` is when the earliest build ended that is new or changed;
    `state` is what was stored when it was looked at last, if it was.
    """

    repo_id: int
    pipeline: int
    branches: str
    changed_since: datetime
    began_at: datetime | None
    analysed_at: datetime | None
    state: str | None
    claim: str


@dataclass(frozen=True, slots=True)
class Due:
    """A pipeline that changed. `saves` since it was looked at last have left a mark."""

    repo_id: int
    pipeline: int
    saves: int


def due(store: Store, now: datetime, limit: int) -> list[Due]:
    """Those that are nobody's, the longest due first."""
    return [Due(**row) for row in rows(store.select(_DUE, {"now": now, "limit": limit}))]


def claim(store: Store, repo_id: int, pipeline: int, now: datetime, until: datetime) -> Claimed | None:
    """The caller's until then; None where another was faster, or nothing changed after all."""
    of: dict[str, Any] = {"repo_id": repo_id, "pipeline": pipeline}
    mine = of | {"claim": secrets.token_hex(8)}
    marks = store.select(_MARKS, of | {"most": MOST_MARKS})
    statements: list[Statement] = [(_BEGIN, of | {"now": now}), (_CLAIM, mine | {"now": now, "until": until})]
    if marks["number"]:
        statements.append((_TAKE_OVER, mine | {"since": min(marks["since"])}))  # type: ignore[type-var]
    for first in range(0, len(marks["number"]), AT_ONCE):
        names, given = named("number", marks["number"][first : first + AT_ONCE])
        statements.append((_UNMARK.replace("{numbers}", names), mine | given))
    if store.execute(statements).result()[1] != 1:
        return None
    found = rows(store.select(_CLAIMED, mine))
    return Claimed(**found[0]) if found else None


def give_back(claimed: Claimed, due_at: datetime) -> Statement:
    """It was not looked at after all, and is due then."""
    return _GIVE_BACK, {**_mine(claimed), "due_at": due_at}


def free() -> Statement:
    """Ends all claims: of a store that this process alone can have, those of one that was killed."""
    return _FREE_ALL, {}


def look_again(repo_id: int, pipeline: int, now: datetime) -> Statement:
    """It is due once more, though none of its builds changed."""
    return _MARK, {"repo_id": repo_id, "pipeline": pipeline, "since": now}


def turn(store: Store) -> str | None:
    """Changes whenever people are told of what several repos may have found: to be read before asking what
    was found in others.
    """
    found = store.select(_TURN, {})["claim"]
    return next(iter(found), None)  # type: ignore[return-value]


def in_turn(was: str | None, now: datetime) -> list[Statement]:
    """People are told of something. Fails, and all of its transaction with it, where the turn is another by
    now: another process told something that was not seen.
    """
    given: dict[str, Any] = {"claim": secrets.token_hex(8), "now": now}
    ends: list[Statement] = [(_END_TURN, {"claim": was})] if was else []
    return [*ends, (_NEXT_TURN, given)]


@dataclass(frozen=True, slots=True)
class Ended:
    """What is stored of a look: columns of `analysis`."""

    branches: str
    builds: int
    first_began_at: datetime | None
    state: str
    analysed_at: datetime
    due_at: datetime


def ended(claimed: Claimed, look: Ended) -> list[Statement]:
    """It was looked at. Both fail, and all of their transaction with them, where it is another's by now."""
    of = {"repo_id": claimed.repo_id, "pipeline": claimed.pipeline}
    began_at = claimed.began_at or look.analysed_at
    return [(_FORGET, _mine(claimed)), (_ENDED, {**of, "began_at": began_at, **asdict(look)})]


def _mine(claimed: Claimed) -> dict[str, Any]:
    return {"repo_id": claimed.repo_id, "pipeline": claimed.pipeline, "claim": claimed.claim}


# The row of no pipeline.
_TURN = "SELECT claim FROM analysis WHERE repo_id = 0 AND pipeline = 0"
_END_TURN = "DELETE FROM analysis WHERE repo_id = 0 AND pipeline = 0 AND claim = $claim"
_NEXT_TURN = (
    "INSERT INTO analysis (repo_id, pipeline, branches, due_at, claim) VALUES (0, 0, '', $now, $claim)"
)
_FREE = "due_at <= $now AND (claimed_until IS NULL OR claimed_until <= $now)"
_DUE = f"""
    SELECT changed.repo_id, changed.pipeline, changed.saves
    FROM (
        SELECT repo_id, pipeline, CAST(sum(saves) AS BIGINT) AS saves
        FROM (
            SELECT repo_id, pipeline, count(*) AS saves
            FROM saved_build WHERE since IS NOT NULL GROUP BY repo_id, pipeline
            UNION ALL SELECT repo_id, pipeline, 0 FROM analysis WHERE changed_since IS NOT NULL
        ) AS marked
        GROUP BY repo_id, pipeline
    ) AS changed
    LEFT JOIN analysis ON analysis.repo_id = changed.repo_id AND analysis.pipeline = changed.pipeline
    WHERE analysis.repo_id IS NULL OR {_FREE}
    ORDER BY coalesce(due_at, $now), changed.repo_id, changed.pipeline LIMIT $limit
"""  # noqa: S608 - fixed text only
_OF = "repo_id = $repo_id AND pipeline = $pipeline"
_MARKS = f"SELECT number, since FROM saved_build WHERE {_OF} AND since IS NOT NULL LIMIT $most"  # noqa: S608
_MARK = "INSERT INTO saved_build (repo_id, pipeline, since) VALUES ($repo_id, $pipeline, $since)"
_BEGIN = """
    INSERT INTO analysis (repo_id, pipeline, branches, due_at) VALUES ($repo_id, $pipeline, '', $now)
    ON CONFLICT (repo_id, pipeline) DO NOTHING
"""
_CLAIM = f"UPDATE analysis SET claim = $claim, claimed_until = $until WHERE {_OF} AND {_FREE}"  # noqa: S608
_TAKE_OVER = f"""
    UPDATE analysis SET changed_since = least(coalesce(changed_since, $since), $since)
    WHERE {_OF} AND claim = $claim
"""  # noqa: S608 - fixed text only
_UNMARK = f"""
    UPDATE saved_build SET since = NULL WHERE {_OF} AND number IN ({{numbers}})
      AND EXISTS (SELECT 1 FROM analysis WHERE {_OF} AND claim = $claim)
"""  # noqa: S608 - fixed text only
_CLAIMED = f"""
    SELECT repo_id, pipeline, branches, changed_since, began_at, analysed_at, state, claim
    FROM analysis WHERE {_OF} AND claim = $claim AND changed_since IS NOT NULL
"""  # noqa: S608 - fixed text only
_GIVE_BACK = f"UPDATE analysis SET claimed_until = NULL, due_at = $due_at WHERE {_OF} AND claim = $claim"  # noqa: S608
_FREE_ALL = "UPDATE analysis SET claimed_until = NULL WHERE claimed_until IS NOT NULL"
_FORGET = f"DELETE FROM analysis WHERE {_OF} AND claim = $claim"  # noqa: S608 - fixed text only
_ENDED = """
    INSERT INTO analysis (
        repo_id, pipeline, branches, due_at, began_at, analysed_at, builds, first_began_at, state
    ) VALUES (
        $repo_id, $pipeline, $branches, $due_at, $began_at, $analysed_at, $builds, $first_began_at, $state
    )
"""
