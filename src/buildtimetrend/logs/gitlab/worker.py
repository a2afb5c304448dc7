"""What the head of a GitLab CI trace says about the runner and the machine.

    Running with gitlab-runner 16.3.0 (8ec04662)
      on NAME TOKEN, system ID: s_18faf34db374
    Preparing the "docker" executor
    Using Docker executor with image ruby:3.2 ...
    Running on HOST via MACHINE...

The runner says so before it fetches the sources; below, a script may say anything.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.gitlab.lines import lines
from buildtimetrend.model import Worker

HEAD = 32_768  # bytes: images are pulled in many lines
LENGTH = 300  # characters of a name or value

OVER = re.compile(rb"section_start:[0-9.,]{1,29}:(?:get_sources|build_script|step_)|\x1b\[32;1m\$ ")
BEGUN = b"Running with gitlab-"
SAYS = ("Running ", "on ", "Preparing ", "Using ")
VERSION = re.compile(r"Running with (gitlab-(?:ci-multi-)?runner) (\S.*)")
ON = re.compile(r"on (.+?)(?:, system ID: (\S+))?$")
EXECUTOR = re.compile(r'Preparing the "([^"]+)" executor')
USING = re.compile(r"Using (\S+)(?: \(([^)]+)\))? executor(?: with (?:image|driver) (.*?))?\s*\.\.\.$")
NAMESPACE = re.compile(r"Using Kubernetes namespace: (\S+)")
RUNNING_ON = re.compile(r"Running on (\S+?)(?: via (\S+?))?\.\.\.$")


def read_worker(head: bytes) -> Worker:
    begun = head.find(BEGUN)
    if begun < 0:
        return Worker()
    over = OVER.search(head, begun)
    facts: dict[str, str] = {}
    name = hostname = instance = None
    for line in lines(head[begun : over.start() if over else None]):
        if not line.startswith(SAYS):
            continue
        if not facts and (version := VERSION.match(line)):
            facts["Runner version"] = version[2]
        elif facts and not name and (on := ON.match(line)):
            name = _without_token(on[1])
            if on[2]:
                facts["System ID"] = on[2]
        elif executor := EXECUTOR.match(line):
            facts["Executor"] = executor[1]
        elif using := USING.match(line):
            facts.setdefault("Executor", using[1].lower())
            facts |= {key: value for key, value in (("Shell", using[2]), ("Image", using[3])) if value}
        elif namespace := NAMESPACE.match(line):
            facts["Kubernetes namespace"] = namespace[1]
        elif running := RUNNING_ON.match(line):
            hostname, instance = running.groups()
    short = {key: value[:LENGTH] for key, value in facts.items()}
    return Worker(
        hostname=hostname,
        os="windows" if "windows" in short.get("Executor", "") else None,
        instance=instance,
        facts=short,
        name=name[:LENGTH] if name else None,
    )


def _without_token(told: str) -> str:
    """The name of the runner, which the start of its token follows."""
    name, _, token = told.rpartition(" ")
    return name or token
