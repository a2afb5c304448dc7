"""One attempt of a run with its jobs, and what its workflow's file says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from buildtimetrend.errors import PermanentError
from buildtimetrend.model import Build, BuildRef
from buildtimetrend.providers.asking import NOT_FOUND
from buildtimetrend.providers.base import Numbers
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github import jobs
from buildtimetrend.providers.github.api import Api
from buildtimetrend.providers.github.job_lists import JobLists
from buildtimetrend.providers.github.jobs import Listed
from buildtimetrend.providers.github.listing import LEAST_ID, Listing
from buildtimetrend.providers.github.names import Names
from buildtimetrend.providers.github.runs import Run, run_of
from buildtimetrend.providers.github.workflows.explained import agrees, explained, may_have_waited
from buildtimetrend.providers.github.workflows.files import Files
from buildtimetrend.providers.github.workflows.graph import Tree
from buildtimetrend.providers.http import Refused
from buildtimetrend.providers.kept import Kept

REMEMBERED = 2000  # listed runs that are not asked for again when their jobs are


class Fetching:
    """Safe to use from several threads."""

    def __init__(self, api: Api, listing: Listing, instance: str) -> None:
        self._api = api
        self._listing = listing
        self._instance = instance
        self._job_lists = JobLists(api)
        self._files = Files(api)
        self._names = Names(api)
        self._listed: Kept[tuple[str, int], Run] = Kept(REMEMBERED)
        self._history: Kept[str, bool] = Kept(REMEMBERED)  # runs that were listed, by id

    def remember(self, run: Run) -> None:
        """It was listed: when it is fetched, its jobs are asked for alone."""
        if run.ended:
            self._listed.put(run.key, run)
            self._history.put(run.build.id, True)

    def known(self, ref: BuildRef) -> Run | None:
        return self._listed.get((ref.id or "", ref.attempt or 1))

    def run(self, repo: str, run_id: str, attempt: int | None = None) -> Run:
        """The latest attempt, unless another is wanted. Raises like `Client.json`, and `WrongField`."""
        path = f"/repos/{repo}/actions/runs/{run_id}"
        path = path if attempt is None else f"{path}/attempts/{attempt}"
        return run_of(Fields(self._api.document(repo, path)), self._instance)

    def numbered(self, repo: str, numbers: Numbers) -> Iterator[Run]:
        """Runs of these numbers, or ids. Raises like `run`."""
        if numbers.first != numbers.last or numbers.first < LEAST_ID:
            yield from self._listing.numbered(repo, numbers)
            return
        try:
            yield self.run(repo, str(numbers.first))
        except Refused as error:
            if error.http_status != NOT_FOUND:
                raise

    def build(self, ref: BuildRef) -> Build:
        """Raises like `run`."""
        repo = ref.repo
        run_id = ref.id or self._id_of(repo, ref.number or "")
        listed = self._listed.take((run_id, ref.attempt)) if ref.attempt else None
        run = listed or self.run(repo, run_id, ref.attempt)
        found = jobs.listed(run, self._job_lists.of(repo, run, latest_of_history=listed is not None))
        tree = self._tree(repo, run, found)
        if tree is not None:
            found = explained(tree, found)
        own = [each.job for each in found if not each.earlier]
        # What changed the run last tells when it ended only if there is nothing better: no job that ran.
        alone = run.ended and not any(job.finished_at for job in own)
        alone = alone and (listed is not None or ref.attempt is None or self._is_latest(repo, run))
        build = jobs.ended(run, own, alone=alone)
        return replace(build, pipeline_name=self._name(repo, run, tree, found))

    def _tree(self, repo: str, run: Run, found: Sequence[Listed]) -> Tree | None:
        """The workflow's file at the run's commit. Of one that was listed, as histories are, the file as it
        was read last will do if it explains the run: else each commit would cost a request.
        """
        place = run.file
        if place is None or not found:
            return None
        if self._history.get(run.build.id):
            latest = self._files.latest(place)
            sure = self._files.is_steady(place) or not may_have_waited(found)
            if latest is not None and sure and agrees(latest, found, run.build.started_at):
                return latest
            if self._files.unreadable(place):
                return None
        return self._files.tree(repo, place, run.shas)

    def _name(self, repo: str, run: Run, tree: Tree | None, found: Sequence[Listed]) -> str | None:
        """The workflow's; a run's own may be any text, which jobs of what has no file repeat."""
        in_file = tree.workflow.name if tree else None
        told = next((each.workflow for each in found[:1]), None)
        known = in_file or (told if run.file else None)
        name = known or self._names.of(repo, run.workflow_id) or told
        return None if name == run.build.pipeline else name

    def _is_latest(self, repo: str, run: Run) -> bool:
        return self.run(repo, run.build.id).build.attempt == run.build.attempt

    def _id_of(self, repo: str, number: str) -> str:
        if int(number) >= LEAST_ID:
            return number
        found = next(self._listing.numbered(repo, Numbers(int(number), int(number))), None)
        if found is None:
            raise PermanentError(
                f"{repo} has no run {number}, or it is private and the API token (github.token) may not "
                "see it."
            )
        return found.build.id
