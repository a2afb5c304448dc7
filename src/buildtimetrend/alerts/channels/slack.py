"""Slack's incoming webhooks: blocks of plain text, in which nothing is markup and nobody is mentioned."""

from __future__ import annotations

from typing import Any

from buildtimetrend.alerts.hook_channel import HookChannel
from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.plain import plain
from buildtimetrend.alerts.words import marked

MOST_OF_BLOCK = 3000  # characters; Slack takes 50 blocks


class Slack(HookChannel):
    title = "Slack"

    def document(self, message: Message) -> dict[str, Any]:
        """`text` is what a notification on a phone shows."""
        blocks = [_section(f"{marked(message)}\n" + "\n".join(message.lines), message.url)]
        blocks += [
            _section(f"{part.subject}\n{' '.join(part.lines[:1])}", part.url) for part in message.parts
        ]
        if message.compare_url:
            blocks.append(_link("The commits", message.compare_url))
        return {"text": _escaped(marked(message)), "blocks": blocks, "unfurl_links": False}


def _section(text: str, url: str | None) -> dict[str, Any]:
    shown = text.strip()[:MOST_OF_BLOCK]
    block: dict[str, Any] = {
        "type": "section",
        "text": {"type": "plain_text", "text": shown, "emoji": False},
    }
    if url:
        block["accessory"] = {
            "type": "button",
            "text": {"type": "plain_text", "text": "Open", "emoji": False},
            "url": url,
        }
    return block


def _link(title: str, url: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{_in_link(url)}|{title}>"}]}


def _in_link(url: str) -> str:
    return _escaped(url).replace("|", "%7C")


def _escaped(text: str) -> str:
    """As Slack asks for in `text`: what would be a mention or a link becomes text."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
