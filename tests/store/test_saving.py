"""Contract: what `save` stores, and how it replaces what an earlier one did."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import orjson
import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Build, Exit, Job, LogState, Matrix, Result, Step, TaskState, Worker
from buildtimetrend.store.base import Store
from buildtimetrend.store.documents import PushedBuild, build_of
from buildtimetrend.store.pipelines import pipeline_id
from tests.store.examples import at, build, column, counts, job, pull_request, step, task


def test_a_build_is_stored_with_all_that_is_known_of_it(store: Store) -> None:
    assert store.save(pull_request()).result() == 1
    found = store.select("SELECT * FROM build")
    assert {name: values[0] for name, values in found.items()} == {
        "repo_id": 1,
        "provider": "travis",
        "instance": "https://api.travis-ci.com",
        "build_id": "1",
        "attempt": 1,
        "number": "1",
        "result": "passed",
        "raw_result": "passed",
        "branch": "main",
        "tag": None,
        "commit_id": "c0ffee",
        "message": "Do less",
        "author": "Ann",
        "trigger": "pull_request",
        "pull_request": "7",
        "pull_request_title": "Do more",
        "details": None,
        "pipeline": pipeline_id("travis", "https://api.travis-ci.com", ""),
        "url": "https://ci.example/1",
        "queued_at": at(-5),
        "started_at": at(0),
        "finished_at": at(100),
        "duration": 100.0,
    }


def test_what_a_pushed_build_leaves_unsaid_is_stored_on_every_engine(store: Store) -> None:
    said = {
        "provider": "jenkins",
        "instance": "https://ci.example",
        "repo": "ann/tool",
        "id": "1",
        "number": "1",
        "result": "passed",
        "jobs": [{"id": "1.1", "result": "failed"}],
    }
    assert store.save(build_of(PushedBuild.model_validate(said))).result() == 1
    assert column(store, "SELECT raw_result FROM build") == ["passed"]
    assert column(store, "SELECT raw_result FROM job") == ["failed"]


def test_a_job_is_stored_with_all_that_is_known_of_it(store: Store) -> None:
    known = job(
        "11",
        name="docs",
        stage="test",
        allow_failure=True,
        result=Result.FAILED,
        raw_result="failed",
        exit=Exit("failed", 2, "make test", "script", 'The command "make test" failed'),
        worker=Worker("host-1", "linux", "jammy", "arm64", "i-1", 2.5, {"kernel": "6.1"}),
    )
    store.save(build(jobs=(known,))).result()
    found = {name: values[0] for name, values in store.select("SELECT * FROM job").items()}
    matrix, facts = (
        orjson.loads(str(found.pop("matrix_values"))),
        orjson.loads(str(found.pop("worker_facts"))),
    )
    assert matrix == {"language": "python", "python": "3.11", "os": "linux"}
    assert facts == {"dist": "jammy", "arch": "arm64", "kernel": "6.1"}
    assert isinstance(found.pop("job_key"), int)
    assert found == {
        "repo_id": 1,
        "provider": "travis",
        "instance": "https://api.travis-ci.com",
        "build_id": "1",
        "attempt": 1,
        "job_id": "11",
        "build_number": "1",
        "number": "1.11",
        "name": "docs",
        "stage": "test",
        "result": "failed",
        "raw_result": "failed",
        "branch": "main",
        "trigger": "push",
        "allow_failure": True,
        "queued_at": at(-5),
        "started_at": at(0),
        "finished_at": at(100),
        "duration": 100.0,
        "queue_time": 5.0,
        "matrix": "python 3.11 linux",
        "language": "python",
        "os": "linux",
        "worker_hostname": "host-1",
        "worker_instance": "i-1",
        "boot_time": 2.5,
        "exit_reason": "failed",
        "exit_code": 2,
        "exit_command": "make test",
        "exit_phase": "script",
        "exit_message": 'The command "make test" failed',
        "log_state": "complete",
        "pipeline": pipeline_id("travis", "https://api.travis-ci.com", ""),
        "blocked_time": None,
        "details": None,
    }


def test_steps_keep_their_order_and_their_times(store: Store) -> None:
    steps = (step("b", 0, 0.25, phase="script", command=None), step("a", 1, 2, depth=1))
    store.save(build(jobs=(job(steps=steps),))).result()
    found = store.select("SELECT * FROM step ORDER BY position")
    assert found["position"] == [1, 2]
    assert found["name"] == ["b", "a"]
    assert found["phase"] == ["script", "install"]
    assert found["command"] == [None, "make"]
    assert found["depth"] == [0, 1]
    assert found["started_at"] == [at(0), at(1)]
    assert found["duration"] == [0.25, 2.0]


def test_a_build_saved_again_is_stored_once(store: Store) -> None:
    for _ in range(3):
        assert store.save(build()).result() == 1
    assert counts(store) == (1, 2, 6)


def test_a_save_replaces_the_jobs_and_steps_of_the_one_before(store: Store) -> None:
    store.save(build()).result()
    again = build(raw_result="fixed", jobs=(job("12", steps=(step("only"),)), job("13", steps=())))
    store.save(again).result()
    assert counts(store) == (1, 2, 1)
    assert column(store, "SELECT raw_result FROM build") == ["fixed"]
    assert column(store, "SELECT job_id FROM job ORDER BY job_id") == ["12", "13"]
    assert column(store, "SELECT name FROM step") == ["only"]


def test_a_job_listed_twice_is_stored_once(store: Store) -> None:
    store.save(build(jobs=(job("11"), job("11")))).result()
    assert counts(store) == (1, 1, 3)


def test_builds_of_different_instances_with_the_same_id_are_different_builds(store: Store) -> None:
    store.save(build()).result()
    store.save(build(instance="https://travis.example")).result()
    store.save(build(provider="github")).result()
    assert counts(store) == (3, 6, 18)
    assert column(store, "SELECT count(*) FROM repo") == [1]


def test_a_build_without_jobs_or_anything_optional_is_stored(store: Store) -> None:
    bare = Build("travis", "https://api.travis-ci.com", "ann/tool", "1", "1", None, "created")
    assert store.save(bare).result() == 1
    assert counts(store) == (1, 0, 0)


def test_the_tasks_new_state_is_stored_with_the_build(store: Store) -> None:
    store.add_tasks([task()]).result()
    store.save(build(), replace(task(), state=TaskState.DONE, tries=1, finished_at=at(20))).result()
    assert store.open_tasks() == []
    assert column(store, "SELECT tries FROM task") == [1]


def test_what_was_saved_is_there_after_a_restart(store: Store, reopened: Callable[[], Store]) -> None:
    store.save(build("1")).result()
    again = reopened()
    assert counts(again) == (1, 2, 6)
    assert again.save(build("1")).result() == 1
    assert again.save(build("2")).result() == 1
    assert counts(again) == (2, 4, 12)


def test_several_threads_save_at_a_time(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        attempts = list(threads.map(lambda n: store.save(build(str(n % 40))).result(), range(120)))
    assert attempts == [1] * 120
    assert counts(store) == (40, 80, 240)


def test_writes_take_effect_in_the_order_in_which_they_are_made(store: Store) -> None:
    for state in ("first", "second", "third"):
        last = store.save(build(raw_result=state))
    last.result()
    assert column(store, "SELECT raw_result FROM build") == ["third"]


def test_a_write_in_a_hurry_may_follow_a_patient_one_of_the_same_build(store: Store) -> None:
    for number in range(3):
        patient = store.save(build(raw_result="first"), patience=0.3)
        hurried = store.save(build(raw_result="second"))
        other = store.save(build(f"other-{number}"))
        assert [future.result(30) for future in (patient, hurried, other)] == [1, 1, 1]
    assert column(store, "SELECT raw_result FROM build WHERE build_id = '1'") == ["second"]


@pytest.mark.parametrize(
    "bad",
    [
        build("1", message=7),
        build("1", started_at="yesterday"),
        build("1", jobs=(job("11", allow_failure="perhaps"),)),
        build("1", jobs=(job("11", worker=Worker(boot_time="slow")),)),  # type: ignore[arg-type]
        build("1", jobs=(job("11", steps=(step(depth=2**40),)),)),
        build("1", attempt=2**40),
    ],
)
def test_a_build_that_cannot_be_stored_fails_alone(store: Store, bad: Build) -> None:
    before = [store.save(build(str(n))) for n in range(2, 5)]
    failing = store.save(bad, task())
    after = [store.save(build(str(n))) for n in range(5, 8)]
    with pytest.raises(StoreError):
        failing.result()
    assert [future.result() for future in before + after] == [1] * 6
    assert counts(store) == (6, 12, 36)
    assert store.open_tasks() == []


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udcff", "\N{GRINNING FACE}", "é" * 5000])
def test_text_that_a_database_refuses_is_stored_but_for_the_odd_characters(store: Store, text: str) -> None:
    odd = Job(
        "11", text, Result.PASSED, text, text, text, matrix=Matrix(text, {text: text}), log=LogState.EMPTY
    )
    odd = replace(
        odd, steps=(Step(text, text, text, 0, 1),), exit=Exit(message=text), worker=Worker(hostname=text)
    )
    store.save(build(repo=text, message=text, branch=text, jobs=(odd,))).result()
    kept = column(store, "SELECT message FROM build")[0]
    assert kept.replace("\N{REPLACEMENT CHARACTER}", "") == text.translate({0: "", 0xD800: "", 0xDCFF: ""})
    assert column(store, "SELECT count(*) FROM build WHERE message = $text", text=text) == [1]
    assert counts(store) == (1, 1, 1)


@pytest.mark.parametrize("ns", [10**21, -1, 2**70])
def test_a_step_at_an_instant_outside_the_calendar_is_left_out(store: Store, ns: int) -> None:
    absurd = Step("absurd", "install", None, ns, ns + 10**9)
    store.save(build(jobs=(job(steps=(step("a"), absurd, step("b", 20))),))).result()
    assert column(store, "SELECT name FROM step ORDER BY position") == ["a", "b"]


def test_a_number_that_no_column_holds_is_left_out(store: Store) -> None:
    jobs = (job("11", exit=Exit("failed", 2**80)), job("12", exit=Exit("failed", 3221225477)))
    store.save(build(jobs=jobs)).result()
    assert column(store, "SELECT exit_code FROM job ORDER BY job_id") == [None, 3221225477]


def test_a_write_after_close_fails_through_its_future(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.save(build()).result()
    with pytest.raises(StoreError, match="closed"):
        store.select("SELECT 1 AS one")


def test_close_stores_what_is_queued(store: Store, reopened: Callable[[], Store]) -> None:
    queued = [store.save(build(str(n))) for n in range(100)]
    again = reopened()
    assert all(future.done() for future in queued)
    assert counts(again) == (100, 200, 600)
    store.close()  # idempotent


def test_a_write_taken_back_before_its_turn_is_not_stored(store: Store) -> None:
    futures = [store.save(build(str(n))) for n in range(50)]
    taken_back = [future for future in futures if future.cancel()]
    store.save(build("last")).result()
    assert counts(store)[0] == 51 - len(taken_back)


def test_whoever_listens_is_told_what_the_store_calls_the_repo_before_the_save_is_done(store: Store) -> None:
    told: list[str] = []
    store.on_saved(told.append)
    for host in ("github.com", "git.example", "github.com"):
        store.save(build("1", repo="bob/tool", code_host=host, instance=f"https://ci.{host}")).result()
    if not store.url.startswith("http"):  # else the other side is told
        assert told == ["bob/tool", "git.example/bob/tool", "bob/tool"]


def test_a_listener_with_a_fault_is_no_business_of_the_build_or_of_others(store: Store) -> None:
    told: list[str] = []

    def broken(repo: str) -> None:
        raise RuntimeError(repo)

    store.on_saved(broken)
    store.on_saved(told.append)
    assert store.save(build("1")).result() == 1
    assert told or store.url.startswith("http")
