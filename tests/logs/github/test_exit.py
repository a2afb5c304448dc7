"""How a log ends, and in which step."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.logs import parse
from buildtimetrend.model import Exit

SHOWN = "\x1b[36;1m{}\x1b[0m"


def log(lines: Sequence[str], end: str = "\n") -> bytes:
    """A second for each line."""
    return "".join(
        f"2024-03-01T10:00:{second:02}.1234567Z {line}{end}" for second, line in enumerate(lines)
    ).encode()


def step(command: str, *output: str) -> list[str]:
    shown = [SHOWN.format(line) for line in command.split("\n")]
    head = command.split("\n", maxsplit=1)[0]
    return [f"##[group]Run {head}", *shown, "shell: /usr/bin/bash -e {0}", "##[endgroup]", *output]


FAILED = "##[error]Process completed with exit code {}."
OVER = ["Post job cleanup.", "Cleaning up orphan processes"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_script_that_fails_is_told_with_all_its_lines_and_its_code(end: str) -> None:
    lines = [*step("make"), *step("cd x\nmake test", "oh", FAILED.format(137)), *OVER]
    assert parse([log(lines, end)], "github").exit == Exit(
        "done", 137, "cd x\nmake test", "script", "Process completed with exit code 137."
    )


def test_a_step_whose_failure_is_let_pass_is_not_the_one_that_ended_the_job() -> None:
    lines = [*step("lint", FAILED.format(1)), *step("make test", FAILED.format(2)), *step("report"), *OVER]
    found = parse([log(lines)], "github").exit
    assert (found.code, found.command) == (2, "make test")


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (["The operation was canceled."], "canceled"),
        (["The runner has received a shutdown signal.", "The operation was canceled."], "terminated"),
        (
            [
                "The job running on runner x has exceeded the maximum execution time of 360 minutes.",
                "The operation was canceled.",
            ],
            "timeout",
        ),
        (["The action 'make' has timed out after 5 minutes."], "timeout"),
    ],
)
def test_a_job_that_was_ended_says_why(errors: list[str], reason: str) -> None:
    lines = [*step("make", *[f"##[error]{error}" for error in errors]), *OVER]
    found = parse([log(lines)], "github").exit
    assert (found.reason, found.code, found.command) == (reason, None, "make")


def test_an_action_says_what_went_wrong_in_its_own_words() -> None:
    lines = ["##[group]Run actions/cache@v4", "with:", "##[endgroup]", "##[error]No space left", *OVER]
    assert parse([log(lines)], "github").exit == Exit(
        "done", None, "actions/cache@v4", "script", "No space left"
    )


def test_an_error_before_all_steps_is_of_the_set_up() -> None:
    found = parse([log(["##[error]Unable to resolve action", *OVER])], "github").exit
    assert (found.reason, found.phase, found.command) == ("done", "setup", None)


def test_a_log_that_just_stops_has_no_reason() -> None:
    assert parse([log(step("make", "..."))], "github").exit == Exit()


def test_marks_inside_of_a_line_or_without_an_instant_are_output() -> None:
    lines = [*step("make", "echo ##[error]Process completed with exit code 9.", "x ##[group]Run y"), *OVER]
    parsed = parse([log(lines) + b"##[group]Run z\n##[error]no\n"], "github")
    assert (len(parsed.steps), parsed.exit) == (1, Exit("done", 0))


def test_a_byte_order_mark_hides_no_step() -> None:
    assert len(parse([b"\xef\xbb\xbf" + log(step("make"))], "github").steps) == 1


def test_steps_beyond_all_measure_are_dropped_and_counted() -> None:
    one = b"2024-03-01T10:00:00.1234567Z ##[group]Run make\n"
    parsed = parse([one] * 20_010, "github")
    assert (len(parsed.steps), parsed.dropped) == (20_000, 10)


PARTS = st.sampled_from(
    [
        "2024-03-01T10:00:00.1234567Z ",
        "2024-13-41T10:00:00.1234567Z ",
        "##[group]Run ",
        "##[endgroup]",
        "##[error]",
        "##[",
        "Post job cleanup.",
        "\n",
        "\r\n",
        "\x1b[36;1mmake\x1b[0m",
        "Process completed with exit code 99999999999.",
        "\ufeff",
        "text",
        "\0",
    ]
)


@given(st.lists(PARTS, max_size=40).map(lambda parts: "".join(parts).encode()), st.integers(1, 50))
@settings(max_examples=150, deadline=None)
def test_any_bytes_parse_and_chunks_make_no_difference(text: bytes, size: int) -> None:
    whole = parse([text], "github")
    assert whole.bytes_read == len(text)
    assert all(step.duration >= 0 and step.name for step in whole.steps)
    assert parse((text[at : at + size] for at in range(0, len(text), size)), "github") == whole
