"""What a service and a worker set for the whole process, and close at its end."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from buildtimetrend.providers.base import Provider
from buildtimetrend.store.base import Store

# Seconds after which a thread that computes lets another one on. By default 5 ms: each of the ten or so times
# that a commit takes up Python again would cost that much while workers parse.
SWITCH = 0.0005


def switch_often() -> None:
    sys.setswitchinterval(SWITCH)


def close(providers: Mapping[str, Provider], store: Store) -> None:
    for provider in providers.values():
        provider.close()
    store.close()
