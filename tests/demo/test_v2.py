import httpx
import pytest

from buildtimetrend.demo.builds import LogKind
from buildtimetrend.demo.server import SimulatedTravis

NUMBERS = "simulated/numbers"


@pytest.mark.parametrize("slug", [NUMBERS, "simulated/parser", "simulated/classroom", "recorded/logs"])
def test_both_versions_tell_the_same(
    travis: SimulatedTravis, client: httpx.Client, old_client: httpx.Client, slug: str
) -> None:
    for number in travis.history.numbers(slug)[-20:]:
        build_id = travis.build(slug, number).id
        new = client.get(f"/build/{build_id}?include=build.jobs,job.config").json()
        old = old_client.get(f"/builds/{build_id}").json()
        same = (
            "id",
            "number",
            "state",
            "event_type",
            "duration",
            "started_at",
            "finished_at",
            "pull_request_number",
        )
        assert {name: old["build"][name] for name in same} == {name: new[name] for name in same}
        in_jobs = ("id", "number", "state", "config", "started_at", "finished_at", "allow_failure")
        assert [{name: job[name] for name in in_jobs} for job in old["jobs"]] == [
            {name: job[name] for name in in_jobs} for job in new["jobs"]
        ]
        assert old["commit"]["sha"] == new["commit"]["sha"]
        assert old["build"]["job_ids"] == [job["id"] for job in new["jobs"]]


def test_a_build_is_found_by_its_number(travis: SimulatedTravis, old_client: httpx.Client) -> None:
    answer = old_client.get("/repos/simulated/numbers/builds?number=33").json()
    assert [build["id"] for build in answer["builds"]] == [travis.build(NUMBERS, 33).id]
    assert [commit["id"] for commit in answer["commits"]] == [answer["builds"][0]["commit_id"]]


@pytest.mark.parametrize("number", ["99999", "x"])
def test_a_number_that_nobody_has_gives_empty_lists(old_client: httpx.Client, number: str) -> None:
    answer = old_client.get(f"/repos/simulated/numbers/builds?number={number}")
    assert (answer.status_code, answer.json()) == (200, {"builds": [], "commits": []})


def test_pages_by_after_number_join_to_the_whole_list(
    travis: SimulatedTravis, old_client: httpx.Client
) -> None:
    path, numbers = "/repos/simulated/streams/builds", list[int]()
    page = old_client.get(path).json()["builds"]
    assert len(page) == 25
    while page:
        numbers += [int(build["number"]) for build in page]
        page = old_client.get(path, params={"after_number": numbers[-1]}).json()["builds"]
    assert numbers == travis.history.numbers("simulated/streams")[::-1]


def test_the_repo_names_its_last_build(travis: SimulatedTravis, old_client: httpx.Client) -> None:
    repo = old_client.get("/repos/simulated/numbers").json()["repo"]
    last = travis.history.numbers(NUMBERS)[-1]
    assert (repo["slug"], repo["last_build_number"]) == (NUMBERS, str(last))
    assert repo["last_build_id"] == travis.build(NUMBERS, last).id


@pytest.mark.parametrize("path", ["/builds/1", "/jobs/1", "/repos/no/body", "/build/101000010", "/nothing"])
def test_what_is_not_there_is_a_404_in_the_api_s_words(old_client: httpx.Client, path: str) -> None:
    answer = old_client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"file": "not found"})


def test_private_repos_are_not_there_without_a_token(old_client: httpx.Client) -> None:
    assert old_client.get("/repos/simulated/ledger").status_code == 404
    assert old_client.get("/repos/simulated/ledger/builds?number=5").status_code == 404


def test_logs_as_text_and_as_json(travis: SimulatedTravis, old_client: httpx.Client) -> None:
    job = next(job for job in travis.build(NUMBERS, 718).jobs if job.log_kind is LogKind.INLINE)
    text = old_client.get(f"/jobs/{job.id}/log", headers={"accept": "text/plain"})
    assert text.content == job.log()
    assert old_client.get(f"/jobs/{job.id}/log").json()["log"]["body"].encode() == job.log()


def test_an_archived_log_has_no_json_form(travis: SimulatedTravis, old_client: httpx.Client) -> None:
    job = next(job for job in travis.build(NUMBERS, 2).jobs if job.log_kind is LogKind.ARCHIVED)
    assert old_client.get(f"/jobs/{job.id}/log").status_code == 406
    assert old_client.get(f"/jobs/{job.id}/log.txt").headers["location"].startswith(travis.storage_url)
