"""A message in the forms that several channels want."""

from __future__ import annotations

import re

from buildtimetrend.alerts.message import Message, Tone

SIGNS: dict[Tone, str] = {
    "worse": "\N{BLACK UP-POINTING TRIANGLE}",
    "better": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "neutral": "\N{BULLET}",
}
# Sets a name apart that would call people: the sign alone calls nobody.
APART = "\N{ZERO WIDTH SPACE}"
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:&$=^])")


def sign(message: Message) -> str:
    """A check mark for what is over, an arrow for what takes longer or less."""
    return "\N{CHECK MARK}" if message.event == "fixed" else SIGNS[message.tone]


def marked(message: Message) -> str:
    return f"{sign(message)} {message.subject}"


def markdown_link(title: str, url: str | None) -> str:
    """`url` has no brackets or blanks (`Message`)."""
    return f"[{markdown(title)}]({url})" if url else markdown(title)


def markdown(text: str) -> str:
    """So that none of it is markup, and `@` calls nobody."""
    return _PUNCTUATION.sub(r"\\\1", text).replace("@", f"@{APART}")
