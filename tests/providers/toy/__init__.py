"""A CI system made for the tests, as CONTRIBUTING says: this folder, recorded data, one line in `PROVIDERS`.

Its API brings steps and has no logs; its webhooks name no build, one, or bring a whole one.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import httpx

from buildtimetrend.errors import BadRequest, Invalid, PermanentError, Stopped, TemporaryError, Unauthorized
from buildtimetrend.model import Build, BuildRef, Hook, Job, Result, Step
from buildtimetrend.providers.base import (
    Latest,
    Numbers,
    Provider,
    Received,
    Section,
    Selection,
    SetUp,
)
from buildtimetrend.providers.budget import Budget
from buildtimetrend.setting import Seconds, Text, Url, setting

PAGES = 20  # of a list that are read at most


@dataclass(frozen=True, kw_only=True, slots=True)
class ToySettings:
    url: Url = setting("https://toy.example", "toy.url", "Base URL of the Toy CI.", env="BTT_TOY_URL")
    secret: Text = setting("", "toy.secret", "Secret of its webhooks.", env="BTT_TOY_SECRET", secret=True)
    delay: Seconds = setting(
        0.0, "toy.delay", "Seconds from a webhook to the first fetch.", env="BTT_TOY_DELAY"
    )


class Toy(Provider):
    kind = "toy"
    title = "Toy CI"
    settings = ToySettings
    address = "url"
    states: ClassVar[Mapping[str, Result | None]] = {
        "fine": Result.PASSED,
        "bad": Result.FAILED,
        "going": None,
    }
    body_limit = 3 * 1024 * 1024
    example = "owner/group/name"

    def __init__(self, section: Section) -> None:
        given: ToySettings = section.values
        self.name = section.name
        self.instance = given.url
        self.delay = given.delay
        self._secret = given.secret
        self._budget = Budget()
        self._http = httpx.Client(base_url=given.url, timeout=5)
        self._closed = False

    def receive(self, request: Received) -> Hook:
        given = request.headers.get("x-toy-secret", "")
        if not self._secret or not hmac.compare_digest(self._secret.encode(), given.encode()):
            raise Unauthorized("The webhook does not know the secret.", detail="x-toy-secret")
        try:
            told = json.loads(request.body)
            event = told["event"]
            if event == "ping":
                return Hook(None, False, "ping", request.body)
            build = self._build(told["build"])
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"The webhook is not JSON: {error}.", detail="body") from None
        except (KeyError, TypeError, AttributeError) as error:
            raise Invalid(
                f"The webhook lacks a field, or has a wrong one: {error}.", detail="build"
            ) from None
        ref = BuildRef(self.kind, self.instance, build.repo, build.id, build.number)
        whole = build if event == "whole" else None
        return Hook(ref, build.finished, build.raw_result, request.body, whole)

    def fetch(self, ref: BuildRef) -> Build:
        return self._build(self._asked(f"/builds/{ref.id}" if ref.id else f"/{ref.repo}/{ref.number}"))

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        number = 0
        for build in self._listed(repo):
            if isinstance(selection, Numbers):
                if selection.first <= int(build["number"]) <= selection.last:
                    yield self._ref(repo, build)
            elif selection.running or self.states[build["state"]] is not None:
                if isinstance(selection, Latest):
                    if number == selection.number:
                        return
                    number += 1
                    yield self._ref(repo, build)
                elif selection.since <= datetime.fromisoformat(build["start"]) < selection.until:
                    yield self._ref(repo, build)

    def set_up(self, hook: str) -> SetUp:
        return SetUp("Toy CI tells it. Put this into {file}:", "toy.json", json.dumps({"hook": hook}))

    def close(self) -> None:
        self._closed = True
        self._budget.close()
        self._http.close()

    def _listed(self, repo: str) -> Iterator[dict[str, Any]]:
        for page in range(PAGES):
            self._budget.take()
            builds = self._asked(f"/{repo}/builds?page={page}")["builds"]
            if not builds:
                return
            yield from builds

    def _ref(self, repo: str, build: dict[str, Any]) -> BuildRef:
        return BuildRef(self.kind, self.instance, repo, build["id"], build["number"])

    def _asked(self, path: str) -> Any:
        if self._closed:
            raise Stopped("Closed.")
        try:
            answer = self._http.get(path)
            if answer.status_code in (401, 403, 404):
                raise PermanentError(f"Toy CI answered {answer.status_code} to {path}.")
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise TemporaryError(f"Toy CI could not be asked: {error}.") from error

    def _build(self, told: dict[str, Any]) -> Build:
        start, end = (datetime.fromisoformat(told[name]) for name in ("start", "end"))
        ns = round(start.timestamp()) * 10**9
        steps = tuple(
            Step(name, "script", name, ns, ns + round(seconds * 1e9))
            for name, seconds in told["steps"].items()
        )
        result = self.states[told["state"]]
        job = Job(
            f"{told['id']}-1", "1", result, told["state"], started_at=start, finished_at=end, steps=steps
        )
        return Build(
            provider=self.kind,
            instance=self.instance,
            repo=told["repo"],
            id=told["id"],
            number=told["number"],
            result=result,
            raw_result=told["state"],
            started_at=start,
            finished_at=end,
            jobs=(job,),
        )
