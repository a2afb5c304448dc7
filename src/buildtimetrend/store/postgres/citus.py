"""What Citus is asked for besides: which tables are spread over the machines, and which every machine has."""

from __future__ import annotations

from collections.abc import Sequence

from buildtimetrend.store.postgres.connection import Connection

# By repo: what is asked of one repo is one machine's affair.
DISTRIBUTED = (
    "build", "job", "step", "step_day", "step_week", "changed_day", "summary", "dropped_job",
)  # fmt: skip
# The others, such as tasks and deliveries, stay on the coordinator, where transactions cost least.
EVERYWHERE = ("repo", "repo_alias")

INSTALLED = "SELECT count(*) FROM pg_extension WHERE extname = 'citus'"
_PLACED = "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = to_regclass(%s)"


def is_installed(connection: Connection) -> bool:
    """Whether the database is a cluster's coordinator."""
    return connection.execute(INSTALLED).fetchall() == [(1,)]


def in_turn(connection: Connection) -> None:
    """One connection to each machine does all of the transaction, which makes tables and spreads them."""
    connection.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")


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
