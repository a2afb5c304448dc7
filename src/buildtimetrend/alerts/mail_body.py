"""A message as the body of a mail: plain text, and HTML of tables and inline styles, without pictures."""

from __future__ import annotations

from html import escape

from buildtimetrend.alerts.message import Message, Tone
from buildtimetrend.alerts.words import sign
from buildtimetrend.text import together

COLOURS: dict[Tone, str] = {"worse": "#b54400", "better": "#00704f", "neutral": "#57606b"}
FONT = "-apple-system,'Segoe UI','DejaVu Sans',Arial,sans-serif"
LINK = "color:#1f57c3"


def text(message: Message) -> str:
    paragraphs = [message.title, "\n".join(message.lines)]
    paragraphs += [
        "\n".join([f"{sign(part)} {part.subject}", *part.lines[:1], part.url or ""]).strip()
        for part in message.parts
    ]
    links = [("This finding" if message.thread != message.id else "More", message.url)]
    links.append(("Its commits", message.compare_url))
    paragraphs.append("\n".join(f"{title}: {url}" for title, url in links if url))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def html(message: Message) -> str:
    rows = [
        f'<p style="font-size:13px;color:#57606b;margin:0">{escape(_place(message))}</p>',
        f'<h1 style="font-size:20px;line-height:1.3;margin:4px 0 10px">{_marked(message)}</h1>',
        *(f'<p style="font-size:14px;margin:4px 0">{_said(line)}</p>' for line in message.lines),
        *map(_part, message.parts),
        _buttons(message),
    ]
    cells = "".join(f'<tr><td style="padding:0 28px">{row}</td></tr>' for row in rows if row)
    table = (
        '<table cellpadding="0" cellspacing="0" width="640" style="width:640px;max-width:100%;margin:0 auto;'
        f"padding:22px 0;background:#ffffff;border:1px solid #d9dde3;color:#15181c;font-family:{FONT};"
        f'line-height:1.45">{cells}</table>'
    )
    head = f'<meta charset="utf-8"><title>{_said(message.subject)}</title>'
    return (
        f'<!doctype html><html lang="en"><head>{head}</head>'
        f'<body style="margin:0;padding:14px 0;background:#f5f6f8">{table}</body></html>'
    )


def _said(text: str) -> str:
    return escape(together(text))


def _place(message: Message) -> str:
    return " · ".join(part for part in (message.repo, message.pipeline) if part) or "Buildtime Trend"


def _marked(message: Message) -> str:
    return f'<span style="color:{COLOURS[message.tone]}">{sign(message)}</span> {_said(message.title)}'


def _part(part: Message) -> str:
    title = _said(part.subject)
    if part.url:
        title = f'<a style="{LINK}" href="{escape(part.url)}">{title}</a>'
    lines = "".join(
        f'<br><span style="color:#57606b;font-size:13px">{_said(x)}</span>' for x in part.lines[:1]
    )
    mark = f'<span style="color:{COLOURS[part.tone]}">{sign(part)}</span>'
    style = "padding:6px 0;border-bottom:1px solid #d9dde3;font-size:14px"
    return f'<div style="{style}">{mark} {title}{lines}</div>'


def _buttons(message: Message) -> str:
    links = [("Open", message.url), ("The commits", message.compare_url)]
    found = [f'<a style="{LINK}" href="{escape(url)}">{title}</a>' for title, url in links if url]
    return f'<p style="font-size:14px;margin:14px 0 0">{" · ".join(found)}</p>' if found else ""
