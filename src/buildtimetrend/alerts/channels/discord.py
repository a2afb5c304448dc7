"""Discord's webhooks: an embed, in which nobody is mentioned whatever it says."""

from __future__ import annotations

from typing import Any

from buildtimetrend.alerts.hook_channel import HookChannel
from buildtimetrend.alerts.message import Message, Tone
from buildtimetrend.alerts.words import markdown, markdown_link, marked

COLOURS: dict[Tone, int] = {"worse": 0xB54400, "better": 0x00704F, "neutral": 0x57606B}
# Characters that Discord takes.
MOST_OF_TITLE = 256
MOST_OF_TEXT = 4096


class Discord(HookChannel):
    title = "Discord"

    def document(self, message: Message) -> dict[str, Any]:
        lines = [markdown(line) for line in message.lines]
        if len(marked(message)) > MOST_OF_TITLE:
            lines.insert(0, markdown(marked(message)))
        for part in message.parts:
            lines.append(f"- {markdown_link(part.subject, part.url)}")
        if message.compare_url:
            lines.append(markdown_link("The commits", message.compare_url))
        embed = {
            "title": _cut(marked(message), MOST_OF_TITLE),
            "description": _whole_lines(lines, MOST_OF_TEXT),
            "color": COLOURS[message.tone],
            "timestamp": message.at,
        }
        return {
            "embeds": [embed | ({"url": message.url} if message.url else {})],
            "allowed_mentions": {"parse": []},
        }


def _cut(text: str, most: int) -> str:
    """The title of an embed may have markup, too; cut within an escape it would be one."""
    escaped = markdown(text)
    while len(escaped) > most:
        text = text[: -max(1, (len(escaped) - most) // 2)]
        escaped = markdown(text)
    return escaped


def _whole_lines(lines: list[str], most: int) -> str:
    """As many as fit: a line that is cut may end within a link."""
    fitting: list[str] = []
    for line in lines:
        if sum(len(each) + 1 for each in fitting) + len(line) > most:
            break
        fitting.append(line)
    return "\n".join(fitting)
