"""A Citus cluster: what BTT_TEST_CITUS_URL names, the URL of its coordinator; `.ci/run` starts one."""

from __future__ import annotations

import os


def url() -> str | None:
    return os.environ.get("BTT_TEST_CITUS_URL") or None
