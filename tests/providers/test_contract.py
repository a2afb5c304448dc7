"""Every registered CI system keeps the contract of `Provider`; so does one that is made up here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from buildtimetrend.errors import Error, Stopped
from buildtimetrend.model import BuildRef, LogState
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.base import Latest, Numbers, Period, Provider
from buildtimetrend.setting import declared
from buildtimetrend.settings import ROWS
from tests.providers.contract import Recorded, opened, recorded
from tests.providers.server import Reply

ROOT = Path(__file__).parents[2]
REGISTERED = [*PROVIDERS]
MOST_REQUESTS = 300  # of one list, whatever the CI answers


@pytest.fixture(params=[*REGISTERED, "toy"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each CI system; the line of the one that is made up is added here."""
    name: str = request.param
    if name == "toy":
        request.getfixturevalue("monkeypatch").setitem(PROVIDERS, "toy", "tests.providers.toy:Toy")
    return name


@pytest.fixture
def found(kind: str) -> Iterator[Recorded]:
    with recorded(kind) as made:
        yield made


@pytest.fixture
def provider(found: Recorded) -> Iterator[Provider]:
    with opened(found) as made:
        yield made


def test_it_says_what_it_is_and_its_settings_have_defaults(kind: str) -> None:
    system = provider_class(kind)
    rows = declared(system.settings)
    assert system.kind == kind
    assert system.title
    assert system.settings()
    assert {field.name for field in fields(system.settings)} == set(rows), "each field is a setting"
    assert system.address in rows
    for name, setting in rows.items():
        assert re.fullmatch(rf"{kind}[._]{name}", setting.row.key)
        assert setting.row.help.endswith(".")
        assert ROWS[f"{kind}_{name}"] == setting.row
    assert {type(result) for result in system.states.values()} > {type(None)}


def test_of_what_is_recorded_hooks_are_read(found: Recorded, provider: Provider) -> None:
    assert provider.kind == found.kind
    assert provider.instance == found.server.url
    read = 0
    for request, expected in found.hooks():
        hook = provider.receive(request)
        assert (hook.repo, hook.ref and hook.ref.id) == (expected["repo"], expected["id"])
        assert (hook.finished, hook.build is not None) == (expected["finished"], expected["whole"])
        if hook.ref:
            assert (hook.ref.provider, hook.ref.instance) == (found.kind, found.server.url)
        if hook.build:
            assert hook.build.id == expected["id"]
            assert hook.build.instance == found.server.url
        read += 1
    assert read


@pytest.mark.parametrize("damage", ["cut", "flipped", "nothing", "nonsense", "deep", "no text"])
def test_a_damaged_hook_is_refused_and_says_why(found: Recorded, provider: Provider, damage: str) -> None:
    for request, _ in found.hooks():
        body = {
            "cut": request.body[: len(request.body) // 2],
            "flipped": request.body[::-1],
            "nothing": b"",
            "nonsense": b"payload=%5B1%5D",
            "deep": b"[" * 100_000,
            "no text": b"\xff\xfe\x00" + request.body[:0],
        }[damage]
        with pytest.raises(Error) as refused:
            provider.receive(replace(request, body=body))
        assert len(refused.value.message) > 10


def test_builds_are_fetched_whole(found: Recorded, provider: Provider) -> None:
    for expected in found.document["fetched"]:
        by_number = expected.get("by_number", False)
        named = {"number": expected["number"]} if by_number else {"id": expected["id"]}
        build = provider.fetch(BuildRef(found.kind, found.server.url, expected["repo"], **named))
        assert (build.provider, build.instance, build.repo) == (
            found.kind,
            found.server.url,
            expected["repo"],
        )
        assert (build.id, build.number) == (expected["id"], expected["number"])
        assert build.result == expected["result"]
        assert len(build.jobs) == expected["jobs"]
        assert {build.raw_result, *(job.raw_result for job in build.jobs)} <= set(provider.states)
        assert build.result is provider.states[build.raw_result]
        steps = sum(len(job.steps) or _steps_of_log(provider, build, job) for job in build.jobs)
        assert steps == expected["steps"] if expected["steps"] else steps > 0


def _steps_of_log(provider: Provider, build: object, job: object) -> int:
    log = provider.log(build, job)  # type: ignore[arg-type]
    if log is None:
        return 0
    with log:
        parsed = provider.parse(log.chunks)
    assert log.state is LogState.COMPLETE
    return len(parsed.steps)


@pytest.mark.parametrize("log", [b"", b"\x00\xff" * 100, b"travis_time:start:", b"\r\n" * 1000])
def test_whatever_is_in_a_log_is_read(provider: Provider, log: bytes) -> None:
    assert provider.parse(iter([log])).steps == ()


def test_builds_are_listed_newest_first_and_by_what_is_selected(found: Recorded, provider: Provider) -> None:
    expected = found.document["listed"]
    repo, numbers = expected["repo"], expected["numbers"]
    latest = list(provider.select(repo, Latest(1000)))
    assert [ref.number for ref in latest] == numbers
    assert {(ref.provider, ref.instance, ref.repo) for ref in latest} == {
        (found.kind, found.server.url, repo)
    }
    assert all(ref.id for ref in latest)
    assert [ref.number for ref in provider.select(repo, Latest(1))] == numbers[:1]
    since = datetime.fromisoformat(expected["since"])
    chosen = provider.select(repo, Period(since, datetime.now(UTC)))
    assert [ref.number for ref in chosen] == expected["in_period"]
    newest = int(numbers[0])
    by_number = list(islice(provider.select(repo, Numbers(newest, newest)), 10))
    assert [ref.number for ref in by_number] == numbers[:1]


def test_a_list_is_read_page_by_page(found: Recorded, provider: Provider) -> None:
    next(iter(provider.select(found.document["listed"]["repo"], Latest(1))))
    assert len(found.server.asked) == 1


def test_a_list_that_leads_nowhere_ends_by_itself(found: Recorded, provider: Provider) -> None:
    path = found.document["listed"]["path"]
    first = found.server.routes[path]
    found.server.routes[path] = lambda asked: (
        first if isinstance(first, Reply) else first(replace(asked, query={}))
    )
    repo = found.document["listed"]["repo"]
    ever = Period(datetime(1990, 1, 1, tzinfo=UTC), datetime.now(UTC))
    for selection in (Latest(10**6), Numbers(1, 10**9), ever):
        before = len(found.server.asked)
        with suppress(Error):
            list(provider.select(repo, selection))
        assert len(found.server.asked) - before <= MOST_REQUESTS


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
@pytest.mark.parametrize("body", [b"<html>no</html>", b"{}", b"[]", b""])
def test_a_wrong_answer_is_an_error_that_says_so(
    found: Recorded, provider: Provider, status: int, body: bytes
) -> None:
    found.server.routes.clear()
    found.server.otherwise = Reply(body, status)
    repo = found.document["listed"]["repo"]
    ref = BuildRef(found.kind, found.server.url, repo, id="1")
    for ask in (lambda: provider.fetch(ref), lambda: list(provider.select(repo, Latest(3)))):
        with pytest.raises(Error) as refused:
            ask()
        assert not isinstance(refused.value, Stopped)
        assert len(refused.value.message) > 10


def test_closed_it_gives_up_whatever_is_asked(found: Recorded, provider: Provider) -> None:
    provider.close()
    repo = found.document["listed"]["repo"]
    with pytest.raises(Stopped):
        provider.fetch(BuildRef(found.kind, found.server.url, repo, id="1"))
    with pytest.raises(Stopped):
        list(provider.select(repo, Latest(3)))
    provider.close()


def test_people_are_told_where_hooks_go(provider: Provider) -> None:
    told = provider.set_up("https://ci.example/hooks/x")
    assert "https://ci.example/hooks/x" in told.snippet
    assert told.text.count("{file}") == 1
    assert told.file


@pytest.mark.parametrize("kind", REGISTERED)
def test_the_documentation_has_it(kind: str) -> None:
    system = provider_class(kind)
    providers = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert undocumented(system, providers, settings) == []


def test_the_documentation_lacks_what_it_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROVIDERS, "toy", "tests.providers.toy:Toy")
    toy = provider_class("toy")
    assert undocumented(toy, "", "")[0] == "docs/providers.md: ## Toy CI"
    assert {"`toy.url`", "`going`"} <= {each.partition(": ")[2] for each in undocumented(toy, "", "")}


def undocumented(system: type[Provider], providers: str, settings: str) -> list[str]:
    rows = [setting.row.key for setting in declared(system.settings).values()]
    wanted = [
        ("docs/providers.md", providers, f"## {system.title}"),
        *(("docs/providers.md", providers, f"`{word}`") for word in system.states),
        *(("docs/settings.md", settings, f"`{key}`") for key in rows),
    ]
    return [f"{name}: {what}" for name, text, what in wanted if what not in text]
