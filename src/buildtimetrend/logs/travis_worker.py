"""What the head of a Travis CI log says about the machine.

From 2013 to 2016 a line `Using worker: HOST:INSTANCE`, later a fold `worker_info`; in most logs a fold
`system_info` after it. Warnings and blank lines may stand before and between. Nothing below the first command
is read: from there on, a script may say anything.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.text import CONTROLS
from buildtimetrend.logs.travis_os import system_of
from buildtimetrend.model import Worker

HEAD = 16_384  # bytes
SECTION = 1024  # bytes of a list of facts
FACTS = 40
LENGTH = 300  # characters of a name or value

COMMAND = re.compile(rb"\$ (?:(?<=[\r\n]\$ )|(?<=\[0K\$ )|(?<=\A\$ ))")
# At the start of a line, behind a colour's end at most
USING = re.compile(rb"Using worker:(?:(?<=\AUsing worker:)|(?<=[\r\nmKl]Using worker:))[ \t]*([^\r\n]+)")
LISTS = (
    b"travis_fold:start:worker_info",
    b"travis_fold:start:system_info",
    b"Operating System Details",
    b"lsb_release -a",
)
# Facts that are known by their names, below whatever heading they stand
KNOWN = re.compile(
    rb"\n((?:Build (?:language|group|dist|id)|Job id|Runtime kernel version|travis-build version"
    rb"|Distributor ID|Codename|ProductName|ProductVersion|BuildVersion|OS Name|OS Version)[ \t]*:[^\n]*)"
)
SYSTEM = {"Codename", "ProductName", "OS Name"}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|h|m|s)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# A terminal without a description prints the names of its capabilities.
NOISE = re.compile(r"^(?:nl)+(?=[A-Z])")


def read_worker(head: bytes) -> Worker:
    """The facts that stand before the first command."""
    command = COMMAND.search(head)
    head = head[: command.start()] if command else head
    facts: dict[str, str] = {}
    if using := USING.search(head):
        facts.update(_using(using[1]))
    for heading in LISTS:
        at = head.find(heading)
        while at >= 0:
            _read_list(head, at, facts)
            at = head.find(heading, at + 1)
    if "Build language" not in facts or facts.keys().isdisjoint(SYSTEM):
        for line in KNOWN.findall(head)[:FACTS]:
            _read_fact(line.decode("utf-8", "replace"), facts, known=True)
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


def _using(line: bytes) -> dict[str, str]:
    worker = _text(line.decode("utf-8", "replace"))
    host, colon, instance = worker.rpartition(":")
    return {"hostname": host, "instance": instance} if colon else {"hostname": worker}


def _read_list(head: bytes, heading: int, facts: dict[str, str]) -> None:
    """`Name: value` lines below a heading, up to the next tag or heading."""
    start = head.find(b"\n", heading) + 1
    if not start:
        return
    # In a log that lost its CRs, the title of a fold has a line of its own.
    if head.startswith(b"\x1b[0K", start):
        start = head.find(b"\n", start) + 1
    # Headings are coloured: most of a section need not be decoded and split.
    end = _found(head, b"\n\x1b[3", start, start + SECTION)
    end = _found(head, b"travis_", start, end)
    for line in head[start:end].decode("utf-8", "replace").split("\n")[: 2 * FACTS]:
        if ":" in line and len(facts) < FACTS:
            _read_fact(line, facts)


def _found(text: bytes, words: bytes, start: int, end: int) -> int:
    at = text.find(words, start, end)
    return at if at >= 0 else end


def _read_fact(line: str, facts: dict[str, str], *, known: bool = False) -> None:
    """Lines of other shapes, as blank ones, stand between facts."""
    name, _, value = line.partition(":")
    value = value.strip("\t\r '")
    if not value:
        return
    if not name.isprintable():
        name = _text(name)
    if name.startswith("nl"):
        name = NOISE.sub("", name)
    if name and len(name) <= LENGTH and not (known and name in facts):
        facts[name] = value if value.isprintable() and len(value) <= LENGTH else _text(value)


def _text(value: str) -> str:
    return CONTROLS.sub(b"", value.encode()).decode("utf-8", "replace").strip()[:LENGTH]


def seconds(duration: str) -> float | None:
    """A duration as Go writes it, such as `508.033617ms` or `1m2.3s`; None for any other text."""
    parts = DURATION.findall(duration[:60])
    if not parts or "".join([number + unit for number, unit in parts]) != duration:
        return None
    return float(sum([float(number) * SECONDS[unit] for number, unit in parts]))
