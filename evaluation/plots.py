"""Pictures of what is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from buildtimetrend.trends import change_points
from evaluation.scoring import Score


def draw(folder: Path, score: Score, recorded: Mapping[str, Sequence[float]]) -> None:
    _confidence(folder / "confidence.svg", score)
    for name, values in recorded.items():
        _series(folder / f"{name.replace(' ', '-')}.svg", name, values)


def _confidence(path: Path, score: Score) -> None:
    """Said against true, in tenths of the changes."""
    told = sorted(score.confidences)
    parts = [part for part in np.array_split(np.array(told, dtype=float), 10) if len(part)]
    figure, axes = plt.subplots(figsize=(5, 5))
    axes.plot([0.6, 1], [0.6, 1], color="#8490a0")
    axes.plot(
        [part[:, 0].mean() for part in parts], [part[:, 1].mean() for part in parts], "o-", color="#1f57c3"
    )
    axes.set(xlabel="confidence", ylabel="share that is true")
    figure.savefig(path)
    plt.close(figure)


def _series(path: Path, name: str, values: Sequence[float]) -> None:
    told = change_points(values)
    figure, axes = plt.subplots(figsize=(12, 4))
    axes.plot(values, ".", color="#8490a0")
    bounds = [0, *(change.index for change in told), len(values)]
    levels = [*(change.before for change in told), *(change.after for change in told[-1:])]
    for level, start, end in zip(levels, bounds, bounds[1:], strict=False):
        axes.hlines(level, start, end, color="#1f57c3")
    for change in told:
        axes.axvspan(change.first - 0.5, change.last + 0.5, color="#fdf0e7")
    axes.set(title=name, ylim=(0, None) if min(values) >= 0 else None)
    figure.savefig(path)
    plt.close(figure)
