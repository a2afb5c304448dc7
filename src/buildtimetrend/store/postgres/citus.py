"""What only Citus is told: which tables are spread over the machines, and which every machine has."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import structlog

from buildtimetrend.store.postgres.silence import Connection

log = structlog.get_logger(__name__)

# By repo: what is asked of one repo is one machine's affair.
DISTRIBUTED = (
    "build", "job", "step", "step_day", "step_week", "changed_day", "summary", "dropped_job",
    "pipeline", "build_path", "path_day", "choice_week", "job_week",
)  # fmt: skip
# The others, such as tasks and deliveries, stay on the coordinator, where transactions cost least.
EVERYWHERE = ("repo", "repo_alias")

INSTALLED = "SELECT count(*) FROM pg_extension WHERE extname = 'citus'"
_PLACED = "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = to_regclass(%s)"

# Of a transaction, on every machine that it reaches: longer than writers stand in each other's way.
_BOUNDED = "SET LOCAL lock_timeout TO '3s'"
_PASSED_ON = "SET citus.propagate_set_commands TO 'local'"
_END_PREPARED = "SELECT recover_prepared_transactions()"


def is_installed(connection: Connection) -> bool:
    """Whether the database is a cluster's coordinator."""
    return connection.execute(INSTALLED).fetchall() == [(1,)]


def in_turn(connection: Connection) -> None:
    """One connection to each machine does all of the transaction, which makes tables and spreads them."""
    connection.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")


def pass_on_settings(connection: Connection) -> None:
    """What a transaction sets for itself holds on the other machines, too."""
    connection.execute(_PASSED_ON)


def bound_waits(connection: Connection) -> None:
    """This transaction fails where it would wait for one that nobody ends."""
    connection.execute(_BOUNDED)


def was_in_doubt(error: psycopg.Error) -> bool:
    """Whether a build is there that was not seen: what was prepared on a machine has just been ended."""
    return isinstance(error, psycopg.errors.UniqueViolation) and '"build_pkey' in str(error)


def is_in_doubt(error: psycopg.Error) -> bool:
    """Whether it may come of what a machine's end left prepared there: that locks what it wrote."""
    return isinstance(error, psycopg.errors.LockNotAvailable)


def end_prepared(connection: Connection) -> bool:
    """End such transactions as the coordinator has decided, in a transaction of its own; whether it could.

    Citus does so once a minute by itself, for users that may not ask for it.
    """
    try:
        connection.execute(_END_PREPARED)
        connection.commit()
    except psycopg.errors.InsufficientPrivilege as error:
        log.warning("store.in_doubt", reason=str(error))
        connection.rollback()
        return False
    return True


def distribute(connection: Connection) -> list[str]:
    """Spread those tables that are not yet, with their rows, in the caller's transaction; their names."""
    in_turn(connection)
    placed = []
    for table in (*EVERYWHERE, *DISTRIBUTED):
        missing = connection.execute("SELECT to_regclass(%s) IS NULL", [table]).fetchall() == [(True,)]
        if missing or connection.execute(_PLACED, [table]).fetchall() != [(0,)]:
            continue
        if table in EVERYWHERE:
            connection.execute("SELECT create_reference_table(%s)", [table])
        else:
            connection.execute("SELECT create_distributed_table(%s, 'repo_id')", [table])
        placed.append(table)
    return placed


def drop_copies(connection: Connection, tables: Sequence[str]) -> None:
    """Free what the rows of tables that were spread took on the coordinator: nobody sees it any more."""
    for table in tables:
        connection.execute("SELECT truncate_local_data_after_distributing_table(%s)", [table])
