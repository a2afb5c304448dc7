"""What people are told, whatever the channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from buildtimetrend.text import counted

Event: TypeAlias = Literal["opened", "fixed", "reopened", "digest", "report", "test"]
# What a sign or a colour says beside the words: longer, less or over, neither.
Tone: TypeAlias = Literal["worse", "better", "neutral"]

MOST_PARTS = 20  # of a digest that are told one by one


@dataclass(frozen=True, slots=True)
class Message:
    """All texts are plain lines (`plain`), in no markup. `id` is of the event, however often it is sent, and
    `thread` of what all its events are about; both of letters, digits, `.`, `-` and `_`. `data` is what the
    API says of it; addresses are percent-encoded. A digest has its messages in `parts`.
    """

    id: str
    thread: str
    event: Event
    tone: Tone
    title: str
    lines: tuple[str, ...]
    at: datetime
    url: str | None = None  # of its page here
    compare_url: str | None = None  # of its commits at the code host
    repo: str = ""
    pipeline: str = ""
    over_at: datetime | None = None  # since when it is over
    data: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Message, ...] = ()

    @property
    def subject(self) -> str:
        """The title with the repo that it is about."""
        return f"{self.repo}: {self.title}" if self.repo else self.title

    @property
    def document(self) -> dict[str, Any]:
        """For programs: JSON-ready but for its instants."""
        return {
            "id": self.id,
            "event": self.event,
            "title": self.title,
            "text": list(self.lines),
            "url": self.url,
            "compare_url": self.compare_url,
            "repo": self.repo,
            "pipeline": self.pipeline,
            "at": self.at,
            **({"week" if self.event == "report" else "finding": self.data} if self.data else {}),
            **({"parts": [part.document for part in self.parts]} if self.parts else {}),
        }


def digest(messages: Sequence[Message], url: str | None) -> Message:
    """Several as one, in their order. The same messages make the same one. `url` is of the service."""
    ids = "\n".join(sorted(message.id for message in messages))
    repos = {message.repo for message in messages}
    where = f" in {counted(len(repos), 'project')}" if len(repos) > 1 else ""
    left_out = len(messages) - MOST_PARTS
    id_ = f"digest-{sha256(ids.encode()).hexdigest()[:32]}"
    return Message(
        id=id_,
        thread=id_,
        event="digest",
        tone="worse" if any(message.tone == "worse" for message in messages) else "neutral",
        title=f"{counted(len(messages), 'change')}{where}",
        lines=(f"{counted(left_out, 'further one')} not shown here.",) if left_out > 0 else (),
        at=max(message.at for message in messages),
        url=url,
        repo=next(iter(repos)) if len(repos) == 1 else "",
        parts=tuple(messages[:MOST_PARTS]),
    )


def trial(name: str, at: datetime, url: str | None) -> Message:
    """Tells that a channel works."""
    id_ = f"test-{name}-{at:%Y%m%dT%H%M%S%f}"
    return Message(
        id=id_,
        thread=id_,
        event="test",
        tone="neutral",
        title="This is a test of Buildtime Trend",
        lines=(f"Who reads this hears of what changes in builds, by the channel {name}.",),
        at=at,
        url=url,
    )
