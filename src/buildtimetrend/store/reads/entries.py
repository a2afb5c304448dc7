"""Jobs by their entry of the build matrix, and by name where they have none."""

from __future__ import annotations

from collections.abc import Callable

from buildtimetrend.store.base import Table

ENTRY = "CASE WHEN matrix = '' THEN coalesce(name, '') ELSE matrix END"


def by_entry(ask: Callable[[str], Table], sql: str) -> Table:
    """Answer SQL that groups by `{entry}`, called `matrix`; its conditions end with `{of entry}`.

    Names are asked for only where there are jobs without an entry: PostgreSQL's index has entries alone. Jobs
    that are called like an entry make a row of their own.
    """
    found = ask(sql.replace("{entry}", "matrix").replace("{of entry}", ""))
    if "" not in found["matrix"]:
        return found
    by_name = ask(sql.replace("{entry}", "coalesce(name, '')").replace("{of entry}", " AND job.matrix = ''"))
    kept = [place for place, entry in enumerate(found["matrix"]) if entry]
    return {name: [*(values[place] for place in kept), *by_name[name]] for name, values in found.items()}
