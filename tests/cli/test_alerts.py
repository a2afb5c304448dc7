"""`buildtimetrend alerts test`: whether a channel works, and an exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.providers.server import Reply, serving

pytestmark = pytest.mark.servers  # without a service, the command starts one of its own


def test_it_says_what_came_back_and_fails_with_the_channel(run: Run, tmp_path: Path) -> None:
    with serving() as receiver:
        (tmp_path / "config_service.yml").write_text(
            f"buildtimetrend:\n  alerts:\n  - {{name: team, kind: slack, url: '{receiver.url}/x'}}\n",
            encoding="utf-8",
        )
        receiver.otherwise = Reply(b"ok")
        ran = run("alerts", "test", "team")
        assert (ran.code, ran.out) == (0, "Slack took the message: 200: ok.\n")
        receiver.otherwise = Reply(b"no_service", 404)
        ran = run("alerts", "test", "team")
        assert (ran.code, ran.out) == (1, "")
        assert "Slack at 127.0.0.1 answered 404: no_service." in ran.err
        assert "Known: team" in run("alerts", "test", "other").err
