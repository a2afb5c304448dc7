"""Mattermost's incoming webhooks: an attachment in Markdown, in which strangers' words are none."""

from __future__ import annotations

from typing import Any

from buildtimetrend.alerts.hook_channel import HookChannel
from buildtimetrend.alerts.message import Message, Tone
from buildtimetrend.alerts.words import markdown, markdown_link, marked

COLOURS: dict[Tone, str] = {"worse": "#b54400", "better": "#00704f", "neutral": "#57606b"}


class Mattermost(HookChannel):
    title = "Mattermost"

    def document(self, message: Message) -> dict[str, Any]:
        lines = [markdown(line) for line in message.lines]
        for part in message.parts:
            lines.append(f"- {markdown_link(part.subject, part.url)}")
        if message.compare_url:
            lines.append(markdown_link("The commits", message.compare_url))
        attachment = {
            "fallback": marked(message),
            "color": COLOURS[message.tone],
            "title": markdown(marked(message)),
            "text": "\n".join(lines),
        }
        return {"attachments": [attachment | ({"title_link": message.url} if message.url else {})]}
