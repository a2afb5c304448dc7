"""Which tests need a server, and so are not among the quick ones; none of those starts a process unnoticed.

A test needs one when it is in a folder of such tests, when one of its parameters names an engine or a broker,
when one of its fixtures is a server, or when it says so itself, with the marker `servers`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

FOLDERS = ("browser", "e2e", "servers")
# Engines and kinds of tasks, as parameters name them. `push` is a store that a service of the test's own has.
NAMES = {"postgres", "citus", "push", "shared", "redis", "rabbitmq"}
FIXTURES = {"postgres_server", "redis_server", "rabbitmq_server", "citus_url"}
# Of Python's audit events.
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}

_guarded: list[str] = []  # the test that runs, if it is a quick one


def needs_a_server(item: pytest.Item) -> bool:
    if item.get_closest_marker("servers") or item.path.parent.name in FOLDERS:
        return True
    if FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(isinstance(value, str) and value in NAMES for value in parameters)


@contextmanager
def without_processes(item: pytest.Item) -> Iterator[None]:
    """Whatever starts a process meanwhile fails, if it is a quick test."""
    if not item.get_closest_marker("servers"):
        _guarded.append(item.nodeid)
    try:
        yield
    finally:
        _guarded.clear()


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    if _guarded and event in STARTS:
        raise RuntimeError(f"{_guarded[-1]} starts a process, {arguments[0]}: mark it with `servers`.")


sys.addaudithook(_forbid)
