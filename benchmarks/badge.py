"""Badges per second on the large store, against a CherryPy handler that formats the same SVG, in turns."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import httpx

from benchmarks.generate import BIGGEST, large_store
from benchmarks.load import load
from benchmarks.report import figure
from benchmarks.server import process, service

ROUNDS = 3
PATH = f"/badge/{BIGGEST}/avg/week"


def main() -> None:
    with service(large_store()) as ours, tempfile.TemporaryDirectory() as folder:
        svg = Path(folder, "badge.svg")
        svg.write_text(httpx.get(ours + PATH).text, encoding="utf-8")
        message = httpx.get(f"{ours}{PATH}.json").json()["message"]
        with process(["-m", "benchmarks.cherrypy_badge", str(svg), message], PATH, {}) as theirs:
            assert httpx.get(theirs + PATH).text == svg.read_text(encoding="utf-8")
            runs = [(load(ours + PATH), load(theirs + PATH)) for _ in range(ROUNDS)]
    assert all(set(run.statuses) == {"200"} for pair in runs for run in pair)
    ours_rate, theirs_rate = (
        statistics.median(run.rate for run in column) for column in zip(*runs, strict=True)
    )
    p99 = statistics.median(run.p99 for run, _ in runs)
    figure("badge_rate", ours_rate, "1/s", connections=64)
    figure("badge_p99", p99, "ms", connections=64)
    figure("badge_rate_cherrypy", theirs_rate, "1/s", connections=64)
    figure("badge_rate_to_cherrypy", ours_rate / theirs_rate, "ratio", target=8.0)


if __name__ == "__main__":
    main()
