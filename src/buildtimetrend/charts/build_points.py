"""Each build as a point; of too many, some that show how they lie, spread evenly over the range."""

from __future__ import annotations

from typing import Any

from buildtimetrend.charts.base import Chart, Chosen, columns
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads import ask, number_of

# More points than these cover each other.
POINTS = 1500
LATEST = 100
# Of each slot of time, of the builds that broke and of all others.
WHY = ("slowest", "fastest", "first")
KEY = "finished_at, provider, instance, build_id, attempt"
SHOWN = ("finished_at", "duration", "result", "build", "attempt", "provider", "branch")


def build_points(store: Store, query: Query) -> Chosen:
    # Slots are as long as the range demands, and begin where they do whatever the range: when its end moves
    # on, most points stay.
    slots = (POINTS - LATEST) // (2 * len(WHY)) - 1
    seconds = max(1.0, (query.until - query.since).total_seconds() / slots)
    found: dict[str, list[Any]] = ask(store, query, _LIKELY, slot=seconds, points=POINTS, latest=LATEST)
    builds = found["builds"][0] if found["builds"] else 0
    places = range(builds) if builds <= POINTS else _chosen(found)
    shown: Table = {name: [found[name][place] for place in places] for name in SHOWN}
    return Chosen(columns(shown), shown=len(places), of=builds)


def _chosen(found: dict[str, list[Any]]) -> list[int]:
    """Places of the latest, and of one for each reason: of several that end at once, and take as long, the
    first.
    """
    likely = len(found["build"])
    kept = set(range(likely - LATEST, likely))
    taken: set[tuple[Any, ...]] = set()
    why = zip(*(found[name] for name in ("slot", "broke", *WHY)), strict=True)
    for place, (slot, broke, *holds) in enumerate(why):
        reasons = {(slot, broke, name) for name, held in zip(WHY, holds, strict=True) if held}
        if not reasons <= taken:
            kept.add(place)
            taken |= reasons
    return sorted(kept)


# What may be chosen is found by its figures: so all builds are neither sorted nor ranked.
_LIKELY = f"""
    WITH timed AS (
        SELECT {KEY}, duration, result, number, branch,
               {number_of("finished_at", "$slot")} AS slot, result IN ('failed', 'errored') AS broke
        FROM build WHERE {{builds}} AND duration IS NOT NULL
    ), whole AS (
        SELECT count(*) AS builds FROM timed
    ), latest AS (
        SELECT min(finished_at) AS since
        FROM (SELECT finished_at FROM timed ORDER BY finished_at DESC LIMIT $latest) AS latest
    ), bounds AS (
        SELECT slot, broke, max(duration) AS longest, min(duration) AS shortest, min(finished_at) AS first_at
        FROM timed GROUP BY slot, broke
    ), slots AS (
        SELECT timed.slot, timed.broke, longest, shortest, first_at,
               min(finished_at) FILTER (WHERE duration = longest) AS longest_at,
               min(finished_at) FILTER (WHERE duration = shortest) AS shortest_at
        FROM timed JOIN bounds ON timed.slot = bounds.slot AND timed.broke = bounds.broke
        WHERE duration = longest OR duration = shortest
        GROUP BY timed.slot, timed.broke, longest, shortest, first_at
    )
    SELECT finished_at, duration, result, number AS build, attempt, provider, branch, builds,
           timed.slot, timed.broke, duration = longest AND finished_at = longest_at AS slowest,
           duration = shortest AND finished_at = shortest_at AS fastest, finished_at = first_at AS first
    FROM timed JOIN slots ON timed.slot = slots.slot AND timed.broke = slots.broke
        CROSS JOIN whole CROSS JOIN latest
    WHERE builds <= $points OR finished_at >= since OR finished_at = first_at
       OR (duration = longest AND finished_at = longest_at)
       OR (duration = shortest AND finished_at = shortest_at)
    ORDER BY {KEY}
"""  # noqa: S608 - fixed text only

CHARTS = (
    Chart(
        "build_points",
        "Single builds",
        "s",
        f"Wall time of each build, every attempt and result. Of more than {POINTS:,} are there: the {LATEST} "
        "latest and, of each of some two hundred equal parts of the range, the slowest, the fastest and the "
        "first, of those that failed or errored as well as of all others.",
        build_points,
    ),
)
