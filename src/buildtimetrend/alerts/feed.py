"""An Atom feed (RFC 4287) of what changed, for whoever asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.words import marked

ATOM = "http://www.w3.org/2005/Atom"
NAMES = uuid.UUID(
    "6d1c0e2e-6f5b-5d0b-9a53-0d7f6a2f7c11"
)  # of findings; never changes: readers know entries by it
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding, by its last event; `began_at` is when it was found."""

    message: Message
    began_at: datetime


def feed(entries: Sequence[Entry], *, title: str, url: str, page: str) -> bytes:
    """In their order. `url` is the feed's own address, `page` that of the page for people."""
    root = ElementTree.Element("feed", xmlns=ATOM)
    _text(root, "id", f"urn:uuid:{uuid.uuid5(NAMES, url)}")
    _text(root, "title", title)
    latest = max((entry.message.at for entry in entries), default=datetime(2000, 1, 1, tzinfo=UTC))
    _text(root, "updated", _instant(latest))
    ElementTree.SubElement(ElementTree.SubElement(root, "author"), "name").text = "Buildtime Trend"
    ElementTree.SubElement(root, "link", rel="self", href=url, type=MEDIA_TYPE)
    ElementTree.SubElement(root, "link", rel="alternate", href=page, type="text/html")
    for entry in entries:
        _entry(root, entry)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: ElementTree.Element, entry: Entry) -> None:
    message = entry.message
    element = ElementTree.SubElement(root, "entry")
    _text(element, "id", f"urn:uuid:{uuid.uuid5(NAMES, message.thread)}")
    _text(element, "title", marked(message))
    _text(element, "published", _instant(entry.began_at))
    _text(element, "updated", _instant(message.at))
    if message.url:
        ElementTree.SubElement(element, "link", rel="alternate", href=message.url, type="text/html")
    if message.compare_url:
        ElementTree.SubElement(element, "link", rel="related", href=message.compare_url, title="The commits")
    if message.pipeline:
        ElementTree.SubElement(element, "category", term=message.pipeline)
    ElementTree.SubElement(element, "content", type="text").text = "\n".join(message.lines)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
