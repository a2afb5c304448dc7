"""What is drawn by lot for a build: whether it exists, when it is queued, how it ends, what it builds."""

from __future__ import annotations

from random import Random

from buildtimetrend.demo import recorded
from buildtimetrend.demo.builds import Commit
from buildtimetrend.demo.projects import Project
from buildtimetrend.demo.workload import Workload

NEVER_STARTED = "never"  # beside Travis CI's own states: canceled before any job began
_STATES = ("passed", "failed", "errored", "canceled", NEVER_STARTED)
_WEIGHTS, _WEIGHTS_AGAIN = (84, 9, 3, 3, 1), (88, 8, 2, 2, 0)
_RESTARTED, _DELETED = 0.3, 0.005
_FEATURES = ("faster-start", "fix-rounding", "new-parser", "docs", "less-memory", "drop-old-versions")
_AUTHORS = ("Ada Example", "Grace Sample", "Edsger Specimen", "Barbara Model")
_VERBS = ("Speed up", "Fix", "Document", "Test", "Simplify", "Move", "Rename")
_NOUNS = ("the reader", "rounding", "the cache", "start-up", "error messages", "the examples", "time zones")


class Lots:
    """The same seed, time, project and build number draw the same lots, in any order and process."""

    def __init__(self, seed: int, now: int, workload: Workload) -> None:
        self._seed = (seed, now)
        self._workload = workload

    def random(self, project: Project, *names: object) -> Random:
        return Random("/".join(map(str, (*self._seed, project.slug, *names))))  # noqa: S311  (a simulation)

    def exists(self, project: Project, number: int) -> bool:
        """Some builds were deleted, but not the first and last, nor the one that changes the speed."""
        if not 1 <= number <= project.builds:
            return False
        kept = (
            not project.told or number <= 3 or number > project.builds - 10 or changes_speed(project, number)
        )
        return kept or self.random(project, number, "deleted").random() >= _DELETED

    def queued_at(self, project: Project, number: int, attempt: int = 1) -> int:
        """Unix time. A restart comes an hour or so after the attempt before."""
        rng = self.random(project, number, "queued")
        first = (
            self._workload.latest
            if project.is_open_pull(number)
            else self._workload.instant((number - 1 + rng.random()) / project.builds)
        )
        return first + sum(3600 + rng.randrange(1200) for _ in range(1, attempt))

    def outcome(self, project: Project, number: int, attempt: int) -> str:
        """A state of Travis CI, or `NEVER_STARTED`."""
        if not project.told:
            return recorded.build(project, number).state
        if changes_speed(project, number) or project.is_open_pull(number):
            return "passed"
        weights = _WEIGHTS if attempt == 1 else _WEIGHTS_AGAIN
        return self.random(project, number, attempt, "outcome").choices(_STATES, weights)[0]

    def attempts(self, project: Project, number: int) -> int:
        """How often the build was run: some that went wrong were restarted."""
        if not project.told or self.outcome(project, number, 1) == "passed":
            return 1
        return 2 if self.random(project, number, "restart").random() < _RESTARTED else 1

    def previous_state(self, project: Project, number: int) -> str | None:
        """How the build before ended."""
        for earlier in range(number - 1, 0, -1):
            if self.exists(project, earlier):
                return final(self.outcome(project, earlier, self.attempts(project, earlier)))
        return None

    def commit(self, project: Project, number: int) -> Commit:
        rng = self.random(project, number, "commit")
        message = f"{rng.choice(_VERBS)} {rng.choice(_NOUNS)} (simulated)"
        if project.slowdown and changes_speed(project, number):
            kind = "slower" if project.slowdown.factor > 1 else "faster"
            message = f"Change how tests are run (simulated: the script is {kind} from here on)"
        if project.cache_loss and number == project.cache_loss.number:
            message = "Use another key of the cache (simulated: it is not found from here on)"
        author = rng.choice(_AUTHORS)
        return Commit(
            id=project.id * 100_000 + number,
            sha=f"{rng.getrandbits(160):040x}",
            parent=f"{rng.getrandbits(160):040x}",
            message=message,
            author=author,
            email=author.lower().replace(" ", ".") + "@example.org",
            committed_at=self.queued_at(project, number) - 30 - rng.randrange(600),
        )

    def event(self, project: Project, number: int) -> tuple[str, str, str | None]:
        """What triggered the build, its branch and its tag."""
        if project.is_open_pull(number):
            return "pull_request", project.main_branch, None
        rng = self.random(project, number, "event")
        event = rng.choices(("push", "pull_request", "cron", "api"), (70, 25, 4, 1))[0]
        if event != "push":
            return event, project.main_branch, None
        if rng.random() < 0.02:
            return event, f"v1.{number}", f"v1.{number}"
        return event, rng.choice(_FEATURES) if rng.random() < 0.25 else project.main_branch, None


def changes_speed(project: Project, number: int) -> bool:
    return project.slowdown is not None and project.slowdown.number == number


def final(outcome: str) -> str:
    """The state that Travis CI gives to this outcome."""
    return "canceled" if outcome == NEVER_STARTED else outcome
