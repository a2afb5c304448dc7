"""The jobs of an attempt, as GitHub lists them.

Each attempt has its list. Of a history whose runs have several, one list of all attempts' jobs takes their
place: then each attempt costs one request.
"""

from __future__ import annotations

from collections.abc import Sequence

from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github.api import Api
from buildtimetrend.providers.github.runs import Run
from buildtimetrend.providers.http import Refused
from buildtimetrend.providers.kept import Kept

KEPT = 50  # runs whose earlier attempts have not been asked for yet


class JobLists:
    """Safe to use from several threads."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._all: Kept[str, Sequence[Fields]] = Kept(KEPT)

    def of(self, repo: str, run: Run, *, latest_of_history: bool) -> Sequence[Fields]:
        """`latest_of_history` says that the run's earlier attempts will be asked for, too. Raises `Refused`,
        `TemporaryError` or `WrongField`.
        """
        attempt = run.build.attempt or 1
        path = f"/repos/{repo}/actions/runs/{run.build.id}"
        if latest_of_history and attempt > 1:
            every = self._every(repo, path)
            self._all.put(run.build.id, every)
            found = _of_attempt(every, attempt)
        else:
            found = _of_attempt(self._all.get(run.build.id) or (), attempt, earlier_than_all=True)
        if found:
            return found
        try:
            return list(self._api.each(repo, f"{path}/attempts/{attempt}/jobs", "jobs"))
        except Refused as error:
            if error.http_status != 404:
                raise
        return list(self._api.each(repo, f"{path}/jobs?filter=all", "jobs"))

    def _every(self, repo: str, path: str) -> Sequence[Fields]:
        """None where a server has no such list, or not from the first attempt on, or not by attempts."""
        try:
            found = list(self._api.each(repo, f"{path}/jobs?filter=all", "jobs"))
        except Refused as error:
            if error.http_status != 404:
                raise
            return ()
        attempts = {job.maybe_id("run_attempt") for job in found}
        return found if "1" in attempts and None not in attempts else ()


def _of_attempt(every: Sequence[Fields], attempt: int, *, earlier_than_all: bool = False) -> Sequence[Fields]:
    """As the attempt's own list has them: its own jobs, and the last runs of those that it left alone."""
    numbered = [(int(job.maybe_id("run_attempt") or 0), job) for job in every]
    if earlier_than_all and attempt >= max((number for number, _ in numbered), default=0):
        return ()  # the latest may still have run when it was listed
    own = [job for number, job in numbered if number == attempt]
    if not own:
        return ()
    names = {job.text("name") for job in own}
    before: dict[str, tuple[int, list[Fields]]] = {}
    for number, job in numbered:
        name = job.text("name")
        if number < attempt and name not in names and number >= before.get(name, (0,))[0]:
            same = before[name][1] if name in before and before[name][0] == number else []
            before[name] = (number, [*same, job])
    return [*own, *(job for _, jobs in before.values() for job in jobs)]
