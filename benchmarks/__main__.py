"""`make bench`: every benchmark, or those that are named. One JSON line per figure on standard output."""

import argparse
import subprocess
import sys

NAMES = (
    "parser",
    "store_write",
    "store_write_postgres",
    "push",
    "workers",
    "ingest",
    "webhook",
    "charts",
    "charts_postgres",
    "dashboard",
    "badge",
    "idle",
)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}; all by default")
    names = options.parse_args().names or NAMES
    if unknown := set(names) - set(NAMES):
        options.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    # Each in a process of its own: what one leaves in memory must not weigh on the next.
    failed = [name for name in names if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"])]
    for name in failed:
        print(f"benchmark {name} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
