"""Every chart of the biggest repo's year on a store of 10 million jobs and 120 million steps.

It is no part of a run of all benchmarks: the file of 2.1 GB takes some ten minutes to make, and up to 7 GB of
memory; it stays, as `benchmarks.generate` says, for the rest of the day.
"""

from __future__ import annotations

from benchmarks.charts import charts_of, on_a_copy

JOBS = 10_000_000
TARGET = 120.0  # ms


def main() -> None:
    with on_a_copy(JOBS) as store:
        charts_of(store, "chart_large", "year", TARGET)


if __name__ == "__main__":
    main()
