"""Microsoft Teams: an Adaptive Card to a workflow that begins "when a Teams webhook request is received".

Strangers' words stand in text runs, which know no markup.
"""

from __future__ import annotations

from typing import Any

from buildtimetrend.alerts.hook_channel import HookChannel
from buildtimetrend.alerts.message import Message, Tone
from buildtimetrend.alerts.words import marked

COLOURS: dict[Tone, str] = {"worse": "attention", "better": "good", "neutral": "default"}


class Teams(HookChannel):
    title = "Teams"

    def document(self, message: Message) -> dict[str, Any]:
        body = [_text(marked(message), weight="bolder", color=COLOURS[message.tone])]
        body += [_text(line) for line in message.lines]
        body += [_text(part.subject, url=part.url) for part in message.parts]
        links = [("Open", message.url), ("The commits", message.compare_url)]
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": body,
            "actions": [
                {"type": "Action.OpenUrl", "title": title, "url": url} for title, url in links if url
            ],
        }
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card,
        }
        return {"type": "message", "attachments": [attachment]}


def _text(text: str, url: str | None = None, **style: str) -> dict[str, Any]:
    run: dict[str, Any] = {"type": "TextRun", "text": text, **style}
    if url:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": url}
    return {"type": "RichTextBlock", "inlines": [run]}
