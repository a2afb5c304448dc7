"""The service, in which queries of others have a third of their seconds: `python short_queries.py`."""

from dataclasses import replace

from buildtimetrend.cli import main
from buildtimetrend.web.api import store

if __name__ == "__main__":
    store.LIMITS = replace(store.LIMITS, seconds=store.LIMITS.seconds / 3)
    main(["serve"])
