"""What the head of a Travis CI log says about the machine.

From 2013 to 2016 a first line `Using worker: HOST:INSTANCE`, later a fold `worker_info`; in most logs a fold
`system_info` after it. Nothing below the first command is read: from there on, a script may say anything.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.text import CONTROLS
from buildtimetrend.model import Worker

HEAD = 16_384  # bytes
SECTION = 1024  # bytes of a list of facts
FACTS = 40
LENGTH = 300  # characters of a name or value

USING = b"Using worker: "
WORKER_INFO = b"travis_fold:start:worker_info"
SYSTEM_INFO = b"travis_fold:start:system_info"
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|h|m|s)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "powerpc64le": "ppc64le"}
WHERE = (("windows", "windows"), ("osx", "osx"), ("macos", "osx"), ("macstadium", "osx"))
LINUX = ("linux", "ubuntu", "docker", "gce")


def read_worker(head: bytes) -> Worker:
    """The facts that stand before the first command."""
    facts: dict[str, str] = {}
    if head.startswith(USING):
        facts.update(_using(head[: 2 * LENGTH]))
    worker = head.find(WORKER_INFO, 0, SECTION)
    if worker >= 0 and head.find(b"$ ", 0, worker) < 0:
        _read_list(head, worker, facts)
    system = head.find(SYSTEM_INFO)
    if system >= 0 and head.find(b"$ ", 0, system) < 0:
        _read_list(head, system, facts)
        _read_list(head, head.find(b"Operating System Details", system, system + 2 * SECTION), facts)
        if "arch" not in facts and (arch := _arch(head, system)):
            facts["arch"] = arch
    if not facts:
        return Worker()
    take = facts.pop
    hostname, instance = take("hostname", None), take("instance", None)
    return Worker(
        hostname,
        take("os", None) or _os(f"{hostname} {instance}".lower(), facts),
        take("Build dist", None) or facts.get("Codename"),
        take("arch", None),
        instance,
        seconds(facts.pop("startup")) if "startup" in facts else None,
        facts,
    )


def _using(head: bytes) -> dict[str, str]:
    worker = _text(head[len(USING) :].partition(b"\n")[0].decode("utf-8", "replace"))
    host, colon, instance = worker.rpartition(":")
    return {"hostname": host, "instance": instance} if colon else {"hostname": worker}


def _read_list(head: bytes, heading: int, facts: dict[str, str]) -> None:
    """`Name: value` lines below a heading, up to the first line of another shape."""
    start = head.find(b"\n", heading) + 1
    if heading < 0 or not start:
        return
    # In a log that lost its CRs, the title of a fold has a line of its own.
    if head.startswith(b"\x1b[0K", start):
        start = head.find(b"\n", start) + 1
    # No list goes on behind a line that starts with ESC: most of a section need not be decoded and split.
    end = head.find(b"\n\x1b", start, start + SECTION)
    section = head[start : end if end >= 0 else start + SECTION]
    for line in section.decode("utf-8", "replace").split("\n")[:FACTS]:
        name, colon, value = line.partition(":")
        if not colon or "\x1b" in name or "travis_" in name or len(name) > LENGTH:
            return
        value = value.strip("\t\r '")
        if value:
            facts[name] = value if value.isprintable() and len(value) <= LENGTH else _text(value)


def _text(value: str) -> str:
    return CONTROLS.sub(b"", value.encode()).decode("utf-8", "replace").strip()[:LENGTH]


def _os(where: str, facts: dict[str, str]) -> str | None:
    for word, os in WHERE:
        if word in where:
            return os
    if "Distributor ID" in facts:
        return "linux"
    if "ProductName" in facts:
        return "osx"
    return "linux" if any(word in where for word in LINUX) else None


def _arch(head: bytes, system: int) -> str | None:
    """From the shell's own name, such as `(x86_64-pc-linux-gnu)`."""
    end = head.find(b"-linux-gnu)", system, system + 2 * SECTION)
    if end < 0:
        return None
    name = head[end - 40 : end].rpartition(b"(")[2].partition(b"-")[0].decode("ascii", "replace")
    return ARCHES.get(name, name)


def seconds(duration: str) -> float | None:
    """A duration as Go writes it, such as `508.033617ms` or `1m2.3s`; None for any other text."""
    parts = DURATION.findall(duration[:60])
    if not parts or "".join([number + unit for number, unit in parts]) != duration:
        return None
    return float(sum([float(number) * SECONDS[unit] for number, unit in parts]))
