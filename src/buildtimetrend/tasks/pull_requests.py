"""Keeps the comments on pull requests up to date: each time that a build of one has passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import structlog

from buildtimetrend import text
from buildtimetrend.alerts.base import BadMessage, Section
from buildtimetrend.alerts.compared import Compared, compared
from buildtimetrend.alerts.pull_request import Links
from buildtimetrend.alerts.pull_requests import Comparison, PullRequestChannel
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.model import Build
from buildtimetrend.settings import Settings
from buildtimetrend.settings.project_rules import of_project
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.pull_requests import (
    OfPipeline,
    builds_of_pull_request,
    built_pull_requests,
    passed_builds_of_branch,
)
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.store.statements.notifications import PullRequest
from buildtimetrend.tasks.sender import FIRST_WAIT, TAKEN, Delivery, Sender, Taken

log = structlog.get_logger(__name__)

BUILDS = 10  # of a pull request, the latest
BASE = 20  # of the branch that it is to be merged into
# Builds that ended longer ago are history that is imported: nobody waits for a comment.
SINCE = timedelta(days=1)
EVERY = timedelta(seconds=30)
LATE = timedelta(hours=2)  # from the end of a build until it is stored


class PullRequestSender(Sender[PullRequest]):
    def __init__(
        self,
        section: Section,
        channel: PullRequestChannel,
        store: Store,
        settings: Settings,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        super().__init__(section, store, first_wait)
        self._channel = channel
        self._settings = settings
        self._noted_at = datetime.min.replace(tzinfo=UTC) + LATE + EVERY
        self._any_noted = False

    def take(self, now: datetime, until: datetime) -> list[PullRequest]:
        self._note(now)
        return outbox.take_pull_requests(self.store, self.section.name, now, until, TAKEN)

    def deliveries(self, taken: Taken[PullRequest], now: datetime) -> Iterator[Delivery[PullRequest]]:
        """One for each pull request, however many of its builds have passed meanwhile."""
        by_id: dict[str, list[PullRequest]] = {}
        for each in taken.left:
            by_id.setdefault(each.finding, []).append(each)
        for several in by_id.values():
            yield Delivery(several, partial(self._send, several))

    def close(self) -> None:
        self._channel.close()

    def _note(self, now: datetime) -> None:
        """What is to be looked at, in the store: it outlives this process."""
        if now < self._noted_at + EVERY:
            return
        # A new store may be given its first builds while this runs.
        since = max(now - SINCE, self._noted_at - LATE) if self._any_noted else now - SINCE
        noted = [
            outbox.pull_request_built(row, self.section.name, now)
            for row in built_pull_requests(self.store, since)
            if row["host"] == self._channel.code_host and self._settings.allows(row["repo"])
        ]
        self.write(noted)
        self._noted_at, self._any_noted = now, self._any_noted or bool(noted)

    def _send(self, several: list[PullRequest]) -> None:
        one = several[-1]
        try:
            said = self._brought_up_to_date(one)
        except BadMessage as error:  # as of one that is locked
            log.warning(
                "alerts.comment_refused", repo=one.repo, number=one.pull_request, reason=error.message
            )
            self.write(outbox.refused(several, self.now(), error.message))
            return
        self.worked()
        log.info("alerts.commented", repo=one.repo, number=one.pull_request, outcome=said)
        self.write(outbox.sent(several, self.now()))

    def _brought_up_to_date(self, one: PullRequest) -> str:
        """Raises as the channel does."""
        pipeline = next(
            (each for each in reads.pipelines(self.store, one.repo) if each.id == one.pipeline), None
        )
        own = reads.rules_of_repo(self.store, one.repo).get(self.section.name, {})
        rules = of_project(self.section, one.repo, own).rules
        if pipeline is None or not rules.choose(one.repo, pipeline.reference):
            return "not chosen"
        of = OfPipeline(one.repo, one.repo_id, one.pipeline)
        builds = builds_of_pull_request(self.store, of, one.pull_request, BUILDS)
        branch = base_branch(builds[-1]) if builds else None
        found = compared(builds, self._base(of, builds[0], branch)) if branch else None
        if found is None or branch is None:
            return "too few builds to compare"
        return self._channel.put(
            Comparison(
                repo=one.repo,
                number=one.pull_request,
                pipeline=pipeline.key,
                pipeline_name=pipeline.label,
                found=found,
                base=branch,
                links=self._links(found, branch, pipeline.reference),
                is_large=_is_large(rules, found),
            )
        )

    def _base(self, of: OfPipeline, first: Build, branch: str) -> list[Build]:
        """From before the pull request's first build: what is merged meanwhile is no part of it."""
        began = first.started_at or first.finished_at or self.now()
        return passed_builds_of_branch(self.store, of, branch, began, BASE)

    def _links(self, found: Compared, branch: str, pipeline: str) -> Links:
        base, build = self._settings.public_url, found.build
        if not base:
            return Links()
        path = f"{text.path(build.provider)}/{text.path(build.repo)}/{text.path(build.number)}"
        page = f"{base}/build/{path}?{urlencode({'id': build.id, 'instance': build.instance})}"
        asked = {"by": "branch", "a": branch, "b": build.branch or "", "filter_pipeline": pipeline}
        compare = f"{base}/compare/{text.path(build.repo)}?{urlencode(asked)}"
        return Links(page, compare if build.branch and build.branch != branch else "")


def _is_large(rules: Rules, found: Compared) -> bool:
    usual = found.wall.band.usual if found.wall.band else 0.0
    percent = 100 * found.wall.difference / usual if usual else None
    return rules.is_large(found.wall.difference, percent)


def base_branch(build: Build) -> str | None:
    """What a pull request's build is to be merged into. A CI that does not say it, as Travis CI, calls the
    build's branch so.
    """
    asked = build.pull_request
    if asked is None:
        return None
    if asked.target_branch:
        return asked.target_branch
    return build.branch if asked.source_branch is None else None
