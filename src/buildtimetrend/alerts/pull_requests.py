"""Channels that write to pull requests what their builds take longer."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from buildtimetrend.alerts.base import About, BadMessage, Channel
from buildtimetrend.alerts.compared import Compared
from buildtimetrend.alerts.plain import plain
from buildtimetrend.alerts.pull_request import Links


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of the builds of a pull request in one pipeline with those of `base`, the branch that it is to be
    merged into. `is_large`: by as much as the rules ask for.
    """

    repo: str
    number: str
    pipeline: str  # by its key
    pipeline_name: str  # strangers' words; empty where a repo has just one
    found: Compared
    base: str
    links: Links
    is_large: bool

    @property
    def is_told(self) -> bool:
        return self.found.wall.is_beyond and self.is_large


class PullRequestChannel(Channel):
    """It hears of no finding."""

    about: ClassVar[About] = "pull requests"
    knows_again = True

    def __init__(self, base_url: str) -> None:
        self._base = base_url

    @property
    def code_host(self) -> str:
        """That repos have whose pull requests it writes to."""
        host = urlsplit(self._base).netloc.lower()
        return host.removeprefix("api.") if host == "api.github.com" else host

    @abstractmethod
    def put(self, of: Comparison) -> str:
        """Brings what stands at the pull request up to date; what was done, in words. Within noise nothing
        new is written.

        Raises as `send`.
        """


def checked_number(number: str) -> str:
    """Raises `BadMessage` for what is no number of a pull request: it becomes part of an address."""
    if not (number.isascii() and number.isdecimal()):
        raise BadMessage(f"{plain(number, 40)!r} is not the number of a pull request.")
    return number
