"""The parsers against `bytes.count` of their markers over the same bytes; their memory on a log of 500 MB."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks import github_logs, gitlab_traces, travis_logs
from benchmarks.report import figure
from buildtimetrend.logs import parse

DIALECTS = {  # their markers, and what is recorded of them
    "travis": (b"travis_", travis_logs.recorded, travis_logs.write_long),
    "github": (b"##[", github_logs.recorded, github_logs.write_long),
    "gitlab": (b"section_", gitlab_traces.recorded, gitlab_traces.write_long),
}
ROUNDS = 41
LONG = 500_000_000
LONG_ROUNDS = 3
CHUNK = 65_536
TARGET = 1 / 3
MEMORY = 32.0  # MB

# In a process of its own, whose peak is its own: getrusage would report that of the process which started it.
MEASURE = """
import sys
from pathlib import Path
from benchmarks.parser import chunks, peak_kibibytes
from buildtimetrend.logs import parse
parse([b""], sys.argv[2])
idle = peak_kibibytes()
parsed = parse(chunks(Path(sys.argv[1])), sys.argv[2])
print(peak_kibibytes() - idle, len(parsed.steps), parsed.dropped)
"""


def main() -> None:
    for dialect, (needle, recorded, write_long) in DIALECTS.items():
        short_logs(dialect, needle, recorded())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "long.log"
            long_log(dialect, needle, path, write_long(path, LONG))


def short_logs(dialect: str, needle: bytes, logs: list[bytes]) -> None:
    size = sum(map(len, logs))
    counted, parsed, ratio = side_by_side(
        lambda: [log.count(needle) for log in logs],
        lambda: [len(parse([log], dialect).steps) for log in logs],
        ROUNDS,
    )
    figure(
        f"{_prefix(dialect)}parser_vs_count_recorded",
        ratio,
        "ratio",
        TARGET,
        logs=len(logs),
        megabytes=round(size / 1e6, 1),
        parser_megabytes_per_second=round(size / parsed / 1e6),
        count_megabytes_per_second=round(size / counted / 1e6),
    )


def long_log(dialect: str, needle: bytes, path: Path, size: int) -> None:
    """Both read the file in the same chunks, and the time of reading counts for both."""
    counted, parsed, ratio = side_by_side(
        lambda: sum(chunk.count(needle) for chunk in chunks(path)),
        lambda: parse(chunks(path), dialect),
        LONG_ROUNDS,
    )
    figure(
        f"{_prefix(dialect)}parser_vs_count_500mb",
        ratio,
        "ratio",
        TARGET,
        megabytes=round(size / 1e6),
        chunk=CHUNK,
        parser_megabytes_per_second=round(size / parsed / 1e6),
        count_megabytes_per_second=round(size / counted / 1e6),
    )
    out = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), dialect], check=True, capture_output=True, text=True
    ).stdout
    kibibytes, steps, dropped = map(int, out.split())
    figure(
        f"{_prefix(dialect)}parser_memory_500mb",
        kibibytes * 1024 / 1e6,
        "MB",
        MEMORY,
        at_most=True,
        steps=steps,
        steps_dropped=dropped,
    )


def _prefix(dialect: str) -> str:
    return "" if dialect == "travis" else f"{dialect}_"


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def peak_kibibytes() -> int:
    """The most memory that this process ever had resident. Linux only, which writes kB and means KiB."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


def side_by_side(
    count: Callable[[], object], parse_all: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Median seconds of each, measured in turns, and the median of the turns' ratios.

    Both of a turn meet the same moods of a shared machine; those of two turns may not.
    """
    turns = [(seconds(count), seconds(parse_all)) for _ in range(rounds)]
    counted, parsed = zip(*turns, strict=True)
    return median(counted), median(parsed), median(a / b for a, b in turns)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
