from __future__ import annotations

import pytest

from tests.logs.writing import S, close_fold, end, fold, names, open_fold, phases, read, start, timed

CHECKOUT = fold("git.checkout", timed("0a573866", 0, S, "git clone"))


def bare(number: int, suffix: str = "") -> bytes:
    return timed(f"b{number:07x}", number * S, (number + 1) * S, f"command {number}", suffix)


def test_a_block_in_a_fold_has_the_name_of_the_fold() -> None:
    log = [fold("before_install.1", bare(1)), fold("install.npm", bare(2)), fold("after_script", bare(3))]
    assert names(*log) == ["before_install.1", "install.npm", "after_script"]
    assert phases(*log) == ["before_install", "install", "after_script"]


def test_further_blocks_of_a_fold_are_numbered() -> None:
    assert names(fold("apt", bare(1) + bare(2) + bare(3))) == ["apt", "apt.2", "apt.3"]
    assert names(fold("install", bare(1) + bare(2)), fold("install.2", bare(3))) == [
        "install",
        "install.3",
        "install.2",
    ]


def test_bare_blocks_after_the_install_phase_are_the_script() -> None:
    log = CHECKOUT + fold("install", bare(1)) + bare(2) + bare(3) + fold("after_success", bare(4))
    assert names(log) == ["git.checkout", "install", "script.1", "script.2", "after_success"]
    assert phases(log) == ["checkout", "install", "script", "script", "after_success"]


def test_bare_blocks_before_the_install_phase_are_not_the_script() -> None:
    log = CHECKOUT + bare(1) + fold("cache.1", bare(2)) + fold("before_install", bare(3)) + bare(4)
    assert names(log) == ["git.checkout", "setup.1", "cache.1", "before_install", "script.1"]


def test_a_bare_block_that_stopped_the_job_is_not_the_script() -> None:
    stop = b'\x1b[31;1mThe command "jdk_switcher use oraclejdk6" failed and exited with 1 during .\x1b[0m\r\n'
    log = CHECKOUT + bare(1) + stop + b"\r\nYour build has been stopped.\r\n"
    assert names(log) == ["git.checkout", "setup.1"]


GREEN = b'\r\n\x1b[32;1mThe command "x" exited with 0.\x1b[0m\r\n'


@pytest.mark.parametrize(
    "verdict", [GREEN, GREEN.replace(b"\x1b[32;1m", b"").replace(b"\r", b""), GREEN.lstrip()]
)
def test_a_verdict_below_a_bare_block_makes_it_the_script_and_those_before_set_up(verdict: bytes) -> None:
    log = (
        CHECKOUT + bare(1) + bare(2) + bare(3) + verdict + bare(4) + verdict + fold("after_success", bare(5))
    )
    assert phases(log) == ["checkout", "setup", "setup", "script", "script", "after_success"]
    assert names(log)[3:5] == ["script.1", "script.2"]
    log = CHECKOUT + fold("install", bare(1)) + bare(2) + bare(3) + verdict + bare(4)
    assert phases(log) == ["checkout", "install", "setup", "script", "script"]


def test_an_event_tells_more_than_a_verdict() -> None:
    log = (
        CHECKOUT
        + bare(1)
        + bare(2, ",event=before_script")
        + bare(3, ",event=script")
        + GREEN
        + bare(4, ",event=")
    )
    assert phases(log) == ["checkout", "setup", "before_script", "script", "script"]


def test_a_verdict_may_stand_below_the_end_of_a_fold() -> None:
    log = CHECKOUT + bare(1) + fold("mine", bare(2)) + GREEN
    assert [(s.name, s.phase) for s in read(log).steps][1:] == [("setup.1", "setup"), ("mine", "script")]


def test_folds_of_single_languages_have_their_phase() -> None:
    log = (
        CHECKOUT
        + fold("R-install", bare(1))
        + fold("package cache", bare(2))
        + fold("R-dependencies", bare(3))
    )
    log += fold("R-build", bare(4)) + fold("R-check", bare(5)) + fold("fail logs", bare(6))
    assert phases(log) == ["checkout", "setup", "cache", "install", "script", "script", "script"]
    assert names(log)[-3:] == ["R-build", "R-check", "fail logs"]


@pytest.mark.parametrize(
    "name", ["install", "deploy", "git", "git.checkout", "cache.1", "after_success", "script", "x"]
)
@pytest.mark.parametrize("ends", [True, False])
def test_folds_of_a_project_rename_nothing_around_them(name: str, ends: bool) -> None:
    own = open_fold(name) + b"output\r\n" + (close_fold(name) if ends else b"")
    first = start("aaaaaaaa", "./ci.sh") + own + own + b"\r\n" + end("aaaaaaaa", 2 * S, 5 * S)
    log = CHECKOUT + first + GREEN + bare(6) + GREEN + fold("after_success", bare(7))
    assert names(log) == ["git.checkout", "script.1", "script.2", "after_success"]
    assert phases(log) == ["checkout", "script", "script", "after_success"]
    install = fold("install", first) + bare(6) + GREEN
    assert names(CHECKOUT, install) == ["git.checkout", "install", "script.1"]


def test_a_timer_in_no_fold_of_its_own_is_named_by_its_id() -> None:
    inner = start("Build(x64)") + b"\r\n" + end("Build(x64)", 3 * S, 4 * S)
    log = (
        CHECKOUT
        + start("aaaaaaaa", "make")
        + inner
        + b"\r\n"
        + end("aaaaaaaa", 2 * S, 5 * S)
        + GREEN
        + bare(6)
    )
    assert names(log) == ["git.checkout", "script.1", "Build(x64)", "script.2"]


def test_bare_blocks_after_the_script_belong_to_what_follows_it() -> None:
    log = CHECKOUT + bare(1) + fold("after_success.1", bare(2)) + bare(3)
    assert phases(log) == ["checkout", "script", "after_success", "after_success"]


def test_the_set_up_blocks_of_new_logs_are_named_by_their_event() -> None:
    log = bare(1, ",event=no_world_writable_dirs") + bare(2, ",event=fix_etc_hosts") + bare(3, ",event=env")
    assert names(log) == ["setup.no_world_writable_dirs", "setup.fix_etc_hosts", "setup.env"]
    assert set(phases(log)) == {"setup"}


def test_events_of_the_phases_give_ordinals() -> None:
    log = bare(1, ",event=before_script") + bare(2, ",event=script") + bare(3, ",event=script")
    assert names(log) == ["before_script.1", "script.1", "script.2"]


def test_events_within_folds_keep_the_name_of_the_fold() -> None:
    log = fold("cache.1", bare(1, ",event=setup_casher") + bare(2, ",event=setup_casher"))
    log += fold("nvm.install", bare(3, ",event=setup")) + fold(
        "before_deploy.1", bare(4, ",event=after_success")
    )
    assert names(log) == ["cache.1", "cache.1.2", "nvm.install", "before_deploy.1"]
    assert phases(log) == ["cache", "cache", "setup", "before_deploy"]


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("git.checkout", "checkout"),
        ("git.submodule", "checkout"),
        ("git.1", "checkout"),
        ("services", "setup"),
        ("apt", "setup"),
        ("rvm", "setup"),
        ("go.env", "setup"),
        ("android.install", "setup"),
        ("install_jdk", "setup"),
        ("fix.CVE-2015-7547", "setup"),
        ("update_libssl1.0.0", "setup"),
        ("cache.bundler", "cache"),
        ("dpl_0", "deploy"),
        ("dpl.1", "deploy"),
        ("before_cache.1", "before_cache"),
        ("after_failure.3", "after_failure"),
    ],
)
def test_usual_folds_have_a_phase(name: str, phase: str) -> None:
    assert phases(fold(name, bare(1))) == [phase]


def test_folds_made_by_the_script_belong_to_the_script() -> None:
    inner = fold("unit-tests", start("custom-1") + end("custom-1", 3 * S, 4 * S))
    log = CHECKOUT + start("aaaaaaaa", "make") + inner + b"\r\n" + end("aaaaaaaa", 2 * S, 5 * S)
    assert [(s.name, s.phase, s.depth) for s in read(log).steps] == [
        ("git.checkout", "checkout", 0),
        ("script.1", "script", 0),
        ("unit-tests", "script", 1),
    ]


def test_folds_made_by_an_install_command_belong_to_install() -> None:
    inner = fold("deps", start("custom-1") + end("custom-1", 3 * S, 4 * S))
    log = fold("install.1", start("aaaaaaaa", "make") + inner + end("aaaaaaaa", 2 * S, 5 * S))
    assert [(s.name, s.phase) for s in read(log).steps] == [("install.1", "install"), ("deps", "install")]


def test_a_fold_that_never_ends_does_not_swallow_the_script() -> None:
    doubled = open_fold("system_info") + b"worker\r\n" + open_fold("system_info") + close_fold("system_info")
    assert names(doubled, CHECKOUT, bare(2)) == ["git.checkout", "script.1"]
    lost = start("aaaaaaaa", "make") + open_fold("mine") + end("aaaaaaaa", 2 * S, 3 * S)
    assert names(CHECKOUT, lost, bare(4), fold("cache.2", bare(5))) == [
        "git.checkout",
        "script.1",
        "script.2",
        "cache.2",
    ]


def test_a_cut_log_keeps_the_name_of_its_last_fold() -> None:
    assert names(CHECKOUT, open_fold("before_script"), bare(2)) == ["git.checkout", "before_script"]


def test_crossing_folds_are_told_apart_by_position() -> None:
    log = open_fold("git.checkout") + bare(1) + open_fold("postgresql") + bare(2) + close_fold("git.checkout")
    log += bare(3) + close_fold("postgresql") + fold("install", bare(4)) + bare(5)
    assert names(log) == ["git.checkout", "postgresql", "postgresql.2", "install", "script.1"]


def test_a_new_logs_block_around_a_fold_is_one_step() -> None:
    log = start("258b404b") + fold("system_info", b"Build language: c\r\n")
    log += end("258b404b", 0, S, ",event=show_system_info")
    assert names(log) == ["setup.show_system_info"]


def test_names_do_not_depend_on_ids_times_or_masked_text() -> None:
    def log(block: str, at: int, command: str) -> bytes:
        return (
            CHECKOUT
            + fold("install.1", timed(block, at, at + S, command))
            + timed(block[::-1], at, at, command)
        )

    assert names(log("01234567", S, "export KEY=[secure]")) == names(log("89abcdef", 9 * S, "export KEY=abc"))


def test_a_timer_of_ones_own_has_its_name_whether_it_prints_or_not() -> None:
    for inner in (timed("lint", 2 * S, 3 * S), start("lint") + end("lint", 2 * S, 3 * S)):
        log = CHECKOUT + start("aaaaaaaa", "./t") + inner + end("aaaaaaaa", S, 9 * S)
        assert names(log)[-1] == "lint"


def test_timers_in_a_fold_of_ones_own_keep_names_that_are_words() -> None:
    inner = fold("tests", timed("lint", 2 * S, 3 * S) + timed("430331123", 3 * S, 4 * S))
    assert names(CHECKOUT, start("aaaaaaaa", "./t"), inner, end("aaaaaaaa", S, 9 * S))[2:] == [
        "lint",
        "tests",
    ]


@pytest.mark.parametrize("own", ["install", "script", "git", "mine"])
def test_folds_of_ones_own_after_the_script_rename_no_phase(own: str) -> None:
    made = timed("aaaaaaaa", 0, S, "make") + b'\r\nThe command "make" exited with 0.\r\n'
    log = made + open_fold("dpl_0") + fold(own, timed("q", 2 * S, 3 * S)) + bare(4) + close_fold("dpl_0")
    assert phases(log) == ["script", "deploy", "deploy"]


def test_comments_above_a_command_name_nothing() -> None:
    for ends in ("\n", "\r\n"):
        command = ends.join(["# Enable it", "# now", "sudo apt-get update", "sudo apt-get install x"])
        (step,) = read(timed("aaaaaaaa", 0, S, command)).steps
        assert (step.command or "").startswith("sudo apt-get update")
    assert read(timed("aaaaaaaa", 0, S, "# nothing else")).steps[0].command is not None


def test_a_command_goes_on_behind_what_needs_more() -> None:
    for ends in ("\n", "\r\n"):
        command = ends.join(["docker run \\", "  -v /a:/b &&", "make"])
        (step,) = read(timed("aaaaaaaa", 0, S, command)).steps
        assert step.command == "docker run \\\n  -v /a:/b &&\nmake"
    assert read(timed("aaaaaaaa", 0, S, "make")).steps[0].command == "make"
