"""The channels of the settings: how each is, and trying one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from buildtimetrend.alerts.channels import channel_class, open_channel
from buildtimetrend.alerts.message import trial
from buildtimetrend.errors import FetchError, NotFound, Overloaded
from buildtimetrend.store.statements import notifications
from buildtimetrend.web.context import Context

_trying = threading.BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """`reason` is why it is off or, while it is not, why the last try failed."""

    name: str
    kind: str
    knows_again: bool
    waiting: int
    off_since: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Trial:
    """`said` is what the other side answered, or why it does not work."""

    works: bool
    said: str


def channels(context: Context) -> list[ChannelInfo]:
    """In the order of the settings."""
    sections = context.settings.alerts
    states = notifications.states(context.store, [section.name for section in sections])
    return [
        ChannelInfo(
            name=section.name,
            kind=section.kind,
            knows_again=channel_class(section.kind).knows_again,
            waiting=states[section.name].waiting,
            off_since=states[section.name].off_since,
            reason=states[section.name].reason,
        )
        for section in sections
    ]


def tried(context: Context, name: str) -> Trial:
    """Sends a message by the channel, and switches it on if that works. Blocks until the other side has
    answered.

    Raises `NotFound` for an unknown channel, `Overloaded` while another is tried.
    """
    section = next((each for each in context.settings.alerts if each.name == name), None)
    if section is None:
        known = ", ".join(each.name for each in context.settings.alerts) or "none"
        raise NotFound(
            f"There is no channel {name[:100]!r} in the settings. Known: {known}.", detail="channel"
        )
    if not _trying.acquire(blocking=False):
        raise Overloaded("Another channel is being tried.", retry_after=5.0)
    channel = open_channel(section)
    try:
        now = context.store.clock.now()
        said = channel.send(trial(name, now, context.settings.public_url or None), now)
    except FetchError as error:
        return Trial(False, error.message)
    finally:
        channel.close()
        _trying.release()
    if not context.settings.pushes:
        context.store.execute([notifications.switched_on(name)]).result()
    return Trial(True, f"{channel.title} took the message: {said}.")
