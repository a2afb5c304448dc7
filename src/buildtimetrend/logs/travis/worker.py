"""What the head of a Travis CI log says about the machine.

From 2013 to 2016 a line `Using worker: HOST:INSTANCE`, later a fold `worker_info`; in most logs a fold
`system_info` after it. Warnings and blank lines may stand before and between. Nothing below the first command
is read: from there on, a script may say anything.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.text import CONTROLS
from buildtimetrend.logs.travis.operating_system import system_of
from buildtimetrend.model import Worker

HEAD = 8192  # bytes; below come lists of what is installed
SECTION = 1024  # bytes of a list of facts
FACTS = 40
LENGTH = 300  # characters of a name or value

BEFORE_COMMAND = (b"\n", b"\r", b"\x1b[0K")
USING = b"Using worker:"
# At the start of a line, behind a colour's end at most
USING_LINE = re.compile(rb"Using worker:(?:(?<=\AUsing worker:)|(?<=[\r\nmKl]Using worker:))[ \t]*([^\r\n]+)")
HEADINGS = (
    b"travis_fold:start:worker_info",
    b"travis_fold:start:system_info",
    b"Operating System Details",
    b"lsb_release -a",
)
# Facts that are known by their names, below whatever heading they stand
KNOWN = re.compile(
    rb"\n(?:Build (?:language|group|dist|id)|Job id|Runtime kernel version|travis-build version"
    rb"|Distributor ID|Codename|ProductName|ProductVersion|BuildVersion|OS Name|OS Version)[ \t]*:[^\n]*"
)
SYSTEM = {"Codename", "ProductName", "OS Name"}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|h|m|s)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# A terminal without a description prints the names of its capabilities.
NOISE = re.compile(r"^(?:nl)+(?=[A-Z])")
PLAIN = bytes(range(32, 127)) + b"\t\n"
AROUND = "\t\r '"  # a value
FACT = re.compile(rf"\n([^\n:]{{1,{LENGTH}}}+):([^\n]{{1,{LENGTH}}}+)")


def read_worker(head: bytes) -> Worker:
    """The facts that stand before the first command."""
    head = head[: _first_command(head)]
    facts = _facts(b"".join(_lists(head)))
    if "hostname" not in facts or "instance" not in facts:
        facts = _using(head) | facts
    if "Build language" not in facts or facts.keys().isdisjoint(SYSTEM):
        facts = _facts(b"".join(KNOWN.findall(head)[::-1])) | facts
    if not facts:
        return Worker()
    take = facts.pop
    hostname, instance = take("hostname", None), take("instance", None)
    os, arch = system_of(facts, head, hostname or "", instance or "")
    return Worker(
        hostname,
        take("os", None) or os,
        take("Build dist", None) or facts.get("Codename"),
        take("arch", None) or arch,
        instance,
        seconds(facts.pop("startup")) if "startup" in facts else None,
        facts,
    )


def _first_command(head: bytes) -> int:
    """Where it begins. A single byte is found fastest, and `$` is rare in what stands above."""
    at = head.find(b"$")
    while at >= 0:
        if head.startswith(b"$ ", at) and (not at or head.endswith(BEFORE_COMMAND, 0, at)):
            return at
        at = head.find(b"$", at + 1)
    return len(head)


def _using(head: bytes) -> dict[str, str]:
    begun = head.find(USING)  # faster than the expression's own search
    using = USING_LINE.search(head, begun) if begun >= 0 else None
    if not using:
        return {}
    worker = _text(using[1].decode("utf-8", "replace"))
    host, colon, instance = worker.rpartition(":")
    return {"hostname": host, "instance": instance} if colon else {"hostname": worker}


def _lists(head: bytes) -> list[bytes]:
    """What stands below each heading, up to the next tag or heading; with the line end before it."""
    lists = []
    for heading in HEADINGS:
        at = head.find(heading)
        while at >= 0 and (start := head.find(b"\n", at)) >= 0:
            # In a log that lost its CRs, the title of a fold has a line of its own.
            if head.startswith(b"\n\x1b[0K", start):
                start = head.find(b"\n", start + 1)
                if start < 0:
                    break
            # Headings are coloured: most of a section need not be decoded and split.
            told = head[start : start + SECTION].partition(b"travis_")[0]
            coloured = told.find(b"\n\x1b[3", 1)
            lists.append(told if coloured < 0 else told[:coloured])
            at = head.find(heading, start + len(lists[-1]))
    return lists


def _facts(told: bytes) -> dict[str, str]:
    """Of lines with a name and a value, the last of a name."""
    told = (told + b"\n").replace(b"\r\n", b"\n")
    found = FACT.findall(told.decode("utf-8", "replace"))[:FACTS]
    if not told.translate(None, PLAIN) and b"\nnl" not in told:
        return {name: value for name, words in found if (value := words.strip(AROUND))}
    return {_clean(name): _clean(value) for name, words in found if (value := words.strip(AROUND))}


def _clean(text: str) -> str:
    return NOISE.sub("", text if text.isprintable() else _text(text))


def _text(value: str) -> str:
    return CONTROLS.sub(b"", value.encode()).decode("utf-8", "replace").strip()[:LENGTH]


def seconds(duration: str) -> float | None:
    """A duration as Go writes it, such as `508.033617ms` or `1m2.3s`; None for any other text."""
    parts = DURATION.findall(duration[:60])
    if not parts or "".join([number + unit for number, unit in parts]) != duration:
        return None
    return float(sum([float(number) * SECONDS[unit] for number, unit in parts]))
