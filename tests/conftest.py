"""What one test sets for the whole process must not reach the next."""

import gc
import logging
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]

from tests import quick, stores_in_memory
from tests.servers.fixtures import (
    citus_schemas,
    citus_url,
    postgres_schemas,
    postgres_server,
    rabbitmq_server,
    redis_server,
)
from tests.store.fixtures import in_file, in_memory, of_any_engine, store

__all__ = [
    "citus_schemas",
    "citus_url",
    "in_file",
    "in_memory",
    "of_any_engine",
    "postgres_schemas",
    "postgres_server",
    "rabbitmq_server",
    "redis_server",
    "store",
]

# How long an example takes, or the first one to make, says more of the machine than of the program.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


# A client of HTTP takes 28 ms to be made where it trusts all authorities, less than 1 where only this one.
# Tests, and processes that they start, make many thousands: who waits for an answer makes one for each try.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).parent / "data" / "tls" / "authority.pem")

# Where nothing is configured, structlog draws an error in colours with all variables: that takes seconds.
structlog.get_config()["processors"][-1].exception_formatter = structlog.dev.plain_traceback

stores_in_memory.install()

# To look for garbage after every 700 new objects took a fifth of the time of tests of pages.
gc.set_threshold(10_000, 10, 10)
gc.disable()  # what is collected stays: to look for garbage meanwhile took a tenth of the time


def pytest_collection_finish() -> None:
    """Twelve thousand tests stay until the end: no search for garbage need walk over them."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    stores_in_memory.close()
    gc.unfreeze()  # extensions of Python warn of objects that are never freed


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", "httpx", "httpcore")]
    levels = [logger.level for logger in loggers]
    handlers = loggers[0].handlers[:]
    yield
    loggers[0].handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    if structlog.is_configured():
        structlog.reset_defaults()
        _forget_set_up()


def _forget_set_up() -> None:
    """A module's logger that was used keeps the configuration of that moment, whatever is reset later."""
    lazy = type(structlog.get_logger())
    ours = [vars(module) for name, module in sys.modules.items() if name.startswith("buildtimetrend")]
    for logger in (value for names in ours for value in names.values() if isinstance(value, lazy)):
        vars(logger).pop("bind", None)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Files are what processes share among them; those in the browser are one, so that one has it open.

    Its own groups (`--dist loadgroup`) pytest-xdist 3.8 loses with pytest 9.2, without a word.
    Half of the processes begin at the front, with what waits for others most of the time; the
    others with what reckons: else the processor would have little to do at first, and too much later.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder.endswith("browser") else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        if self.nodes.index(node) >= self.numnodes // 2:
            reckons = next((unit for unit in self.workqueue if not _waits(unit)), None)
            if reckons is not None:
                self.workqueue.move_to_end(reckons, last=False)
        super()._assign_work_unit(node)


def _waits(unit: str) -> bool:
    return unit.split("/")[1] in quick.FOLDERS


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those with servers come first: they take longest, and should not be what all others wait for in the
    end.
    """
    for item in items:
        if quick.needs_a_server(item):
            item.add_marker("servers")
        if item.path.parent.name == "e2e":  # processes, that others kill, freeze or attack
            item.add_marker("races")
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    """Files stay together: a module's servers are started once."""
    folder = item.path.parent.name
    return quick.FOLDERS.index(folder) if folder in quick.FOLDERS else len(quick.FOLDERS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with quick.without_processes(item):
        return (yield)
