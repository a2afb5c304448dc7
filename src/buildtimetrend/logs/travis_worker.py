"""What the head of a Travis CI log says about the machine.

From 2013 to 2016 a first line `Using worker: HOST:INSTANCE`, later a fold `worker_info`; in most logs a fold
`system_info` after it. Nothing below the first command is read: from there on, a script can say what it likes.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.text import plain
from buildtimetrend.model import Worker

HEAD = 16_384  # bytes
FACTS = 40
SYSTEM_INFO_SIZE = 4096  # bytes of that fold that are read
VALUE = 300  # characters of a fact

USING = b"Using worker: "
WORKER_INFO = b"travis_fold:start:worker_info"
SYSTEM_INFO = b"travis_fold:start:system_info"
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|h|m|s)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "powerpc64le": "ppc64le"}


def read_worker(head: bytes) -> Worker:
    """The facts that stand before the first command."""
    facts: dict[str, str] = {}
    if head.startswith(USING):
        facts |= _using(plain(head[len(USING) : 1000].partition(b"\n")[0]))
    if (at := head.find(WORKER_INFO, 0, 1000)) >= 0 and head.find(b"$ ", 0, at) < 0:
        _read_lines(head, at, facts)
    system = _system_info(head)
    if system:
        _read_lines(system, 0, facts)
        _read_lines(system, system.find(b"Operating System Details"), facts)
    if not facts:
        return Worker()
    dist = facts.pop("Build dist", None) or facts.get("Codename")
    return Worker(
        hostname=facts.pop("hostname", None),
        os=facts.pop("os", None) or _os(facts),
        dist=dist,
        arch=facts.pop("arch", None) or _arch(system),
        instance=facts.pop("instance", None),
        boot_time=seconds(facts.pop("startup", "")),
        facts=facts,
    )


def _using(worker: str) -> dict[str, str]:
    host, colon, instance = worker.rpartition(":")
    return {"hostname": host, "instance": instance} if colon else {"hostname": worker}


def _system_info(head: bytes) -> bytes:
    at = head.find(SYSTEM_INFO)
    if at < 0 or head.find(b"$ ", 0, at) >= 0:
        return b""
    text = head[at + len(SYSTEM_INFO) : at + SYSTEM_INFO_SIZE]
    return text.partition(b"travis_fold:")[0]


def _read_lines(head: bytes, at: int, facts: dict[str, str]) -> None:
    """`Name: value` lines below a heading, up to the first line of another shape."""
    start = head.find(b"\n", at) + 1
    if at < 0 or not start:
        return
    # A log that lost its CRs has the fold's title on a line of its own.
    if head.startswith(b"\x1b[0K", start):
        start = head.find(b"\n", start) + 1
    for line in head[start : start + 4096].split(b"\n"):
        name, colon, value = line.partition(b":")
        if not colon or b"\x1b" in name or b"travis_" in name or len(facts) >= FACTS:
            return
        if text := plain(value[: 4 * VALUE]).strip("'"):
            facts[plain(name[:VALUE])] = text[:VALUE]


def _os(facts: dict[str, str]) -> str | None:
    where = f"{facts.get('hostname')} {facts.get('instance')}".lower()
    if "windows" in where:
        return "windows"
    if "osx" in where or "macos" in where or "macstadium" in where or "ProductName" in facts:
        return "osx"
    if "Distributor ID" in facts or "linux" in where or "ubuntu" in where or "docker" in where or "gce" in where:
        return "linux"
    return None


def _arch(system: bytes) -> str | None:
    """From a compiler's or shell's own name, such as `(x86_64-pc-linux-gnu)`."""
    end = system.find(b"-linux-gnu)")
    if end < 0:
        return None
    name = plain(system[max(0, end - 40) : end].rpartition(b"(")[2].partition(b"-")[0])
    return ARCHES.get(name, name)


def seconds(duration: str) -> float | None:
    """A duration as Go writes it, such as `508.033617ms` or `1m2.3s`; None for any other text."""
    parts = DURATION.findall(duration[:60])
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        return None
    return float(sum(float(number) * SECONDS[unit] for number, unit in parts))
