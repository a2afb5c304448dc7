"""What the simulation did to builds of a project is one finding each, with its builds and its cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from buildtimetrend.demo.history import Happened, History
from buildtimetrend.findings import Finding, Findings
from buildtimetrend.findings.search.find import found_in
from buildtimetrend.findings.sentences.headline import headline
from buildtimetrend.findings.shared.candidates import WINDOW
from buildtimetrend.findings.shared.images import Shift, moved_alike
from tests.demo.conftest import NOW
from tests.demo.planted import Played, of_travis
from tests.demo.watched import jobs_of, pipelines

PROJECTS = ("simulated/numbers", "simulated/boxes", "simulated/parser", "simulated/classroom")
NEAR = (
    2  # builds of the default branch between a range that misses its place, as one in twenty does, and that
)
MOST_OTHERS = 2  # findings of a project and a year that nothing was planted for and that ask for something
CAUSES = {"script": ("step",), "waiting": ("waiting",), "cache": ("step",), "image": ("step", "job", "wall")}


@dataclass(frozen=True)
class Year:
    history: History
    played: list[Played]
    findings: Mapping[str, Findings]

    def planted(self) -> Iterator[tuple[str, Happened]]:
        for repo in PROJECTS:
            yield from ((repo, happened) for happened in self.history.happened(repo))

    def of(self, repo: str, happened: Happened) -> list[Finding]:
        return [finding for finding in self.findings[repo].found if self._is_of(repo, finding, happened)]

    def _is_of(self, repo: str, finding: Finding, happened: Happened) -> bool:
        """Of the builds that are looked at, the first with it is in the range, or beside it."""
        builds = [int(row["number"]) for row in self.findings[repo].measured.builds]
        first = next(place for place, number in enumerate(builds) if number >= happened.number)
        return (
            finding.cause.what in CAUSES[happened.what]
            and (finding.cause.seconds > 0) == happened.slower
            and finding.first - NEAR <= first <= finding.last + NEAR
        )

    def shift(self, repo: str, finding: Finding) -> Shift:
        builds = self.findings[repo].measured.builds
        return Shift(
            jobs=frozenset(),
            measure="duration",
            since=builds[finding.first - 1]["started_at"],
            until=builds[finding.last]["started_at"],
            slower=finding.cause.seconds > 0,
        )


@pytest.fixture(scope="module", params=[1])
def year(request: pytest.FixtureRequest) -> Year:
    history = History(seed=request.param, now=NOW)
    played = [build for build in of_travis(history) if build.repo in PROJECTS]
    return Year(history, played, {repo: found_in(of) for (repo, _), of in pipelines(played).items()})


def test_each_event_is_a_finding_with_its_builds_and_its_cause_and_over_when_it_was_mended(
    year: Year,
) -> None:
    assert len(list(year.planted())) == 8
    for repo, happened in year.planted():
        told = year.of(repo, happened)
        assert told, (repo, happened)
        finding, of = told[-1], year.findings[repo]
        sentence = headline(finding, of)
        if happened.what == "cache":
            assert sentence.startswith("The cache is no longer found, so install: npm i takes"), sentence
        if happened.what == "waiting":
            assert sentence.startswith("Jobs wait "), sentence
        if happened.until is None:
            assert finding.over_since is None or finding.cause.seconds < 0, sentence
        else:
            assert finding.over_since is not None, sentence
            over = int(of.measured.builds[finding.over_since]["number"])
            assert over >= happened.until - 8, sentence


def test_all_but_what_was_planted_is_hardly_ever_told(year: Year) -> None:
    of_events = {id(each) for repo, happened in year.planted() for each in year.of(repo, happened)}
    for of in year.findings.values():
        others = [
            headline(each, of) for each in of.found if each.cause.seconds > 0 and id(each) not in of_events
        ]
        assert len(others) <= MOST_OTHERS, others


def test_the_image_that_slows_three_projects_is_one_cause_and_what_slows_one_is_not(year: Year) -> None:
    repos = sorted(PROJECTS)
    jobs = list(jobs_of(year.played, repos))
    for repo, happened in year.planted():
        if happened.what == "waiting":
            continue
        shift = year.shift(repo, year.of(repo, happened)[-1])
        near = [job for job in jobs if abs(job["started_at"] - shift.until) < WINDOW]
        image, by = moved_alike(shift, repos.index(repo), near)
        if happened.what == "image":
            assert image == "trusty", (repo, happened)
            assert {repos[each] for each in by} == set(repos) - {"simulated/boxes"}
        else:
            assert (image, by) == ("", {}), (repo, happened)
