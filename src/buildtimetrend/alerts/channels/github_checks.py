"""GitHub: a check of each commit of a pull request, which only a GitHub App may write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import orjson

from buildtimetrend import json_text
from buildtimetrend.alerts.base import BadMessage
from buildtimetrend.alerts.check import Check, Conclusion, check
from buildtimetrend.alerts.http import MOST_OF_ANSWER, OF_MESSAGE, Answer, Http
from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.plain import plain
from buildtimetrend.alerts.pull_requests import Comparison, PullRequestChannel, checked_number
from buildtimetrend.errors import PermanentError, SettingsError, TemporaryError
from buildtimetrend.providers.github.api import HEADERS
from buildtimetrend.providers.github.app import App, private_key
from buildtimetrend.providers.http import Client, Limits, Peer, Refused
from buildtimetrend.setting import Pem, Text, Url, setting

PAGE, MOST_PAGES = 100, 10
MOST_OF_PAGE = 16 * 1024**2  # bytes: each check has up to 65,535 characters
OF_ONE = OF_MESSAGE | {403, 404, 409, 410}  # answers about one repo or commit: others may be written to
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHubChecksSettings:
    url: Url = setting(
        "https://api.github.com",
        "alerts.url",
        "Base URL of the API; of an Enterprise server, https://host/api/v3.",
    )
    app_id: Text = setting("", "alerts.app_id", "Id of a GitHub App that is installed where the repos are.")
    app_key: Pem = setting(
        "", "alerts.app_key", "Private key of that App, as the PEM text that GitHub makes.", secret=True
    )
    slower: Conclusion = setting(
        "neutral",
        "alerts.slower",
        "What a check concludes where builds take longer: neutral, failure or success.",
    )
    usual: Literal["silent", "success"] = setting(
        "silent", "alerts.usual", "Within noise: silent, no check is made; success, each commit has one."
    )

    def __post_init__(self) -> None:
        if self.app_key:
            try:
                private_key(self.app_key, "app_key")
            except SettingsError as error:
                raise ValueError(error.message.rstrip(".")) from None


class GitHubChecks(PullRequestChannel):
    title = "GitHub"
    settings = GitHubChecksSettings
    needed = ("app_id", "app_key")

    def __init__(self, values: GitHubChecksSettings) -> None:
        super().__init__(values.url)
        self._values = values
        peer = Peer("GitHub", token="alerts.app_key", address="alerts.url", pause=60.0)  # noqa: S106
        self._client = Client(peer, values.url, {}, 1, Limits())
        self._app = App(self._client, values.app_id, values.app_key, section="alerts")
        self._http = Http(self.title, (values.app_key,), OF_ONE)

    def put(self, of: Comparison) -> str:
        """The check of the pull request's head, or of an earlier commit where that was built."""
        commit = self._commit(of)
        wanted = check(of, self._values.slower)
        mark = f"buildtimetrend:{of.number}:{of.pipeline}"
        stands = self._standing(of.repo, commit, mark)
        if stands is None and not of.is_told and self._values.usual == "silent":
            return "within noise: nothing is written"
        if stands is None:
            self._write("POST", of, f"/repos/{quote(of.repo)}/check-runs", wanted, mark, head_sha=commit)
            return "written"
        if wanted.is_as(stands):
            return "as it was"
        path = f"/repos/{quote(of.repo)}/check-runs/{int(stands['id'])}"
        self._write("PATCH", of, path, wanted, mark)
        return "edited"

    def send(self, message: Message, now: datetime) -> str:
        """Nothing is written of a test but which App it is. Raises `PermanentError` if it may not write."""
        answer = self._http.send("GET", f"{self._base}/app", b"", {**HEADERS, **self._app.own()})
        app = _object(_json(answer))
        if _object(app.get("permissions")).get("checks") != "write":
            raise PermanentError("The GitHub App has no permission to write checks.")
        return f"the App is {plain(str(app.get('name')), 100)}; nothing was written"

    def close(self) -> None:
        self._http.close()
        self._client.close()

    def _commit(self, of: Comparison) -> str:
        """A CI may have built the merge with the base branch: the check belongs to the head."""
        number, built = checked_number(of.number), (of.found.build.commit or "").lower()
        asked = _object(_json(self._ask(of.repo, "GET", f"/repos/{quote(of.repo)}/pulls/{number}")))
        head = str(_object(asked.get("head")).get("sha") or "").lower()
        commit = head if built in {"", head, asked.get("merge_commit_sha")} else built
        if not _COMMIT.fullmatch(commit):
            raise BadMessage(f"{plain(commit, 40)!r} is not the id of a commit.")
        return commit

    def _standing(self, repo: str, commit: str, mark: str) -> dict[str, Any] | None:
        """The latest with the mark: that is the one which is shown."""
        ours = [each for each in self._each(repo, commit) if each.get("external_id") == mark]
        return max(ours, key=lambda each: int(each["id"]), default=None)

    def _each(self, repo: str, commit: str) -> Iterator[dict[str, Any]]:
        """Checks of the App. GitHub lets it change no others."""
        path = (
            f"/repos/{quote(repo)}/commits/{commit}/check-runs?app_id={quote(self._values.app_id)}&filter=all"
        )
        for page in range(1, MOST_PAGES + 1):
            told = _object(
                _json(self._ask(repo, "GET", f"{path}&per_page={PAGE}&page={page}", most=MOST_OF_PAGE))
            )
            found = told.get("check_runs")
            if not isinstance(found, list):
                raise TemporaryError("GitHub's list of checks is none.")
            yield from (one for one in found if isinstance(one, dict) and isinstance(one.get("id"), int))
            if len(found) < PAGE:
                return
        raise BadMessage(f"GitHub lists more than {MOST_PAGES * PAGE} checks.")

    def _write(self, method: str, of: Comparison, path: str, wanted: Check, mark: str, **more: str) -> None:
        document = {
            "name": wanted.name,
            "external_id": mark,
            "status": "completed",
            "conclusion": wanted.conclusion,
            "output": wanted.output,
            **({"details_url": of.links.build} if of.links.build else {}),
            **more,
        }
        self._ask(of.repo, method, path, orjson.dumps(document))

    def _ask(
        self, repo: str, method: str, path: str, content: bytes = b"", most: int = MOST_OF_ANSWER
    ) -> Answer:
        """A token that is not believed is given up once: the App may have been installed anew."""
        for last in (False, True):
            try:
                headers = {**HEADERS, **self._app.headers(repo)}
            except Refused as error:
                if error.http_status in OF_ONE:
                    raise BadMessage(error.message) from error
                raise
            try:
                return self._http.send(method, self._base + path, content, headers, most=most)
            except BadMessage:
                raise
            except PermanentError:
                if last or not self._app.refused(repo, 401):
                    raise
        raise AssertionError


def _json(answer: Answer) -> object:
    try:
        return json_text.loads(answer.body)
    except orjson.JSONDecodeError:
        raise TemporaryError("GitHub's answer is not JSON.") from None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
