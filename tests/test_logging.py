"""Log lines are JSON, and no secret is in any of them."""

import json
import logging

import pytest
import structlog

from buildtimetrend import logging_setup
from buildtimetrend.masking import Masking
from buildtimetrend.settings import Settings


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    logging_setup.set_up(Settings(loglevel="INFO"))
    structlog.get_logger("ours").info("task.done", build="alice/app build 1", tries=2)
    logging.getLogger("theirs").warning("of a library: %s", "x")
    ours, theirs = lines(capsys)
    assert (ours["event"], ours["build"], ours["tries"], ours["level"]) == (
        "task.done",
        "alice/app build 1",
        2,
        "info",
    )
    assert (theirs["event"], theirs["logger"]) == ("of a library: x", "theirs")


def test_the_loglevel_decides_what_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logging_setup.set_up(Settings())
    structlog.get_logger("ours").info("quiet")
    logging.getLogger("theirs").info("quiet")
    structlog.get_logger("ours").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_no_secret_reaches_a_line_wherever_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings.of(
        loglevel="DEBUG",
        travis_token="s3cret-travis",
        admin_token="s3cret-admin",
        travis_account_token="s3cret-account",
        task_queue_broker_url="redis://user:s3cret-broker@127.0.0.1/0",
        keen_master_key="s3cret-keen",
    )
    logging_setup.set_up(settings)
    for secret in settings.secrets():
        structlog.get_logger("ours").info(f"event {secret}", value=f"x{secret}y", more={"deep": [secret]})
        logging.getLogger("theirs").warning("args %s", secret)
        try:
            raise ValueError(f"in a traceback: {secret}")
        except ValueError:
            logging.getLogger("theirs").exception("failed")
    text = capsys.readouterr().err
    assert "s3cret" not in text
    assert text.count("********") >= 5 * len(settings.secrets())


def test_a_secret_of_a_few_letters_leaves_words_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    logging_setup.set_up(Settings.of(admin_token="a", travis_account_token="en", store_token="f0ur"))
    structlog.get_logger("ours").warning("an event that happened", url="http://a.example/f0ur")
    [line] = lines(capsys)
    assert (line["event"], line["url"]) == ("an event that happened", "http://a.example/********")


def test_a_secret_that_is_part_of_another_leaves_nothing_of_it() -> None:
    assert Masking(["s3cret", "s3cret-and-more"])("x s3cret-and-more s3crets") == "x ******** ********s"
