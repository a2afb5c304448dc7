"""What is asked of a channel: who carries messages to people."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit

from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.errors import PermanentError
from buildtimetrend.setting import declared

SHORTEST = 8  # characters of a path that may be a secret: others, as /hook, are common words
_BETWEEN = re.compile(r"[/?&=]")


About: TypeAlias = Literal["findings", "pull requests"]


@dataclass(frozen=True, slots=True)
class Section:
    """The settings of one channel."""

    name: str
    kind: str  # a key of `CHANNELS`
    values: Any  # the kind's own dataclass of settings
    rules: Rules
    about: About = "findings"

    def secrets(self) -> dict[str, list[str]]:
        """By the name of the field."""
        kind: Any = type(self.values)
        return {
            name: parts_of(str(getattr(self.values, name)))
            for name, field in declared(kind).items()
            if field.row.secret
        }


def parts_of(secret: str) -> list[str]:
    """A secret; of an address what stands behind its host, too, and the parts of that: an answer, or the
    message of a library, may have a part alone. The longest first.
    """
    if "://" not in secret:
        return [secret] if secret else []
    found = urlsplit(secret)
    behind = found.path + (f"?{found.query}" if found.query else "")
    parts = [part for part in (behind, *_BETWEEN.split(behind)) if len(part) >= SHORTEST]
    return [secret, *sorted(set(parts), key=len, reverse=True)]


class BadMessage(PermanentError):
    """This message is refused as it is. Others may be taken."""


class Channel(ABC):
    """One channel as the settings name it. `settings` is a dataclass of its section; each field a setting
    (`setting.py`) with a default, of which `needed` must be given.
    """

    title: ClassVar[str]  # for people
    settings: ClassVar[type]
    needed: ClassVar[tuple[str, ...]]
    about: ClassVar[About] = "findings"  # what it is told of
    knows_again: ClassVar[bool] = False  # whether who receives a message twice can know that it is the same
    repeats: ClassVar[float | None] = None  # seconds after which what is open is told again, as its own state
    digests: ClassVar[bool] = True  # whether several messages may be one

    @abstractmethod
    def __init__(self, values: Any) -> None:
        """Opens nothing yet."""

    @abstractmethod
    def send(self, message: Message, now: datetime) -> str:
        """Returns once the other side has it: what that answered, in words.

        Raises `TemporaryError` (with `retry_after` where it is known), `BadMessage`, or another
        `PermanentError` when no message would be taken.
        """

    def close(self) -> None:  # noqa: B027 - most have connections, some have none
        """Idempotent."""
