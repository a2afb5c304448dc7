"""Builds by id and by number, in both versions of the API."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.model import BuildRef, PullRequest, Result
from buildtimetrend.providers.travis import Travis
from tests.providers.answers import REPO, TIMES, recorded, v2_build, v3_build, v3_job
from tests.providers.conftest import Opener
from tests.providers.server import Reply, Server

pytestmark = pytest.mark.races

BY_ID = BuildRef("travis", "", REPO, id="500")
BY_NUMBER = BuildRef("travis", "", REPO, number="12")
V2_ERROR = Reply({"error": "no such route"}, 404)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_build_by_id_in_version_3(server: Server, travis: Travis) -> None:
    server.routes["/build/500"] = Reply(v3_build())
    build = travis.fetch(BY_ID)
    assert (build.provider, build.instance, build.repo, build.repo_id) == (
        "travis",
        server.url,
        REPO,
        "10094",
    )
    assert (build.id, build.number, build.attempt) == ("500", "12", None)
    assert (build.result, build.raw_result) == (Result.FAILED, "failed")
    assert (build.branch, build.tag, build.commit) == ("master", None, "8af6ccf")
    assert (build.message, build.author, build.trigger) == ("Release", "Bob", "pull_request")
    assert build.pull_request == PullRequest("7", "Better")
    assert build.url == f"{server.url}/{REPO}/builds/500"
    assert build.started_at == instant("2019-09-04T10:47:53+00:00")
    assert build.duration == 19.0, "wall time, not the sum over the jobs that the API calls duration"
    first, second = build.jobs
    assert (first.id, first.number, first.result, first.name, first.stage) == (
        "501",
        "12.1",
        Result.PASSED,
        "old",
        "Test",
    )
    assert (second.result, second.allow_failure) == (Result.FAILED, True)
    assert first.matrix.summary == "python 2.7 linux"


@pytest.mark.parametrize("cut", [rb"Release \ud83d", b"Release \xf0\x9f"])
def test_a_message_that_was_cut_within_a_character_does_not_lose_the_build(
    server: Server, travis: Travis, cut: bytes
) -> None:
    document = json.dumps(v3_build()).encode()
    server.routes["/build/500"] = Reply(document.replace(b"Release", cut))
    assert travis.fetch(BY_ID).message == "Release \N{REPLACEMENT CHARACTER}"


def test_both_versions_of_the_api_give_the_same_build(server: Server, opened: Opener) -> None:
    server.routes["/build/500"] = Reply(v3_build())
    by_v3 = opened().fetch(BY_ID)
    server.routes = {"/builds/500": Reply(v2_build())}
    server.otherwise = V2_ERROR
    assert opened().fetch(BY_ID) == by_v3


def test_the_request_names_its_version_the_token_and_ourselves(server: Server, travis: Travis) -> None:
    server.routes["/build/500"] = Reply(v3_build())
    travis.fetch(BY_ID)
    (asked,) = server.asked
    assert asked.headers["travis-api-version"] == "3"
    assert asked.headers["authorization"] == "token s3cret-token"
    assert asked.headers["user-agent"].startswith("buildtimetrend/")
    assert asked.query["include"] == "build.commit,build.jobs,job.config"


def test_no_authorization_is_sent_without_a_token(server: Server, opened: Opener) -> None:
    server.routes["/build/500"] = Reply(v3_build())
    opened().fetch(BY_ID)
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("status", [400, 404, 405, 406, 410])
def test_a_server_of_version_2_is_recognised_once(server: Server, opened: Opener, status: int) -> None:
    server.otherwise = Reply(b"unknown", status)
    server.routes["/builds/500"] = Reply(v2_build())
    travis = opened()
    travis.fetch(BY_ID)
    travis.fetch(BY_ID)
    assert server.paths() == ["/build/500", "/builds/500", "/builds/500"]


def test_a_server_too_old_to_include_job_config_is_asked_in_version_2(server: Server, travis: Travis) -> None:
    server.routes["/build/500"] = Reply({"@type": "error", "error_type": "wrong_params"}, 400)
    server.routes["/builds/500"] = Reply(v2_build())
    assert travis.fetch(BY_ID).jobs[0].matrix.summary == "python 2.7 linux"


def test_a_build_that_version_3_does_not_know_is_not_asked_of_version_2(
    server: Server, travis: Travis
) -> None:
    with pytest.raises(PermanentError, match=r"404 to /build/500: .*private.*travis\.token"):
        travis.fetch(BY_ID)
    assert server.paths() == ["/build/500"]


def test_a_build_by_number(server: Server, travis: Travis) -> None:
    other = recorded("13-v3-builds")["builds"][0]
    server.routes[f"/repos/{REPO}/builds"] = Reply(
        {"builds": [other, {"id": 500, "number": "12"}], "commits": []}
    )
    server.routes["/build/500"] = Reply(v3_build())
    assert travis.fetch(BY_NUMBER).id == "500"
    assert server.asked[0].query == {"number": "12"}
    assert server.asked[0].headers["accept"] == "application/vnd.travis-ci.2+json"


def test_a_number_that_does_not_exist(server: Server, travis: Travis) -> None:
    server.routes[f"/repos/{REPO}/builds"] = Reply(recorded("07-v2-builds-commits"))
    with pytest.raises(PermanentError, match="has no build 12"):
        travis.fetch(BY_NUMBER)


def test_an_id_is_preferred_to_a_number(server: Server, travis: Travis) -> None:
    server.routes["/build/500"] = Reply(v3_build())
    travis.fetch(dataclasses.replace(BY_ID, number="12"))
    assert server.paths() == ["/build/500"]


@pytest.mark.parametrize(
    ("ref", "field"),
    [
        (BuildRef("travis", "", "../etc", id="1"), "repo"),
        (BuildRef("travis", "", "a/b/c", id="1"), "repo"),
        (BuildRef("travis", "", "a/..", id="1"), "repo"),
        (BuildRef("travis", "", REPO, id="1?x=1"), "number"),
        (BuildRef("travis", "", REPO, number="-1"), "number"),
        (BuildRef("travis", "", REPO, number="²"), "number"),
        (BuildRef("travis", "", REPO), "number"),
    ],
)
def test_a_reference_that_is_no_name_or_number_never_reaches_a_url(
    server: Server, travis: Travis, ref: BuildRef, field: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        travis.fetch(ref)
    assert caught.value.detail == field
    assert server.asked == []


def test_a_build_of_another_repo_is_refused(server: Server, travis: Travis) -> None:
    server.routes["/build/500"] = Reply(v3_build(repository={"id": 1, "slug": "private/secret"}))
    with pytest.raises(PermanentError, match="belongs to private/secret"):
        travis.fetch(BY_ID)


def test_case_of_the_slug_does_not_matter_and_travis_ci_has_the_last_word(
    server: Server, travis: Travis
) -> None:
    server.routes["/build/500"] = Reply(v3_build())
    assert travis.fetch(dataclasses.replace(BY_ID, repo="My-Org/My-Project")).repo == REPO


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ("created", None),
        ("received", None),
        ("queued", None),
        ("started", None),
        ("passed", Result.PASSED),
        ("failed", Result.FAILED),
        ("errored", Result.ERRORED),
        ("canceled", Result.CANCELED),
        ("something new", None),
    ],
)
def test_every_state_of_builds_and_jobs(
    server: Server, travis: Travis, state: str, result: Result | None
) -> None:
    server.routes["/build/500"] = Reply(v3_build(state=state, jobs=[v3_job(501, "12.1", state=state)]))
    build = travis.fetch(BY_ID)
    assert (build.result, build.raw_result) == (result, state)
    assert (build.jobs[0].result, build.jobs[0].raw_result) == (result, state)


Times: TypeAlias = dict[str, str | timedelta | None]


def recent_times(minutes: float, **more: str | None) -> Times:
    """How long ago: parameters are made when tests are collected, maybe long before they run."""
    return {"started_at": timedelta(minutes=minutes), **more}


def as_of_now(times: Times) -> dict[str, str | None]:
    now = datetime.now(UTC)
    return {
        name: (now - time).isoformat() if isinstance(time, timedelta) else time
        for name, time in times.items()
    }


NO_TIMES: Times = {"started_at": None, "finished_at": None}


@pytest.mark.parametrize(
    ("build", "job", "complete"),
    [
        ({"state": "passed", **recent_times(5, finished_at=None)}, TIMES, False),
        ({"state": "canceled", **recent_times(5, finished_at=None)}, TIMES, False),
        (
            {"state": "passed", **recent_times(5)},
            {"state": "passed", **recent_times(5, finished_at=None)},
            False,
        ),
        (
            {"state": "passed", **recent_times(5)},
            {"state": "started", **recent_times(5, finished_at=None)},
            True,
        ),
        ({"state": "started", **recent_times(5, finished_at=None)}, {"state": "created", **NO_TIMES}, True),
        ({"state": "canceled", **NO_TIMES}, {"state": "canceled", **NO_TIMES}, True),
        ({"state": "errored", **NO_TIMES}, {"state": "errored", **NO_TIMES}, True),
        ({"state": "passed", **recent_times(60 * 24, finished_at=None)}, TIMES, True),
    ],
)
def test_a_build_whose_times_are_about_to_come_is_asked_for_again(
    server: Server, travis: Travis, build: Times, job: Times, complete: bool
) -> None:
    told = {"finished_at": timedelta(0), **build}
    server.routes["/build/500"] = Reply(
        v3_build(**as_of_now(told), jobs=[v3_job(501, "12.1", **as_of_now(job))])
    )
    if complete:
        assert travis.fetch(BY_ID).raw_result == build["state"]
    else:
        with pytest.raises(TemporaryError, match="not complete yet"):
            travis.fetch(BY_ID)


@pytest.mark.parametrize(
    ("branch", "tag", "expected"),
    [
        ({"name": "master"}, None, ("master", None)),
        ({"name": "v1.0"}, {"name": "v1.0"}, (None, "v1.0")),
        ({"name": "master"}, {"name": "v1.0"}, ("master", "v1.0")),
        (None, {"name": "v1.0"}, (None, "v1.0")),
        (None, None, (None, None)),
    ],
)
def test_a_tag_is_not_a_branch(
    server: Server, travis: Travis, branch: object, tag: object, expected: tuple[str | None, str | None]
) -> None:
    server.routes["/build/500"] = Reply(v3_build(branch=branch, tag=tag))
    build = travis.fetch(BY_ID)
    assert (build.branch, build.tag) == expected


def test_a_job_waits_from_its_creation_its_restart_or_the_end_of_the_stage_before(
    server: Server, travis: Travis
) -> None:
    first, second = {"number": 1, "name": "Test"}, {"number": 2, "name": "Deploy"}
    created = {"created_at": "2019-09-04T10:47:00.250Z"}
    jobs = [
        v3_job(1, "12.1", stage=first, **created),
        v3_job(2, "12.2", stage=first, **created, restarted_at="2019-09-04T10:47:30Z"),
        v3_job(3, "12.3", stage=second, **created),
        v3_job(4, "12.4", stage=second, **created, queued_at="2019-09-04T10:49:00Z"),
        v3_job(5, "12.5", stage=second),
    ]
    server.routes["/build/500"] = Reply(v3_build(jobs=jobs))
    build = travis.fetch(BY_ID)
    assert [job.queued_at and job.queued_at.isoformat() for job in build.jobs] == [
        "2019-09-04T10:47:00.250000+00:00",
        "2019-09-04T10:47:30+00:00",
        "2019-09-04T10:48:12+00:00",
        "2019-09-04T10:49:00+00:00",
        None,
    ]
    assert [job.stage for job in build.jobs] == ["Test", "Test", "Deploy", "Deploy", "Deploy"]
    assert build.queued_at == build.jobs[0].queued_at


@pytest.mark.parametrize(
    ("changes", "trigger"),
    [
        ({"event_type": "cron"}, "cron"),
        ({"event_type": "api"}, "api"),
        ({}, "pull_request"),
        ({"pull_request": False, "pull_request_number": None}, "push"),
    ],
)
def test_version_2_tells_the_trigger_or_whether_it_is_a_pull_request(
    server: Server, travis: Travis, changes: dict[str, object], trigger: str
) -> None:
    server.otherwise = V2_ERROR
    server.routes["/builds/500"] = Reply(v2_build(**changes))
    assert travis.fetch(BY_ID).trigger == trigger


@pytest.mark.parametrize("version", [3, 2])
def test_the_recorded_enterprise_answers(server: Server, opened: Opener, version: int) -> None:
    travis = opened(travis_api_url=f"{server.url}/api/")
    assert travis.instance == f"{server.url}/api"
    if version == 3:
        answer = recorded("11-v3-build")
        answer["jobs"] = [v3_job(7128434, "265.1")]
        server.routes["/api/build/7128433"] = Reply(answer)
        build = travis.fetch(BuildRef("travis", "", "arrested-developers/jervi-is-testing", id="7128433"))
        assert (build.number, build.author, build.trigger, build.duration) == ("265", "Bob", "api", 19.0)
        assert build.url == f"{server.url}/arrested-developers/jervi-is-testing/builds/7128433"
    else:
        server.otherwise = V2_ERROR
        for name in ("05", "06", "08", "09", "12"):
            answer = recorded(f"{name}-v2-builds-commits")
            one = {"build": answer["builds"][0], "commits": answer["commits"], "jobs": []}
            server.routes[f"/api/builds/{one['build']['id']}"] = Reply(one)
            build = travis.fetch(BuildRef("travis", "", REPO, id=str(one["build"]["id"])))
            assert build.result is Result.PASSED
            assert build.duration == float(one["build"]["duration"])
            assert build.branch == one["commits"][0]["branch"]


def test_a_build_that_a_listing_tells_reads_like_any_other(server: Server, travis: Travis) -> None:
    answer = recorded("13-v3-builds")["builds"][0]
    answer["jobs"][0]["state"] = "errored"
    server.routes["/build/8078881"] = Reply(answer)
    build = travis.fetch(BuildRef("travis", "", REPO, id="8078881"))
    assert (build.trigger, build.result) == ("cron", Result.ERRORED)
    assert build.jobs[0].matrix.values == {"language": "python", "os": "linux", "dist": "trusty"}


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://api.travis-ci.com", f"https://app.travis-ci.com/github/{REPO}/builds/5"),
        ("https://api.travis-ci.org", f"https://travis-ci.org/{REPO}/builds/5"),
        ("https://travis.example.com/api", f"https://travis.example.com/{REPO}/builds/5"),
        ("http://127.0.0.1:8080", f"http://127.0.0.1:8080/{REPO}/builds/5"),
    ],
)
def test_the_web_page_of_a_build(api: str, page: str) -> None:
    from buildtimetrend.providers.travis.names import page_of

    assert page_of(api, REPO, "5") == page
