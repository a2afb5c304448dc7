"""What a comment on a pull request says, and when there is nothing to say."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from buildtimetrend.alerts.compared import Compared, band_of, compared
from buildtimetrend.alerts.pull_request import Links, code, comment, over
from buildtimetrend.model import Build, Matrix
from buildtimetrend.text import MINUS
from tests.alerts.examples import HOSTILE
from tests.alerts.pulls import USUAL, build_of

BASE = [build_of(number) for number in range(20)]
SLOWER = {**USUAL, "make test": 332.0}


def found(*builds: Build) -> Compared:
    one = compared(builds, BASE)
    assert one is not None
    return one


def pull(number: int = 30, **changed: object) -> Build:
    return build_of(number, pull=True, noise=0, **changed)  # type: ignore[arg-type]


def test_it_says_what_takes_longer_where_and_beyond_which_range() -> None:
    said = comment(
        found(pull(30, steps=SLOWER), pull(31, steps=SLOWER)), "master", Links("https://t/b", "https://t/c")
    )
    assert said is not None
    lines = said.splitlines()
    assert (
        lines[0] == "### CI is 52 s slower with this pull request: `make test` takes 52 s longer in both jobs"
    )
    assert lines[2:5] == [
        "| | this pull request | `master`, usual | |",
        "|---|--:|--:|---|",
        "| **Wall time** | **6 m 13 s** | 5 m 21 s | **▲ +52 s** (+16 %) |",
    ]
    assert lines[5] == "| `make test` in `3.5`, which ends last | 5 m 32 s | 4 m 40 s | ▲ +52 s |"
    assert "| waiting for a worker | 30 s | 30 s | within noise |" in lines
    assert "| 1 other step | 40 s | 40 s | within noise |" in lines
    assert re.search(
        r"^Beyond what chance does to 19 of 20 builds of `master` \(5 m \d+ s \S 5 m \d+ s\)\. "
        r"Both builds of this pull request show it: #30, #31\.$",
        said,
        re.MULTILINE,
    )
    assert "| `2.7` | 6 m 12 s | 5 m 20 s | ▲ +52 s |" in lines
    assert lines[-1] == (
        "<sub>[Compare with the base branch](https://t/c) · [build #31](https://t/b) · usual: the 20 passed "
        "builds of `master` until 21 Nov 2026, 03:05 UTC · kept up to date for 31f2c9b · "
        "quiet while within noise</sub>"
    )


def test_within_noise_there_is_nothing_to_say_and_what_stood_is_over() -> None:
    one = found(pull(30, steps=SLOWER), pull(31))
    assert comment(one, "master", Links()) is None
    assert (
        over(one, "master") == "CI takes as long as on `master` again: 5 m 21 s, usual 5 m 21 s (31f2c9b).\n"
    )


def test_nothing_is_compared_that_is_too_little_to_compare() -> None:
    assert compared([pull()], BASE[:9]) is None
    assert compared([], BASE) is None
    assert compared([pull(steps=SLOWER)], BASE[:10]) is not None


def test_waiting_a_job_and_nothing_alone_are_causes_too() -> None:
    late = build_of(30, pull=True, noise=0, waits=90.0)
    last = late.jobs[1]
    assert last.finished_at is not None
    # The wall time grows by what the last job waits: it starts later.
    waited = replace(
        late, finished_at=late.finished_at and late.finished_at.replace(minute=late.finished_at.minute + 1)
    )
    assert "jobs wait 1 m longer for a worker" in (comment(found(waited), "master", Links()) or "")
    many = {name: seconds * 1.3 for name, seconds in USUAL.items()} | {f"new {n}": 10.0 for n in range(9)}
    said = comment(found(pull(steps=many)), "master", Links()) or ""
    assert said.startswith("### CI is 3 m 6 s slower with this pull request: job `3.5` takes 3 m 6 s longer")
    in_one = pull(steps=SLOWER)
    one_slow = replace(in_one, jobs=(BASE[0].jobs[0], in_one.jobs[1]))
    assert ": `make test` takes 52 s longer in `3.5`\n" in (comment(found(one_slow), "master", Links()) or "")


def test_what_takes_less_is_said_as_well() -> None:
    said = comment(found(pull(steps={**USUAL, "make test": 200.0})), "master", Links()) or ""
    assert said.startswith(
        "### CI is 1 m 20 s faster with this pull request: `make test` takes 1 m 20 s less in both"
    )
    assert f"**▼ {MINUS}1 m 20 s** ({MINUS}25 %)" in said


def test_a_build_that_passed_again_as_before_is_not_counted_among_those_that_show_it() -> None:
    said = comment(found(pull(30), pull(31, steps=SLOWER)), "master", Links()) or ""
    assert "1 of 2 builds of this pull request show it: #31." in said
    alone = comment(found(pull(31, steps=SLOWER)), "master", Links()) or ""
    assert "the only build of this pull request so far that passed: #31." in alone


def test_what_strangers_write_is_code_and_breaks_no_table() -> None:
    odd = {**USUAL, HOSTILE: 60.0}
    base = [build_of(number, steps=odd) for number in range(20)]
    slow = build_of(30, pull=True, noise=0, steps={**odd, HOSTILE: 140.0})
    named = replace(
        slow, number=HOSTILE, jobs=tuple(replace(job, matrix=Matrix(HOSTILE, {})) for job in slow.jobs)
    )
    one = compared(
        [named],
        [
            replace(each, jobs=tuple(replace(j, matrix=Matrix(HOSTILE, {})) for j in each.jobs))
            for each in base
        ],
    )
    assert one is not None
    said = comment(one, HOSTILE, Links()) or ""
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
    outside = re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", said)
    assert "@" in said
    assert not re.search(r"@|<script|evil", outside)


def test_code_holds_whatever_it_quotes() -> None:
    assert code("make test") == "`make test`"
    assert code("a `b` ``c``") == "``` a `b` ``c`` ```"
    assert code("a|b") == "`a\\|b`"
    assert code(" \n ") == "`?`"


def test_of_unchanged_builds_19_of_20_are_within_the_band() -> None:
    chance = random.Random(7)
    for count in (10, 20):
        outside = 0
        for _ in range(4000):
            values = [300 * chance.lognormvariate(0, 0.15) for _ in range(count + 1)]
            band = band_of(values[:count])
            assert band is not None
            outside += not band.low <= values[count] <= band.high
        assert 0.04 <= outside / 4000 <= 0.06
