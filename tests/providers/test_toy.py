"""One folder and one line make a CI system: hooks, imports, sweeps, pages and settings follow."""

from __future__ import annotations

import json
import socket
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend import bootstrap
from buildtimetrend.cli import main
from buildtimetrend.errors import SettingsError
from buildtimetrend.model import Build, BuildRef
from buildtimetrend.providers import PROVIDERS
from buildtimetrend.providers.base import Received
from buildtimetrend.settings import ROWS, Settings, load
from buildtimetrend.store import reads
from buildtimetrend.tasks.sweep import Sweep
from buildtimetrend.web import hooks
from tests.providers.contract import Recorded, recorded
from tests.providers.server import Reply
from tests.providers.toy import Toy
from tests.tasks.providers import eventually

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it prefers a successor of httpx that we have no other use for
    from starlette.testclient import TestClient

SOURCE = Path(__file__).parents[2] / "src"
REPO = "maker/toys/train"


@pytest.fixture(autouse=True)
def the_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROVIDERS, "toy", "tests.providers.toy:Toy")


@pytest.fixture
def toy() -> Iterator[Recorded]:
    with recorded("toy") as found:
        yield found


@contextmanager
def serving(toy: Recorded, *more: Any, **values: Any) -> Iterator[tuple[bootstrap.Service, TestClient]]:
    settings = Settings.of(
        store_url="duckdb://:memory:",
        sweep_interval=0.0,
        multi_import_delay=0.0,
        sections=(toy.section(), *more),
        **values,
    )
    with bootstrap.opened(settings) as service, TestClient(service.app, follow_redirects=False) as client:
        yield service, client


def sent(client: TestClient, request: Received, path: str = "/hooks/toy") -> Any:
    return client.post(path, content=request.body, headers=dict(request.headers))


def numbers(service: bootstrap.Service) -> list[str]:
    found = service.store.select("SELECT number FROM build ORDER BY number")
    return [str(number) for number in found["number"]]


def test_nothing_else_knows_of_it() -> None:
    known = [path for path in SOURCE.rglob("*.py") if "toy" in path.read_text(encoding="utf-8").lower()]
    assert known == []


def test_hooks_name_no_build_or_one_or_bring_a_whole_one(toy: Recorded) -> None:
    with serving(toy) as (service, client):
        answers = [sent(client, request) for request, _ in toy.hooks()]
        assert [answer.status_code for answer in answers] == [202] * 4
        named, whole, going, ping = (answer.text for answer in answers)
        assert named == f"{REPO} build 3 is scheduled.\n"
        assert whole == f"{REPO} build 4 is stored.\n"
        assert "has not finished (state going)" in going
        assert "names no build" in ping
        eventually(lambda: numbers(service) == ["3", "4"], 30)
        kept = service.store.select("SELECT provider, instance, repo FROM delivery ORDER BY repo")
        assert kept["repo"] == ["", REPO, REPO, REPO]
        assert set(kept["provider"]) == {"toy"}
        assert set(kept["instance"]) == {toy.server.url}
        steps = service.store.select("SELECT name FROM step ORDER BY job_key, position")
        assert steps["name"] == ["make", "make test"] * 2
        again = [sent(client, request).text for request, _ in toy.hooks()]
        assert ["received before" in text for text in again] == [True, True, True, False]


def test_a_hook_without_the_secret_is_refused_and_nothing_kept(toy: Recorded) -> None:
    with serving(toy) as (service, client):
        request, _ = next(toy.hooks())
        answer = client.post("/hooks/toy", content=request.body)
        assert answer.status_code == 401
        assert answer.json()["error"]["detail"] == "x-toy-secret"
        assert service.store.select("SELECT id FROM delivery")["id"] == []


def test_it_says_how_large_its_hooks_may_be(toy: Recorded) -> None:
    request = next(toy.hooks())[0]
    padded = {size: request.body + b" " * size for size in (2_000_000, Toy.body_limit)}
    with serving(toy) as (_, client):
        answers = {
            size: client.post("/hooks/toy", content=body, headers=dict(request.headers)).status_code
            for size, body in padded.items()
        }
        assert answers == {2_000_000: 202, Toy.body_limit: 413}
        assert client.post("/hooks/travis", content=padded[2_000_000]).status_code == 413


def test_its_builds_are_imported_and_shown(toy: Recorded) -> None:
    with serving(toy) as (service, client):
        wanted = {"provider": "toy", "repo": REPO, "first": 1, "last": 4}
        created = client.post("/api/v1/imports", json=wanted)
        assert created.status_code == 202
        path = f"/api/v1/imports/{created.json()['id']}"
        eventually(lambda: client.get(path).json()["finished_at"], 30)
        progress = client.get(path).json()
        assert (progress["done"], progress["absent"], progress["instance"]) == (3, 1, toy.server.url)
        assert numbers(service) == ["1", "2", "3"]
        page = client.get(f"/build/toy/{REPO}/2")
        assert page.status_code == 200
        assert "make test" in page.text
        assert client.get(f"/dashboard/{REPO}").status_code == 200
        assert f"/dashboard/{REPO}" in client.get("/imports").text


def test_a_sweep_finds_what_no_hook_told_of(toy: Recorded) -> None:
    with serving(toy) as (service, client):
        _, whole, *_ = [request for request, _ in toy.hooks()]
        first = json.loads(whole.body)
        first["build"] |= {"id": "t1", "number": "1"}
        sent(client, Received(whole.headers, json.dumps(first).encode()))
        found = Sweep(service.settings, service.store, service.providers, service.tasks.schedule).once()
        assert found == 2
        eventually(lambda: numbers(service) == ["1", "2", "3"], 30)


def test_pages_tell_how_to_begin_with_it(toy: Recorded) -> None:
    with serving(toy) as (_, client):
        index, imports = client.get("/").text, client.get("/imports").text
        assert "Toy CI tells it. Put this into <code>toy.json</code>:" in index
        assert "http://testserver/hooks/toy" in index
        assert "http://testserver/travis" in index
        assert "<option>toy</option>" in imports
        told = client.get("/api/v1/providers").json()["providers"]
        assert {"name": "toy", "instance": toy.server.url, "hook": "/hooks/toy"} in told


def test_its_settings_come_from_file_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config, secret = tmp_path / "config.yml", tmp_path / "secret"
    secret.write_text("from-a-file\nand more\n", encoding="utf-8")
    config.write_text(
        f"buildtimetrend:\n  toy:\n    url: https://toys.example/\n    secret_file: {secret}\n",
        encoding="utf-8",
    )
    loaded = load({"BTT_TOY_DELAY": "7"}, config)
    given = loaded.settings.section("toy").values
    assert (given.url, given.secret, given.delay) == ("https://toys.example", "from-a-file", 7.0)
    assert loaded.sources["toy_delay"] == "environment BTT_TOY_DELAY"
    assert loaded.warnings == ()
    assert loaded.settings.secrets() == ("from-a-file",)
    assert load({"BTT_TOY_SECRET_FILE": str(secret)}).settings.value("toy_secret") == "from-a-file"
    config.write_text("buildtimetrend:\n  toy:\n    url: ftp://x\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"toy.url in .*'ftp://x' is not allowed"):
        load({}, config)
    assert "toy_secret" in ROWS
    monkeypatch.setenv("BTT_TOY_SECRET", "s3cret")
    monkeypatch.setenv("PORT", "0")
    with pytest.raises(SystemExit):
        main(["check-config"])
    shown = capsys.readouterr().out
    assert "s3cret" not in shown
    assert "toy.secret" in shown


def test_several_servers_of_a_kind_are_named_in_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(
        """
buildtimetrend:
  toy:
    url: https://toys.example
    instances:
      - {name: other-toys, url: "https://other.example/", secret: s3cret}
""",
        encoding="utf-8",
    )
    loaded = load({}, config)
    assert [(each.name, each.kind) for each in loaded.settings.servers()] == [
        *((kind, kind) for kind in PROVIDERS),
        ("other-toys", "toy"),
    ]
    assert loaded.settings.section("other-toys").values.url == "https://other.example"
    assert loaded.settings.secrets() == ("s3cret",)
    assert loaded.warnings == ()


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("{name: a}", "must be a list"),
        ("[1]", "entry 1 must hold a name and settings, not 1"),
        ("[{url: 'https://x.example'}]", "its name must be"),
        ("[{name: toy}]", "its name must be"),
        ("[{name: A/B}]", "its name must be"),
        ("[{name: a, url: 'https://a.example'}, {name: a, url: 'https://b.example'}]", "taken twice"),
        ("[{name: a, url: ftp://x}]", "entry 1: url: 'ftp://x' is not allowed"),
        ("[{name: a, secrte: x}]", "Did you mean secret?"),
        ("[{name: a}]", "toy and a have the same address"),
        ("[{name: a, url: 'https://x.example', secret_file: /nowhere}]", "/nowhere cannot be read"),
    ],
)
def test_a_wrong_server_stops_the_start_and_is_named(tmp_path: Path, entries: str, said: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"buildtimetrend:\n  toy:\n    instances: {entries}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load({}, config)
    assert said in refused.value.message
    assert "toy" in refused.value.message


def test_each_of_two_servers_has_its_hooks_and_imports(toy: Recorded) -> None:
    with ExitStack() as stack:
        other = stack.enter_context(recorded("toy"))
        service, client = stack.enter_context(serving(toy, other.section("other-toys")))
        request = next(toy.hooks())[0]
        for path in ("/hooks/toy", "/hooks/other-toys"):
            assert "is scheduled" in sent(client, request, path).text
        wanted = {"provider": "other-toys", "repo": REPO, "first": 2}
        assert client.post("/api/v1/imports", json=wanted).status_code == 202
        eventually(lambda: numbers(service) == ["2", "3", "3"], 30)
        found = service.store.select("SELECT instance, number FROM build ORDER BY number")
        assert found["instance"][0] == other.server.url
        assert set(found["instance"]) == {toy.server.url, other.server.url}
        assert service.store.select("SELECT instance FROM import")["instance"] == [other.server.url]
        assert "Toy CI (other-toys)" in client.get("/").text
        assert reads.swept_repos(service.store, "toy", other.server.url) == [(REPO, REPO)]


def test_a_key_that_does_not_come_holds_up_nobody_elses_hooks(
    toy: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, waiting = threading.Event(), threading.Semaphore(0)
    receive = Toy.receive

    def slow(self: Toy, request: Received) -> Any:
        if self.name == "slow":
            waiting.release()
            released.wait(60)
        return receive(self, request)

    monkeypatch.setattr(Toy, "receive", slow)
    with ExitStack() as stack:
        other = stack.enter_context(recorded("toy"))
        _, client = stack.enter_context(serving(toy, other.section("slow")))
        request = next(toy.hooks())[0]
        pool = stack.enter_context(ThreadPoolExecutor(2 * hooks.THREADS))
        stack.callback(released.set)
        held = [pool.submit(sent, client, request, "/hooks/slow") for _ in range(2 * hooks.THREADS)]
        for _ in range(hooks.THREADS):
            assert waiting.acquire(timeout=30)
        assert sent(client, request).status_code == 202
        assert not any(each.done() for each in held)
        released.set()
        assert {each.result(60).status_code for each in held} == {202}


def test_an_api_that_hangs_holds_up_nobody_elses_builds(
    toy: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, waiting = threading.Event(), threading.Semaphore(0)
    fetch = Toy.fetch

    def hanging(self: Toy, ref: BuildRef) -> Build:
        if self.name == "hanging":
            waiting.release()
            released.wait(120)
        return fetch(self, ref)

    monkeypatch.setattr(Toy, "fetch", hanging)
    with ExitStack() as stack:
        other = stack.enter_context(recorded("toy"))
        service, client = stack.enter_context(serving(toy, other.section("hanging"), workers=2))
        stack.callback(released.set)
        request, _ = next(toy.hooks())
        for number in range(6):
            told = json.loads(request.body)
            told["build"] |= {"id": f"h{number}", "number": str(number)}
            sent(client, Received(request.headers, json.dumps(told).encode()), "/hooks/hanging")
        for _ in range(2):
            assert waiting.acquire(timeout=30)
        sent(client, request)
        eventually(lambda: numbers(service) == ["3"], 20)


def test_the_latest_builds_are_imported_and_those_since_a_day(toy: Recorded) -> None:
    with serving(toy) as (service, client):
        wanted = {"provider": "toy", "repo": f"https://code.example/{REPO}.git", "builds": "latest  2"}
        created = client.post("/api/v1/imports", json=wanted)
        assert (created.status_code, created.json()["scheduled"]) == (202, 2)
        eventually(lambda: numbers(service) == ["2", "3"], 30)
        shown = client.get(f"/api/v1/imports/{created.json()['id']}").json()
        assert (shown["selection"], shown["first"], shown["last"]) == ("latest 2", 2, 3)
        form = {"provider": "toy", "repo": REPO, "builds": "since 2026-11-01"}
        answer = client.post("/imports", data=form)
        assert answer.status_code == 202
        assert f"3 builds of {REPO} are scheduled" in answer.text
        assert "since 2026-11-01" in answer.text
        eventually(lambda: numbers(service) == ["1", "2", "3"], 30)
        assert "since 2026-11-01" in client.get("/imports").text


def test_no_more_than_may_be_at_once_are_imported_and_it_is_said(toy: Recorded) -> None:
    with serving(toy, multi_import_max_builds=2) as (_, client):
        wanted = {"provider": "toy", "repo": REPO, "builds": "latest 1000"}
        created = client.post("/api/v1/imports", json=wanted).json()
        assert created["scheduled"] == 2
        assert created["warnings"] == [
            "Warning: at most 2 builds are imported at once: builds older than 2 are left out."
        ]


@pytest.mark.parametrize("path", ["/api/v1/imports", "/imports"])
def test_a_wrong_name_fails_at_once_with_what_was_asked_and_where(toy: Recorded, path: str) -> None:
    with serving(toy) as (service, client):
        wanted = {"provider": "toy", "repo": "maker/toys/tarin", "builds": "latest 5"}
        given = {"json": wanted} if "api" in path else {"data": wanted}
        answer = client.post(path, **given)
        assert answer.status_code in (404, 502)
        assert "Toy CI answered 404 to /maker/toys/tarin/builds" in answer.text
        assert service.store.select("SELECT id FROM task")["id"] == []
        assert service.store.select("SELECT id FROM import")["id"] == []


@pytest.mark.parametrize("path", ["/api/v1/imports", "/imports"])
def test_without_a_network_the_reason_is_told_at_once(toy: Recorded, path: str) -> None:
    with ExitStack() as stack:
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        values = replace(toy.section().values, url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        toys = replace(toy.section("cut-off"), values=values)
        _, client = stack.enter_context(serving(toy, toys))
        wanted = {"provider": "cut-off", "repo": REPO, "builds": "since 90 days"}
        answer = client.post(path, **({"json": wanted} if "api" in path else {"data": wanted}))
        assert answer.status_code == 503
        assert "Toy CI could not be asked" in answer.text
        if path == "/imports":
            assert f'value="{REPO}"' in answer.text
            assert 'value="since 90 days"' in answer.text


def test_why_builds_wait_stands_first_on_the_page(toy: Recorded) -> None:
    with serving(toy) as (service, client):
        toy.server.routes.clear()
        toy.server.otherwise = Reply(b"down", 503)
        client.post("/api/v1/imports", json={"provider": "toy", "repo": REPO, "first": 1, "last": 3})
        reasons = "SELECT id FROM task WHERE reason IS NOT NULL"
        eventually(lambda: len(service.store.select(reasons)["id"]) == 3, 30)
        page = client.get("/imports").text.partition("<main")[2]
        first = page.index("Toy CI could not be asked")
        assert page.index("Why builds wait") < first < page.index("<form")
        assert first < page.index("Latest imports")


def test_the_page_tells_when_a_notification_came(toy: Recorded) -> None:
    with serving(toy) as (_, client):
        assert "Last notification received" not in client.get("/").text
        sent(client, next(toy.hooks())[0])
        page = client.get("/").text
        assert page.count("Last notification received") == 1
        assert page.index("Toy CI</strong>") < page.index("Last notification received")
        assert "http://testserver/hooks/toy" in page
