"""The progress bar of commands that count what they do."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def console() -> Console:
    """Standard error, with text as it is."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def counting(on: Console) -> Progress:
    """What is done, of how much, and how long the rest will take."""
    description = TextColumn("{task.description}")
    return Progress(description, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=on)
