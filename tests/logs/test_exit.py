from __future__ import annotations

import pytest

from buildtimetrend.model import Exit
from tests.logs.recorded import recorded
from tests.logs.writing import S, close_fold, end, fold, open_fold, read, start, timed

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
    assert (found.reason, found.code, found.phase) == ("failed", 127, phase or "setup")
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


def test_a_log_that_just_stops_has_no_reason_and_says_what_ran() -> None:
    assert read(CHECKOUT, start("b", "make"), b"Done. Your build is").exit == Exit(
        None, None, "make", "script"
    )
    assert read(CHECKOUT, SCRIPT, b"\r\nmore").exit == Exit()


def test_output_that_mentions_such_words_does_not_win() -> None:
    inside = start("b", "cat old.log") + DONE % 0 + b"Your build has been stopped.\r\n" + end("b", S, 2 * S)
    assert read(CHECKOUT, inside).exit == Exit()
    assert read(CHECKOUT, inside, DONE % 1).exit.code == 1
    assert read(CHECKOUT, start("b", "x"), DONE % 0, b"line\r\n" * 100).exit.reason is None
    assert read(CHECKOUT, start("b", "x"), b"echo Done. Your build exited with 0.\r\n").exit.reason is None


def test_the_last_statement_wins() -> None:
    assert read(DONE % 0, DONE % 1).exit.code == 1


def test_a_colored_statement_is_read() -> None:
    assert read(b"\x1b[31;1mDone. Your build exited with 1.\x1b[0m\r\n").exit.code == 1


def test_a_huge_exit_code_is_no_statement() -> None:
    assert read(b"Done. Your build exited with " + b"9" * 5000 + b".\n").exit == Exit()


TIMEOUT = b"\r\n\r\nThe job exceeded the maximum time limit for jobs, and has been terminated.\r\n"


def running(*parts: bytes, words: bytes = TIMEOUT) -> tuple[str | None, str | None, str | None]:
    found = read(*parts, words).exit
    return found.reason, found.command, found.phase


def test_what_ran_when_the_log_ended_is_named_with_its_phase() -> None:
    install = CHECKOUT + fold("install.1", timed("aaaaaaaa", S, 2 * S, "npm ci"))
    assert running(install, start("b", "npm test")) == ("timeout", "npm test", "script")
    assert running(CHECKOUT, SCRIPT, PASSED, start("b", "make")) == ("timeout", "make", "script")
    assert running(install[: install.index(b"npm ci") + 6]) == ("timeout", "npm ci", "install")
    assert running(CHECKOUT, start("b", "npm test")) == ("timeout", "npm test", "script")
    after = SCRIPT + PASSED + open_fold("after_success.1") + start("b", "./deploy")
    assert running(CHECKOUT, after) == ("timeout", "./deploy", "after_success")


def test_blocks_before_the_one_that_ran_to_the_end_are_not_the_script_unless_a_verdict_says_so() -> None:
    log = CHECKOUT + timed("a", S, S, "rvm use default") + start("b", "rake") + TIMEOUT
    assert [step.phase for step in read(log).steps] == ["checkout", "setup"]


def test_of_blocks_that_ran_in_each_other_the_outermost_is_named() -> None:
    inner = open_fold("install") + start("own") + b"\r\n" + timed("done", S, 2 * S)
    assert running(CHECKOUT, start("b", "./ci.sh"), b"x\r\n", inner) == ("timeout", "./ci.sh", "script")


@pytest.mark.parametrize("words", [DONE % 0, b"\r\nYour build has been stopped.\r\n"])
def test_nothing_ran_when_a_job_ended_by_itself(words: bytes) -> None:
    assert running(CHECKOUT, start("b", "make"), b"x\r\n", words=words)[1:] == (None, None)


def test_a_block_whose_end_was_lost_did_not_run_to_the_end() -> None:
    lost = fold("install", start("b", "npm ci") + b"x\r\n")
    assert running(CHECKOUT, lost, start("c", "npm test")) == ("timeout", "npm test", "script")
    assert running(CHECKOUT, start("b", "x"), b"\r\n", SCRIPT, PASSED, start("c", "y"))[1] == "y"


@pytest.mark.parametrize("form", [FAILED, FAILED.replace(b"\x1b[31;1m", b"").replace(b"\x1b[0m", b"")])
@pytest.mark.parametrize("code", [2, 101, 124])
def test_the_commands_own_code_tells_more_than_that_of_the_last_line(form: bytes, code: int) -> None:
    log = CHECKOUT + SCRIPT + form.replace(b"with 1.", b"with %d." % code) + DONE % 1
    assert read(log).exit.code == code
    assert read(log.replace(b"\r", b"")).exit.code == code


def test_the_first_command_of_the_script_that_failed_is_named_and_none_behind_it() -> None:
    second = timed("b", 2 * S, 3 * S, "make docs") + FAILED.replace(b"yarn test", b"make docs")
    after = fold("after_failure", timed("c", 3 * S, 4 * S, "cat x") + FAILED.replace(b"yarn test", b"cat x"))
    assert read(CHECKOUT, SCRIPT, FAILED, second, after, DONE % 1).exit.command == "yarn test"
    assert read(CHECKOUT, SCRIPT, PASSED, second, after, DONE % 1).exit.command == "make docs"
    assert read(CHECKOUT, SCRIPT, PASSED, after, DONE % 0).exit.command is None


@pytest.mark.parametrize("quoted", ['echo "a b" && exit 3', "set -x\nmake\nmake test", "x" * 3000])
def test_a_verdict_is_known_whatever_the_command(quoted: str) -> None:
    said = f'\r\n\x1b[31;1mThe command "{quoted}" exited with 3.\x1b[0m\r\n'.encode()
    bare = timed("a", 0, S, "rvm use")
    found = read(CHECKOUT, bare, timed("b", S, 2 * S, quoted.partition("\n")[0]), said, DONE % 1)
    assert [step.phase for step in found.steps] == ["checkout", "setup", "script"]
    assert found.exit.code == 3


@pytest.mark.parametrize("service", ["GitHub", "Bitbucket"])
def test_a_clone_that_failed_is_a_reason_of_its_own(service: str) -> None:
    clone = open_fold("git.checkout") + timed("b", 0, S, "git clone --depth=50 x")
    words = f"\x1b[31;1mFailed to clone from {service}.\x1b[0m\r\nChecking status\r\ngood\r\n".encode()
    assert read(clone, words).exit == Exit(
        "clone_failed", None, "git clone --depth=50 x", "checkout", f"Failed to clone from {service}."
    )
    said = b'\x1b[31;1mThe command "git clone --depth=50 x" failed and exited with 128 during .\x1b[0m\r\n'
    found = read(clone, said, b"\r\nYour build has been stopped.\r\n").exit
    assert (found.reason, found.code, found.phase) == ("clone_failed", 128, "checkout")


def stopped(command: str, *parts: bytes) -> str | None:
    said = f'\r\n\x1b[31;1mThe command "{command}" failed and exited with 1 during .\x1b[0m\r\n'
    return read(CHECKOUT, *parts, said.encode(), b"\r\nYour build has been stopped.\r\n").exit.phase


def test_an_empty_phase_is_that_of_the_fold_or_the_block_that_stopped_the_job() -> None:
    assert stopped("x", open_fold("before_install.2"), timed("b", S, S, "x")) == "before_install"
    assert stopped("x", fold("install", timed("b", S, S, "x"))) == "install"
    assert stopped("cd y", open_fold("before_script"), b"$ cd y\r\n") == "before_script"
    assert stopped("jdk_switcher use x", b"$ jdk_switcher use x\r\n") == "setup"


UNTIMED = b"Using worker: x:y\n$ git clone x\n$ bundle install\nok\n$ rake\n"


def test_logs_without_times_tell_the_command_that_failed() -> None:
    both = b'The command "rake" exited with 0.\n$ rake b\nx\nThe command "rake b" exited with 7.\n'
    after = b'travis_fold:start:after_failure\r\n$ cat x\nThe command "cat x" exited with 1.\n'
    found = read(UNTIMED, both, b'$ rake c\nThe command "rake c" exited with 2.\n', after, DONE % 1).exit
    assert (found.reason, found.code, found.command, found.phase) == ("done", 7, "rake b", "script")
    assert read(UNTIMED, b'The command "rake" exited with 0.\n', after, DONE % 1).exit.command is None


def test_logs_without_times_tell_what_ran_when_they_ended() -> None:
    assert running(UNTIMED) == ("timeout", "rake", "script")
    assert running(UNTIMED, b'The command "rake" exited with 0.\n') == ("timeout", None, None)
    assert running(UNTIMED, b"travis_fold:start:after_script\r\n$ sleep 9\n")[1:] == (
        "sleep 9",
        "after_script",
    )


def test_the_words_of_2012_for_a_command_before_the_script() -> None:
    words = b"$ bundle\nno\n\ninstall: 'bundle' returned false.\n\nDone. Build script exited with: 1\n"
    found = read(words).exit
    assert (found.reason, found.code, found.command, found.phase) == ("done", 1, "bundle", "install")


def test_a_terminal_without_a_description_prints_nl() -> None:
    assert read(CHECKOUT, SCRIPT, FAILED, b"nl\r\nnl\r\nnlDone. Your build exited with 1.\r\n").exit.code == 1


STALLED = b"\r\nNo output has been received in the last 10m0s, x\r\n\r\nThe build has been terminated\r\n"


@pytest.mark.parametrize("own", ["build", "install", "deploy"])
def test_what_ran_goes_on_behind_a_fold_of_its_own(own: str) -> None:
    inner = fold(own, timed("q", S, 3 * S))
    for around, phase in ((open_fold("install"), "install"), (fold("install", b""), "script")):
        log = CHECKOUT + around + start("aa000001", "./deps") + inner + b"..\r\n"
        assert running(log, words=STALLED) == ("stalled", "./deps", phase)
        assert [step.phase for step in read(log, STALLED).steps] == ["checkout", phase]


def test_a_command_that_ends_the_job_itself_is_what_failed() -> None:
    log = (
        fold("install", b"")
        + start("aa000001", "./t || travis_terminate 2")
        + fold("install", timed("q", S, S))
    )
    parsed = read(log, DONE % 2)
    found = parsed.exit
    assert (found.code, found.command, found.phase) == (2, "./t || travis_terminate 2", "script")
    assert [step.phase for step in parsed.steps] == ["script"]


def test_a_verdict_within_a_command_is_not_the_jobs() -> None:
    inner = timed("q", S, 2 * S) + b'\r\nThe command "q" exited with 1.\r\n'
    log = start("aa000001", "make") + inner + end("aa000001", 0, 9 * S)
    found = read(log, b'\r\nThe command "make" exited with 2.\r\n', DONE % 1).exit
    assert (found.code, found.command) == (2, "make")


@pytest.mark.parametrize(
    "command", ["docker run " + '-e "A=1" ' * 64 + "x", 'echo "step" done\n' * 120, "x" * 9000]
)
def test_a_verdict_may_be_about_a_very_long_command(command: str) -> None:
    verdict = f'\r\n\x1b[31;1mThe command "{command}" exited with 3.\x1b[0m\r\n'.encode()
    parsed = read(
        fold("install", b""), timed("aaaaaaaa", 0, S, command.partition("\n")[0]), verdict, DONE % 1
    )
    assert ([step.phase for step in parsed.steps], parsed.exit.code) == (["script"], 3)


def test_words_of_a_commands_own_do_not_end_a_job_that_stalls_later() -> None:
    assert running(start("aa000001", "./t"), DONE % 0, words=STALLED) == ("stalled", "./t", "script")


def test_a_set_up_command_that_was_canceled_is_not_the_script() -> None:
    for command in (
        "nvm install 6",
        "rvm use 2.0",
        "source ~/virtualenv/python3.6/bin/activate",
        "ruby --version",
    ):
        log = CHECKOUT + start("aa000001", command)
        assert running(log, words=b"\r\nDone: Job Cancelled\r\n") == ("canceled", command, "setup")


def test_a_bare_command_that_stopped_the_job_is_a_step_of_the_phase_that_the_log_names() -> None:
    said = b'\r\nThe command "pip install x" failed and exited with 9 during install.\r\n'
    log = CHECKOUT + timed("aa000001", S, 2 * S, "pip install x") + said
    for words in (b"\r\nYour build has been stopped.\r\n", b""):
        parsed = read(log, words)
        assert (parsed.exit.reason, parsed.exit.code, parsed.exit.phase) == ("failed", 9, "install")
        assert parsed.steps[-1].phase == "install"


def test_untimed_commands_stand_in_the_line_of_their_folds_tag() -> None:
    log = b"$ git checkout -qf abc\n" + open_fold("install") + b"$ bundle install\n"
    assert running(log, words=STALLED) == ("stalled", "bundle install", "install")
    stop = b'The command "bundle install" failed and exited with 5 during .\n\nYour build has been stopped.\n'
    assert read(log, close_fold("install"), b"\n", stop).exit.phase == "install"


@pytest.mark.parametrize("own", ["deploy", "install", "after_success"])
def test_untimed_folds_of_ones_own_change_neither_command_nor_phase(own: str) -> None:
    log = b"$ make\n" + fold(own, b"x\n") + b'\nThe command "make" exited with 2.\n'
    found = read(log, DONE % 1).exit
    assert (found.code, found.command, found.phase) == (2, "make", "script")
    assert running(b"$ make\n", open_fold(own), b"x\n", words=STALLED) == ("stalled", "make", "script")


def test_recorded_ends() -> None:
    assert read(recorded("33664717.log")).exit.reason == "stalled"
    assert read(recorded("33664717.log")).exit.command == "mvn test -B"
    stop = read(recorded("268552489.log")).exit
    assert (stop.reason, stop.code) == ("failed", 1)
    assert (stop.command, stop.phase) == ("./ops/travis/travis-before.sh $JOB", "before_script")
    failed = read(recorded("677867560.log")).exit
    assert (failed.reason, failed.code, failed.command, failed.phase) == ("done", 1, "yarn test", "script")
