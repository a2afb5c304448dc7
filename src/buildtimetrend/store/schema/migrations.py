"""The schema's versions, in order. A released file never changes: the next version is another file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files

from buildtimetrend.errors import StoreError
from buildtimetrend.store.pipelines import Run
from buildtimetrend.store.schema import pipeline_ids, week_sums

MIGRATIONS = (  # version n is the n-th
    "schema.sql",
    "claims.sql",
    "keen_outbox.sql",
    "keen.sql",
    "workers.sql",
    "summaries.sql",
    "copies.sql",
    "saved.sql",
    "step_keys.sql",
    "pipelines.sql",
    "began.sql",
    "alerts.sql",
    "alert_rules.sql",
    "week_sums.sql",
    "notification_claims.sql",
    "saves.sql",
    "build_paths.sql",
    "choice_weeks.sql",
    "job_weeks.sql",
)
# With these what is stored already gets what is new: keys of steps, in each engine's own way, pipelines, and
# sums of several pipelines.
STEP_KEYS = MIGRATIONS.index("step_keys.sql") + 1
PIPELINES = MIGRATIONS.index("pipelines.sql") + 1
WEEK_SUMS = MIGRATIONS.index("week_sums.sql") + 1

VERSIONS = "schema_version"
VERSION_TABLE = f"CREATE TABLE IF NOT EXISTS {VERSIONS} (version INTEGER NOT NULL PRIMARY KEY)"


def fill(version: int, run: Run, step_keys: Callable[[], None], *, is_new: bool) -> None:
    """After the script of that version, in its transaction. A new store has the columns alone to be made."""
    if version == STEP_KEYS:
        step_keys()
    if version == PIPELINES and not is_new:
        pipeline_ids.fill(run)
    if version == WEEK_SUMS and not is_new:
        week_sums.fill(run)


def pending(version: int, name: str) -> Iterator[Sequence[tuple[int, str]]]:
    """What brings a store of that version up to date, as (version, SQL script), by transactions. A new one
    (0) is made in one: each costs.
    """
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{name} was written by a newer Buildtime Trend (schema {version}; this one knows up to "
            f"{len(MIGRATIONS)}). Install that version or a later one, or name another store in store.url."
        )
    scripts = [
        (number, files(__package__).joinpath(file).read_text(encoding="utf-8"))
        for number, file in enumerate(MIGRATIONS[version:], version + 1)
    ]
    yield from [[each] for each in scripts] if version else [scripts]
