from __future__ import annotations

import pytest

from buildtimetrend.model import Exit
from tests.logs.recorded import recorded
from tests.logs.writing import S, end, fold, read, start, timed

CHECKOUT = fold("git.checkout", timed("0a573866", 0, S, "git clone"))
SCRIPT = timed("11631b70", S, 2 * S, "yarn test")
FAILED = b'\r\n\x1b[31;1mThe command "yarn test" exited with 1.\x1b[0m\r\n'
PASSED = b'\r\n\x1b[32;1mThe command "yarn test" exited with 0.\x1b[0m\r\n'
DONE = b"\r\nDone. Your build exited with %d.\r\n"


def test_a_job_that_passed() -> None:
    assert read(CHECKOUT, SCRIPT, PASSED, DONE % 0).exit == Exit(
        "done", 0, None, None, "Done. Your build exited with 0."
    )


def test_a_job_whose_script_failed_names_the_command() -> None:
    log = CHECKOUT + SCRIPT + FAILED + fold("after_failure", timed("b", 2 * S, 3 * S)) + DONE % 1
    assert read(log).exit == Exit("done", 1, "yarn test", "script", "Done. Your build exited with 1.")


@pytest.mark.parametrize("phase", ["", "before_install"])
def test_a_command_before_the_script_that_stopped_the_job(phase: str) -> None:
    said = f'The command "npm ci\n && x" failed and exited with 127 during {phase}.'
    log = f"\r\n\x1b[31;1m{said}\x1b[0m\r\n\r\nYour build has been stopped.\r\n".encode()
    found = read(CHECKOUT, timed("b", S, S, "npm ci"), log).exit
    assert (found.reason, found.code, found.phase) == ("failed", 127, phase or None)
    assert found.command == "npm ci\n && x"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Done: Job Cancelled", "canceled"),
        ("Your build has been stopped.", "stopped"),
        (
            "No output has been received in the last 10 minutes, this potentially indicates a stalled build "
            "or something wrong with the build itself.\n\nThe build has been terminated",
            "stalled",
        ),
        (
            "No output has been received in the last 10m0s, this potentially indicates a stalled build or "
            "something wrong with the build itself.\nCheck the details on how to adjust your build "
            "configuration on: https://docs.travis-ci.com/\n\nThe build has been terminated",
            "stalled",
        ),
        ("The job exceeded the maximum time limit for jobs, and has been terminated.", "timeout"),
        (
            "The log length has exceeded the limit of 4 MB (this usually means that the test suite is "
            "raising the same exception over and over).\n\nThe job has been terminated",
            "log_limit",
        ),
        (
            "The log length has exceeded the limit of 4 Megabytes (this usually means that test suite is "
            "raising the same exception over and over).\n\nThe build has been terminated.",
            "log_limit",
        ),
        ("The job has been terminated", "terminated"),
    ],
)
def test_other_ends(words: str, reason: str) -> None:
    found = read(CHECKOUT, start("b", "make"), b"output\r\n\n\n", words.encode(), b"\n\n").exit
    assert (found.reason, found.message) == (reason, words.partition("\n")[0])


def test_a_log_that_just_stops_has_no_reason() -> None:
    assert read(CHECKOUT, start("b", "make"), b"Done. Your build is").exit == Exit()


def test_output_that_mentions_such_words_does_not_win() -> None:
    inside = start("b", "cat old.log") + DONE % 0 + b"Your build has been stopped.\r\n" + end("b", S, 2 * S)
    assert read(CHECKOUT, inside).exit == Exit()
    assert read(CHECKOUT, inside, DONE % 1).exit.code == 1
    assert read(CHECKOUT, start("b", "x"), DONE % 0, b"line\r\n" * 100).exit == Exit()
    assert read(CHECKOUT, start("b", "x"), b"echo Done. Your build exited with 0.\r\n").exit == Exit()


def test_the_last_statement_wins() -> None:
    assert read(DONE % 0, DONE % 1).exit.code == 1


def test_a_colored_statement_is_read() -> None:
    assert read(b"\x1b[31;1mDone. Your build exited with 1.\x1b[0m\r\n").exit.code == 1


def test_a_huge_exit_code_is_no_statement() -> None:
    assert read(b"Done. Your build exited with " + b"9" * 5000 + b".\n").exit == Exit()


def test_recorded_ends() -> None:
    assert read(recorded("33664717.log")).exit.reason == "stalled"
    stopped = read(recorded("268552489.log")).exit
    assert (stopped.reason, stopped.code) == ("failed", 1)
    assert stopped.command == "./ops/travis/travis-before.sh $JOB"
    failed = read(recorded("677867560.log")).exit
    assert (failed.reason, failed.code, failed.command, failed.phase) == ("done", 1, "yarn test", "script")
