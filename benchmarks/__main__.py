"""`make bench`: every benchmark, or those that are named. One JSON line per figure on standard output."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping

from buildtimetrend.demo.servers import postgres, rabbitmq, redis

NAMES = (
    "parser",
    "store_write",
    "store_write_postgres",
    "push",
    "workers",
    "ingest",
    "backfill",
    "webhook",
    "charts",
    "charts_postgres",
    "one_build",
    "one_build_postgres",
    "dashboard",
    "cache",
    "keen",
    "badge",
    "idle",
)
# Those that take too long to be run with all others.
LONG = ("charts_large", "analyses")
_POSTGRES = {"PostgreSQL": postgres.programs}
# Servers that are not there everywhere, and what finds their programs.
NEEDS: Mapping[str, Mapping[str, Callable[[], object]]] = {
    "store_write_postgres": _POSTGRES,
    "charts_postgres": _POSTGRES,
    "one_build_postgres": _POSTGRES,
    "workers": {**_POSTGRES, "Redis": redis.program, "RabbitMQ": rabbitmq.program},
}


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of: {', '.join(NAMES)}; all of these by default; and {', '.join(LONG)}",
    )
    names = options.parse_args().names or NAMES
    if unknown := set(names) - {*NAMES, *LONG}:
        options.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    lacking = {name: found for name in names if (found := missing(name))}
    for name, what in lacking.items():
        print(f"benchmark {name} left out: {', '.join(what)} is not installed here", file=sys.stderr)
    # Each in a process of its own: what one leaves in memory must not weigh on the next.
    able = [name for name in names if name not in lacking]
    failed = [name for name in able if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"])]
    for name in failed:
        print(f"benchmark {name} failed", file=sys.stderr)
    return 1 if failed else 0


def missing(name: str) -> list[str]:
    """The servers that a benchmark starts and that this machine lacks."""
    return [server for server, program in NEEDS.get(name, {}).items() if not program()]


if __name__ == "__main__":
    sys.exit(main())
