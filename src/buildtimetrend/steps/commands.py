"""Commands made comparable: what differs from build to build though the same thing runs becomes an ellipsis.

- Of several lines the first that does something, with those that go on from it.
- No quotes, one blank for several, no `travis_retry` or `travis_wait 30`, no branch of a `git clone`.
- An ellipsis for masked values, the query of a URL, random temporary paths, hashes, UUIDs, tokens, dates,
  times of day, numbers of five digits and more, and any after `build #`, `pull/`, `job_id=` and the like.
- An ellipsis for versions (`1.2.3`) and numbers of three and four digits that are no part of a word, unless
  these alone tell two commands of a job apart: only in what is `coarse`.

Short numbers stay, and those in a word: `test-1`, `node 10`, `-j4`, `python3`, `py310`, `sha256`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

ELLIPSIS = "…"
# Characters: of a comparable command, of its end where it is cut in the middle, and that are looked at.
LENGTH = 120
END = 40
READ = 8192


class Comparable(NamedTuple):
    """`coarse` is the same for more builds; `fine` tells more commands of one job apart."""

    coarse: str
    fine: str


def comparable(command: str) -> Comparable:
    """Both are empty for a command that is nothing but blanks."""
    fine = _folded(_unwrapped(first_line(command)), _VARYING)
    return Comparable(_head(_folded(fine, _STEADY)), _ends(fine))


def comparable_name(name: str) -> str:
    """A name that somebody gave: its versions and numbers are part of it."""
    return _ends(_folded(name[:READ], _VARYING_IN_NAMES))


def first_line(command: str) -> str:
    """The first line that does something: no comment, `set -e`, `cd` or assignment, unless there is no other.

    Lines that go on are joined: after a backslash, `&&`, `|`, `then`, `do` or an opening bracket.
    """
    best, least = "", len(_IDLE) + 1
    for line in _joined(command[:READ]):
        idle = next((number for number, kind in enumerate(_IDLE, 1) if kind.match(line)), 0)
        if idle < least:
            best, least = line, idle
        if not idle:
            break
    comment = _COMMENT.match(best)
    return best[comment.end() :] or best if comment else best


def _joined(text: str) -> Iterator[str]:
    whole = ""
    for line in text.splitlines():
        part = line.strip()
        if not part or (whole and _COMMENT.match(part)):
            continue
        whole = f"{whole} {part}" if whole else part
        if whole.endswith("\\"):
            whole = whole[:-1].rstrip()
        elif _COMMENT.match(whole) or not _GOES_ON.search(whole):
            yield whole
            whole = ""
    if whole:
        yield whole


def _unwrapped(line: str) -> str:
    while wrapper := _WRAPPER.match(line):
        line = line[wrapper.end() :]
    return line


def _folded(text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, instead in rules:
        text = pattern.sub(instead, text)
    return text.strip()


def _head(text: str) -> str:
    return text if len(text) <= LENGTH else text[: LENGTH - 1].rstrip() + ELLIPSIS


def _ends(text: str) -> str:
    if len(text) <= LENGTH:
        return text
    return f"{text[: LENGTH - END - 1].rstrip()}{ELLIPSIS}{text[-END:].lstrip()}"


_COMMENT = re.compile(r"(?:#|::|(?i:@?rem)(?=\s|$))[#:!]*\s*")
_GOES_ON = re.compile(r"(?:\\|&&|\||(?<![\w-])(?:then|do|else)|(?:^|\s)[{(])$")
# From what says most about a step to what says least.
_IDLE = (
    re.compile(r"(?:cd|pushd|popd|chdir)\b[^;&|]*$"),
    re.compile(r"(?:export\s+|declare\s+(?:-\w+\s+)?|local\s+)?(?:\$?(?:env:)?[A-Za-z_]\w*\+?=\S*\s*)+;?$"),
    re.compile(r"(?:set\s+[-+]|shopt\s|trap\s|set\s+\w+=|@?echo\s+off\b|\$\w+\s*=|true\s*$|:\s*$)", re.I),
    _COMMENT,
)
_WRAPPER = re.compile(r"travis_(?:retry|wait(?:\s+\d+)?)\s+(?=\S)")

_DATE = (
    r"(?:19|20)\d\d([-/.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T_ -]?[0-2]\d([:.-]?)[0-5]\d(?:\2[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_COUNTED = r"build|run|job|pr|issue|pipeline|pull[ _]?request"
# In a random name letters stand between digits: `x8f2k1`, unlike `python36`.
_RANDOM = r"(?=[A-Za-z]*\d+[A-Za-z]+\d)[A-Za-z0-9]{6,}"


def _rules(*rules: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), instead) for pattern, instead in rules)


_VARYING_IN_NAMES = _rules(
    (r"\s+", " "),
    (r"(?i)\[(?:secure|masked|redacted|filtered)\]|\*{3,}", ELLIPSIS),
    (r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b", ELLIPSIS),
    (rf"(?<!\d){_DATE}(?!\d)", ELLIPSIS),
    (r"(?<![\d:])[0-2]?\d:[0-5]\d:[0-5]\d(?![\d:])", ELLIPSIS),
    # Git's hashes, also short ones, and others in hexadecimal
    (r"(?<![0-9A-Za-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}(?![0-9A-Za-z])", ELLIPSIS),
    (r"(?<![0-9A-Za-z])(?=[0-9A-F]*\d)(?=[0-9A-F]*[A-F])[0-9A-F]{7,}(?![0-9A-Za-z])", ELLIPSIS),
    # Tokens: digits in several places among letters of both cases
    (
        r"(?<![0-9A-Za-z])(?=[A-Z\d]*[a-z])(?=[a-z\d]*[A-Z])(?=[A-Za-z]*\d+[A-Za-z]+\d)[0-9A-Za-z]{20,}",
        ELLIPSIS,
    ),
    (rf"(?i)\b((?:{_COUNTED})\s*#|(?:pulls?|merge[-_]requests?)/)\d+", rf"\1{ELLIPSIS}"),
    (rf"(?i)((?:{_COUNTED})[-_]?(?:number|num|id|no)[ =:]+)\d+", rf"\1{ELLIPSIS}"),
    (r"\d{5,}", ELLIPSIS),
)
_VARYING = (
    *_rules(
        (r"[\"']", ""),
        (r"(?<=://)[^\s/@]*@", ""),
        (r"(://[^\s?#]*)\?[^\s#]+", rf"\1?{ELLIPSIS}"),
        (r"(\bgit clone\b.*?) (?:--branch[= ]|-b )\S+", r"\1"),
        # mktemp's and Python's, pip's, macOS'
        (r"(/tmp/)(?:tmp|pip-)[\w.-]*", rf"\1{ELLIPSIS}"),
        (rf"(/tmp/(?:[\w-]*[._-])?){_RANDOM}(?=[/.\s]|$)", rf"\1{ELLIPSIS}"),
        (r"/var/folders/\S+?/T/[^\s/]*", f"/tmp/{ELLIPSIS}"),  # noqa: S108 - nothing is opened
    ),
    *_VARYING_IN_NAMES,
)
# A version that is compared with (`== 3.6`) stays: it says when the command does anything.
_STEADY = _rules(
    (
        r"(?i)(?<![\d.])(?<!= )v?\d+(?:\.\d+)+(?:\.[x*])?"
        r"(?:[-.+]?(?:rc|alpha|beta|dev|pre|snapshot|final|ga|a|b)\d*(?![a-z]))?",
        ELLIPSIS,
    ),
    (r"(?<![0-9A-Za-z.])\d{3,4}(?![0-9A-Za-z])", ELLIPSIS),
)
