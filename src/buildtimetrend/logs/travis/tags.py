"""The marks that Travis CI, and the projects themselves, put into a job's log.

    travis_fold:start:NAME CR ESC[0K                                     and travis_fold:end:NAME
    travis_time:start:ID CR ESC[0K$ command
    travis_time:end:ID:start=NS,finish=NS,duration=NS[,event=PHASE] CR ESC[0K      (,stage= in mid-2019)

They share lines with each other and with other text, and some logs lost their CRs. Below the end of a command
of the script, and of no other, stands its verdict: `The command "…" exited with N.`

A name has any printable characters, and blanks only where its tag begins a line. A tag in echoed source is
none: its name goes on behind a blank, or shows that a string is made there, by a quote or parenthesis that
was opened before the tag, a variable, or an escape such as `\\r`. Nor is one in a `$ command` line.

Speed comes from one regular expression that finds and reads the tags in one pass (docs/decisions.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

# A fold's `start:NAME` or `end:NAME`; a block's end, its start, finish, event; the verdict below either; a
# block's start, its command.
Tag: TypeAlias = tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]

TAG = b"travis_"
REACH = 18_000  # bytes behind a TAG that may belong to it: a name, and the command of a verdict
AT_MOST = 4_000_000  # bytes that are read at once, to bound the room for their tags: Travis CI's longest log

ENDED = rb"(?![^\r\n\x1b])"  # a line end, ESC or the end of the log follows
# Nor does another tag follow in the line, as where the line end between them is lost.
BOUNDED = rb"(?=[^ \r\n\x1b](?:[^\r\n\x1bt]|t(?!ravis_(?:fold|time):)){0,999}+" + ENDED + rb")"


def _name(besides: bytes) -> bytes:
    """Characters of a name, not those `besides`, up to its end."""
    nested = rb"\((?:[^()\x00-\x1f]|\([^()\x00-\x1f]*+\))*+\)"
    apart = rb"\"[^\"\x00-\x1f]*+\"|`[^`\x00-\x1f]*+`|(?<=\w)'(?=\w)|\$(?![\w({])|;(?![\r\n\x1b]|\Z)"
    backslash = rb"\\(?![rnet](?![A-Za-z])|[0\\]|x1|u0)"
    plain = rb"[^\x00-\x1f\x7f\"'`$\\();" + besides + rb"]++"
    return rb"(?:" + plain + rb"|" + nested + rb"|" + apart + rb"|" + backslash + rb")++" + ENDED


def _named(tag: bytes) -> bytes:
    """A tag with a name; most names are simple, and need less than the whole to be read."""
    simple = rb"[\w.-]{1,100}+(?=[\r\n\x1b])"
    blanks = rb"(?<![^\n\rKm]travis_" + tag + rb")" + _name(b"")
    return rb"(?>" + simple + rb"|" + BOUNDED + rb"(?:" + _name(b" ") + rb"|" + blanks + rb"))"


# The command may span lines, and quotes are not escaped.
COMMAND = rb"(?:(?:\n(?!travis_)|\"(?! failed and | exited with ))[^\0\n\"]{0,31}+|[^\0\n\"]{1,32}+){0,512}+"
VERDICT = (
    rb"(?>[\r\n]*+(?:\x1b\[0K[\r\n]*+|)(?:\x1b\[3[12];1m|))"
    rb"(The command \"" + COMMAND + rb"\" exited with [0-9]{1,9}\.|)"
)
_FOLD = rb"fold:(start:" + _named(rb"fold:start:") + rb"|end:" + _named(rb"fold:end:") + rb")"
_END = (
    rb"time:end:((?:[\w.-]{1,100}+(?=:start=)|[^\x00-\x1f\x7f]{1,1000}?)):start=([0-9]{1,19})"
    rb",finish=([0-9]{1,19}),duration=-?[0-9]{1,20}(?:,(?:event|stage)=([0-9A-Za-z_.-]{0,60})|)"
) + ENDED
# A comment above a command says nothing. A command goes on behind what needs more; below a comment also where
# its own lines end in LF and the log's in CR LF.
_LINE = rb"\n(?!travis_)[^\r\n]{1,300}"
_COMMENTS = rb"(?:#[^\r\n]{0,300}\r{0,2}\n(?=[^\r\n\x1b])(?!travis_)){0,20}"
_WHOLE = rb"(?<=\n)[^\r\n]{1,4096}(?:" + _LINE + rb"){1,40}(?=\r\n)"
_GOES_ON = rb"(?:(?<=\\)|(?<=&&)|(?<=[|{(])|(?<= then)|(?<=; do)|(?<= else))\r{0,2}" + _LINE
_COMMAND = rb"\$ " + _COMMENTS + rb"(" + _WHOLE + rb"|[^\r\n]{0,4096}(?:" + _GOES_ON + rb"){0,40})"
# A block's start, unless its end follows at once and says as much
_START = (
    (rb"time:start:(" + _named(rb"time:start:") + rb")")
    + rb"(?>[\r\n]*(?:\x1b\[0K|))(?!travis_time:end:\7:)(?:"
    + _COMMAND
    + rb"|)"
)
# The search for a literal prefix looks for its first byte, and "v" is rare in a log where "t" is not.
TAGS = re.compile(
    rb"vis_(?<=travis_)(?:(?:" + _FOLD + rb"|" + _END + rb")" + VERDICT + rb"|" + _START + rb")"
)


def find_tags(chunks: Iterable[bytes]) -> Iterator[list[Tag]]:
    """The tags in the order of the log; those that a chunk cuts are read with the next one."""
    text, begun = b"", 0  # one byte of what has been read is kept, to know whether a tag begins a line
    for chunk in chunks:
        if not text:
            text = chunk
            continue
        cut = _cut(text, begun)
        yield TAGS.findall(text, begun, cut)
        kept = max(0, cut - 1)
        text, begun = text[kept:] + chunk, cut - kept
    yield TAGS.findall(text, begun)


def _cut(text: bytes, begun: int) -> int:
    """Up to where no tag goes on behind this text."""
    size = len(text)
    if text.find(TAG, max(begun, size - REACH)) < 0:
        partial = text.find(TAG[:1], max(begun, size - len(TAG) + 1))
        return partial if partial >= 0 else size
    # Between a line and a tag, unless that tag may be the end of a block that starts in the line.
    near = max(begun, size - 2 * REACH)
    cut = max(text.rfind(b"\ntravis_fold:", near), text.rfind(b"\ntravis_time:start:", near)) + 1
    return cut or (begun if size < AT_MOST else size)
