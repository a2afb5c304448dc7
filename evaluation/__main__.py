"""`make eval`: tables on standard output, plots in build/evaluation/."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from buildtimetrend.trends import Change, change_points
from evaluation import delays, drifts, histories, plots, rates, rivals
from evaluation.scoring import Detector, Score, scored
from evaluation.series import Series, seeded

FOLDER = Path("build/evaluation")


def ours(series: Series) -> list[Change]:
    return change_points(series.values)


def ours_by_clock(series: Series) -> list[Change]:
    return change_points(series.values, series.times)


DETECTORS: Mapping[str, Detector] = {
    "change_points": ours,
    "change_points, times": ours_by_clock,
    "Otava, logs": rivals.otava,
    "PELT, Mann-Whitney": rivals.pelt,
    "last 3 of 24": rivals.last_three,
    "weekly 95 %": rivals.weekly,
}


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--series", type=int, default=300)
    given = options.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    many = list(seeded(given.seed, given.series))
    shifts = sum(len(series.shifts) for series in many)
    print(f"{given.series} series of seed {given.seed}, {shifts} shifts\n")
    scores = {name: scored(detector, many) for name, detector in DETECTORS.items()}
    _table({name: score.figures() for name, score in scores.items()})
    print("\nOf changes that are told with a confidence, so many are true:")
    _table(_calibration(scores["change_points"]))
    print("\nBuilds until a shift of 20 % is told, by the noise:")
    _table(delays.by_noise(given.seed))
    print("\nWhat series say that rise little by little, so much in all:")
    _table(drifts.of_drifts(given.seed))
    print("\nand at once:")
    _table(drifts.of_changes(given.seed))
    print(f"\nDrifts told of unchanged series, per 1,000 builds: {drifts.false_drifts(many):.3f}")
    print("\nHow often builds pass, of which nothing changed, false changes per 1,000:")
    _table(rates.unchanged(given.seed))
    print("\nand of which something did after 150 builds:")
    _table(rates.shifted(given.seed))
    print("\nRecorded series:")
    _table(histories.summary())
    plots.draw(FOLDER, scores["change_points"], histories.recorded())
    print(f"\nPlots: {FOLDER}/")


def _calibration(score: Score) -> dict[str, dict[str, float]]:
    rows = {}
    for low, high in ((0.7, 0.85), (0.85, 0.92), (0.92, 0.97), (0.97, 0.99), (0.99, 1.01)):
        told = [(confidence, true) for confidence, true in score.confidences if low <= confidence < high]
        if told:
            said, true = np.mean(told, axis=0)
            rows[f"{low:.2f} to {min(high, 1):.2f}"] = {"changes": len(told), "said": said, "true": true}
    return rows


def _table(rows: Mapping[str, Mapping[str, float]]) -> None:
    columns: Iterable[str] = next(iter(rows.values()))
    print(f"{'':32}" + "".join(f"{column:>17}" for column in columns))
    for name, row in rows.items():
        print(f"{name:32}" + "".join(f"{value:17.3f}".rstrip() for value in row.values()))


if __name__ == "__main__":
    main()
