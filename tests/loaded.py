"""What a process loads once for those that are forked from it: the service, what it loads when it starts,
and the workers of tests.
"""

import uvicorn.lifespan.on
import uvicorn.loops.uvloop

import buildtimetrend.bootstrap
import buildtimetrend.cli
import buildtimetrend.store.duckdb
import buildtimetrend.store.postgres
import buildtimetrend.worker
import tests.tasks.worker_process
from buildtimetrend.providers import PROVIDERS, provider_class

__all__ = ["buildtimetrend", "tests", "uvicorn"]

for kind in PROVIDERS:
    provider_class(kind)
