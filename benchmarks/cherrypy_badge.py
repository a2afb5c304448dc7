"""What the badge benchmark compares with: a badge as the old stack serves it, formatted for each request.

PORT=5001 python -m benchmarks.cherrypy_badge SVGFILE MESSAGE
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import cherrypy


class Root:
    def __init__(self, svg: str, message: str) -> None:
        self._template = svg.replace("{", "{{").replace("}", "}}").replace(message, "{message}")
        self._messages = {("company/product", "avg", "week"): message}

    @cherrypy.expose  # type: ignore[untyped-decorator]
    def badge(
        self, repo_owner: str, repo_name: str, badge_type: str = "avg", interval: str = "week"
    ) -> bytes:
        cherrypy.response.headers["Content-Type"] = "image/svg+xml;charset=utf-8"
        message = self._messages[f"{repo_owner}/{repo_name}", badge_type, interval]
        return self._template.format(message=message).encode()


if __name__ == "__main__":
    cherrypy.config.update(
        {
            "server.socket_host": "127.0.0.1",
            "server.socket_port": int(os.environ["PORT"]),
            "engine.autoreload.on": False,
            "log.screen": False,
        }
    )
    cherrypy.quickstart(Root(Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2]))
