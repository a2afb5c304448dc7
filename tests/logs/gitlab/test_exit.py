"""How a trace ends: what failed, in which stage, and with which code."""

from __future__ import annotations

import pytest

from buildtimetrend.model import Exit
from tests.logs.gitlab.writing import command, read, section, stamped, start, stop

HEAD = section("prepare_executor", 0, 1) + section("prepare_script", 1, 2)
SOURCES = HEAD + section("get_sources", 2, 3, command("git fetch"))
SCRIPT = SOURCES + section("step_script", 3, 9, command("make") + command("make test") + b"output\n")
ENDED = section("after_script", 9, 10, command("echo bye")) + section("upload_artifacts_on_failure", 10, 11)


def failed(why: str, system: bool = False) -> bytes:
    return b"\x1b[31;1mERROR: Job failed%s: %s\n\x1b[0;m" % (b" (system failure)" * system, why.encode())


@pytest.mark.parametrize(
    "why",
    ["exit code 2", "exit status 2", "command terminated with exit code 2", "process exited with status 2"],
)
def test_the_script_exits_with_a_code_in_its_last_command(why: str) -> None:
    ending = read(SCRIPT, ENDED, failed(why)).exit
    assert ending == Exit("done", 2, "make test", "script", f"ERROR: Job failed: {why}")


def test_a_job_that_succeeds_has_code_0_and_no_command() -> None:
    assert read(SCRIPT, b"\x1b[32;1mJob succeeded\n\x1b[0;m").exit == Exit("done", 0, message="Job succeeded")


def test_stamps_before_its_lines_change_nothing() -> None:
    trace = SCRIPT + ENDED + b"\n" + failed("exit code 1")
    assert read(stamped(trace)).exit == read(trace).exit
    assert read(stamped(trace)).exit.code == 1


def test_sources_that_cannot_be_had_stop_the_job_before_its_script() -> None:
    trace = (
        HEAD
        + section("get_sources", 2, 3, command("git fetch"))
        + section("upload_artifacts_on_failure", 3, 4)
    )
    assert read(trace, failed("exit code 128")).exit == Exit(
        "clone_failed", 128, "git fetch", "checkout", "ERROR: Job failed: exit code 128"
    )


def test_a_cache_or_artifacts_that_cannot_be_had_stop_it_too() -> None:
    ending = read(SOURCES, section("download_artifacts", 3, 4), failed("exit code 1")).exit
    assert (ending.reason, ending.code, ending.phase) == ("failed", 1, "artifacts")


@pytest.mark.parametrize("system", [True, False])
def test_a_machine_that_cannot_be_prepared_stops_it(system: bool) -> None:
    why = "prepare environment: exit status 1. Check https://docs.gitlab.com/runner/ for more"
    ending = read(HEAD, failed(why, system)).exit
    assert (ending.reason, ending.code, ending.phase) == ("failed", 1, "setup")
    assert read(failed("timed out waiting for pod to start", True)).exit.reason == "failed"
    assert read(failed("image not found", True)).exit.phase == "setup"


def test_a_machine_that_is_lost_while_the_script_runs_ends_it() -> None:
    trace = SOURCES + start("step_script", 3) + command("make") + failed("pod was evicted", True)
    assert read(trace).exit == Exit(
        "terminated", None, "make", "script", "ERROR: Job failed (system failure): pod was evicted"
    )


def test_artifacts_that_cannot_be_kept_fail_a_job_whose_script_passed() -> None:
    trace = SCRIPT + section("archive_cache", 9, 10) + section("upload_artifacts_on_success", 10, 12)
    ending = read(trace, failed("exit code 1")).exit
    assert (ending.reason, ending.code, ending.command, ending.phase) == ("done", 1, None, "artifacts")


def test_a_job_that_takes_too_long_has_a_section_without_an_end() -> None:
    trace = SOURCES + start("step_script", 3) + command("make test") + start("own", 4) + b"output\n"
    ending = read(trace, failed("execution took longer than 1h0m0s seconds")).exit
    assert ending == Exit(
        "timeout", None, "make test", "script", "ERROR: Job failed: execution took longer than 1h0m0s seconds"
    )
    assert [step.name for step in read(trace).steps][-1] == "get_sources"


def test_what_runs_after_a_timeout_is_not_what_took_too_long() -> None:
    trace = SOURCES + start("step_script", 3) + command("make test") + ENDED
    ending = read(trace, failed("execution took longer than 30m0s seconds")).exit
    assert (ending.reason, ending.command, ending.phase) == ("timeout", "make test", "script")


@pytest.mark.parametrize(("why", "reason"), [("canceled", "canceled"), ("aborted: terminated", "terminated")])
def test_what_somebody_ended_says_so(why: str, reason: str) -> None:
    trace = SOURCES + start("step_script", 3) + command("make test")
    ending = read(trace, failed(why)).exit
    assert (ending.reason, ending.code, ending.command, ending.phase) == (reason, None, "make test", "script")


def test_a_log_that_grew_too_long_says_so() -> None:
    trace = SOURCES + start("step_script", 3) + command("make test") + b"output\n" * 2000
    limit = b"\n\x1b[33;1mJob's log exceeded limit of 4194304 bytes.\nJob execution will continue.\x1b[0;m\n"
    ending = read(trace, limit).exit
    assert (ending.reason, ending.command, ending.phase) == ("log_limit", "make test", "script")
    assert ending.message == "Job's log exceeded limit of 4194304 bytes."


def test_a_log_that_just_stops_names_what_ran() -> None:
    trace = SOURCES + start("step_script", 3) + command("make") + command("make test") + b"out"
    assert read(trace).exit == Exit(None, None, "make test", "script", None)
    assert read(b"").exit == Exit()


@pytest.mark.parametrize("line", [b"Job succeeded\n", b"ERROR: Job failed: exit code 3\n"])
def test_what_a_script_prints_is_not_how_the_job_ended(line: bytes) -> None:
    ending = read(SOURCES, start("step_script", 3), command("./inner"), line).exit
    assert (ending.reason, ending.code) == (None, None)
    ending = read(
        SOURCES, section("step_script", 3, 5, command("./inner") + line), failed("exit code 9")
    ).exit
    assert (ending.reason, ending.code, ending.command) == ("done", 9, "./inner")


def test_a_command_of_several_lines_is_its_first() -> None:
    shown = b"\x1b[32;1m$ for x in 1 2; do # collapsed multi-line command\x1b[0;m\n"
    trace = SOURCES + section("step_script", 3, 5, shown)
    assert read(trace, failed("exit code 1")).exit.command == "for x in 1 2; do"
    assert (
        read(SOURCES, start("step_script", 3), stop("step_script", 4), failed("exit code 1")).exit.command
        is None
    )


def test_a_command_far_above_the_end_is_found() -> None:
    trace = SOURCES + section("step_script", 3, 5, command("make all") + b"output\n" * 100_000)
    assert read(trace, ENDED, failed("exit code 1")).exit.command == "make all"
