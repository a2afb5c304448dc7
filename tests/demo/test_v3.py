import httpx
import pytest

from buildtimetrend.demo.builds import LogKind, SimulatedJob
from buildtimetrend.demo.server import TOKEN, SimulatedTravis

NUMBERS = "simulated/numbers"
BUILDS = "/repo/simulated%2Fnumbers/builds"


def job_with(travis: SimulatedTravis, kind: LogKind) -> SimulatedJob:
    """The last job whose log is of this kind."""
    numbers = reversed(travis.history.numbers(NUMBERS))
    jobs = (job for number in numbers for job in travis.build(NUMBERS, number).jobs if job.source)
    return next(job for job in jobs if job.log_kind is kind)


def test_a_build_has_the_fields_of_the_real_api(travis: SimulatedTravis, client: httpx.Client) -> None:
    build = travis.build(NUMBERS, 20)
    answer = client.get(f"/build/{build.id}").json()
    assert answer["@type"] == "build"
    assert answer["@href"] == f"/build/{build.id}"
    assert answer["number"] == "20"
    assert answer["state"] == build.state
    assert answer["duration"] == sum(job.duration or 0 for job in build.jobs)
    assert answer["finished_at"].endswith("Z")
    assert answer["repository"]["slug"] == NUMBERS
    assert answer["commit"]["sha"] == build.commit.sha
    assert "(simulated" in answer["commit"]["message"]
    assert answer["jobs"][0] == {
        "@type": "job",
        "@href": f"/job/{build.jobs[0].id}",
        "@representation": "minimal",
        "id": build.jobs[0].id,
    }


def test_include_adds_jobs_their_configuration_and_the_commit(
    travis: SimulatedTravis, client: httpx.Client
) -> None:
    build = travis.build(NUMBERS, 20)
    include = {"include": "build.jobs,job.config,build.commit"}
    answer = client.get(f"/build/{build.id}", params=include).json()
    job = answer["jobs"][3]
    assert (job["@representation"], job["number"], job["allow_failure"]) == ("standard", "20.4", True)
    assert job["config"]["python"] == "3.7-dev"
    assert answer["commit"]["author"]["name"] == build.commit.author
    configured = client.get(f"/build/{build.id}", params={"include": "job.config"}).json()["jobs"][0]
    assert (configured["@representation"], "config" in configured, "number" in configured) == (
        "minimal",
        True,
        False,
    )


def test_jobs_and_a_single_job(travis: SimulatedTravis, client: httpx.Client) -> None:
    build = travis.build(NUMBERS, 20)
    jobs = client.get(f"/build/{build.id}/jobs").json()["jobs"]
    assert [job["id"] for job in jobs] == [job.id for job in build.jobs]
    assert client.get(f"/job/{build.jobs[1].id}").json() == jobs[1]


def test_a_repo_is_found_by_slug_and_by_id(client: httpx.Client) -> None:
    by_slug = client.get("/repo/simulated%2Fnumbers").json()
    assert by_slug == client.get("/repo/101").json()
    assert by_slug["@type"] == "repository"
    assert by_slug["description"].startswith("Simulated")


def test_pages_of_builds_join_to_the_whole_list(travis: SimulatedTravis, client: httpx.Client) -> None:
    path: str | None = f"{BUILDS}?limit=100"
    numbers = []
    while path:
        answer = client.get(path).json()
        pagination = answer["@pagination"]
        numbers += [int(build["number"]) for build in answer["builds"]]
        path = pagination["next"] and pagination["next"]["@href"]
    assert numbers == travis.history.numbers(NUMBERS)[::-1]
    assert pagination["is_last"]
    assert pagination["count"] == len(numbers)
    assert pagination["offset"] == pagination["last"]["offset"]


def test_builds_can_be_sorted_and_filtered(travis: SimulatedTravis, client: httpx.Client) -> None:
    oldest = client.get(BUILDS, params={"sort_by": "id", "limit": 2}).json()["builds"]
    assert [build["number"] for build in oldest] == [
        str(number) for number in travis.history.numbers(NUMBERS)[:2]
    ]
    chosen = client.get(
        BUILDS, params={"build.state": "failed,errored", "build.event_type": "cron,push"}
    ).json()
    assert {build["state"] for build in chosen["builds"]} == {"failed", "errored"}
    assert chosen["@pagination"]["count"] < 100
    latest = client.get(BUILDS, params={"sort_by": "finished_at:desc", "branch.name": "docs"}).json()[
        "builds"
    ]
    finished = [build["finished_at"] for build in latest]
    assert finished == sorted(finished, reverse=True)


@pytest.mark.parametrize("query", ["limit=x", "limit=0", "offset=-1", "sort_by=colour", "sort_by=id:up"])
def test_a_wrong_page_is_refused(client: httpx.Client, query: str) -> None:
    answer = client.get(f"{BUILDS}?{query}")
    assert (answer.status_code, answer.json()["error_type"]) == (400, "wrong_params")


def test_a_wrong_include_is_refused(travis: SimulatedTravis, client: httpx.Client) -> None:
    answer = client.get(f"/build/{travis.build(NUMBERS, 1).id}?include=jobs")
    assert (answer.status_code, answer.json()["error_type"]) == (400, "wrong_params")


@pytest.mark.parametrize(
    "path",
    ["/build/1", "/build/101000051", "/job/101000050", "/repo/nobody%2Fnothing", "/repo/simulated/numbers"],
)
def test_what_is_not_there_is_a_404_in_the_api_s_words(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert (answer.json()["@type"], answer.json()["error_type"]) == ("error", "not_found")
    assert answer.json()["error_message"].endswith("not found (or insufficient access)")


def test_a_deleted_build_is_not_there(travis: SimulatedTravis, client: httpx.Client) -> None:
    numbers = travis.history.numbers(NUMBERS)
    deleted = min(set(range(1, numbers[-1])) - set(numbers))
    assert client.get(f"/build/{101_000_000 + 10 * deleted}").status_code == 404


def test_a_private_repo_needs_its_token(travis: SimulatedTravis, client: httpx.Client) -> None:
    build = travis.build("simulated/ledger", 5)
    paths = ["/repo/simulated%2Fledger", "/repo/106/builds", f"/build/{build.id}", f"/job/{build.jobs[0].id}"]
    assert {client.get(path).status_code for path in paths} == {404}
    token = {"authorization": f"token {TOKEN}"}
    assert {client.get(path, headers=token).status_code for path in paths} == {200}
    assert client.get(paths[0], headers={"authorization": "token wrong"}).status_code == 403


def test_enterprise_and_v3_prefixes_stay_in_links(travis: SimulatedTravis) -> None:
    build = travis.build(NUMBERS, 20)
    answer = httpx.get(f"{travis.url}/api/v3/build/{build.id}").json()
    assert answer["@href"] == f"/api/v3/build/{build.id}"
    assert answer["jobs"][0]["@href"].startswith("/api/v3/job/")


def test_a_log_as_json_and_as_text(travis: SimulatedTravis, client: httpx.Client) -> None:
    job = job_with(travis, LogKind.INLINE)
    answer = client.get(f"/job/{job.id}/log").json()
    assert answer["content"].encode() == job.log()
    assert client.get(f"/job/{job.id}/log.txt").content == job.log()
    assert httpx.get(travis.url + answer["@raw_log_href"]).content == job.log()


def test_an_archived_log_is_at_the_storage_host_which_wants_no_token(
    travis: SimulatedTravis, client: httpx.Client
) -> None:
    job = job_with(travis, LogKind.ARCHIVED)
    answer = client.get(f"/job/{job.id}/log.txt")
    assert answer.status_code == 307
    location = answer.headers["location"]
    assert location.startswith(travis.storage_url)
    assert httpx.get(location).content == job.log()
    assert httpx.get(location, headers={"authorization": f"token {TOKEN}"}).status_code == 400
    assert httpx.get(location[:-1]).status_code == 403


def test_missing_and_empty_logs(travis: SimulatedTravis, client: httpx.Client) -> None:
    missing, empty = job_with(travis, LogKind.MISSING), job_with(travis, LogKind.EMPTY)
    assert client.get(f"/job/{missing.id}/log.txt").status_code == 404
    assert client.get(f"/job/{missing.id}/log").json()["error_message"].startswith("log not found")
    assert client.get(f"/job/{empty.id}/log.txt").content == b""
    assert client.get(f"/job/{empty.id}/log").json()["content"] is None


def test_only_reading_is_allowed(client: httpx.Client) -> None:
    assert client.post("/build/101000010/restart").status_code == 405
