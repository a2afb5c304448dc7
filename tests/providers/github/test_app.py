"""A GitHub App in place of a token."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from buildtimetrend.errors import PermanentError, SettingsError
from buildtimetrend.model import BuildRef
from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.github.api import PEER
from buildtimetrend.providers.github.app import BELIEVED, App
from buildtimetrend.providers.http import Answer, Client, Limits
from buildtimetrend.settings import load
from tests.providers.github.answers import REPO, RUNS, job, run, serve
from tests.providers.github.conftest import Opener
from tests.providers.server import Asked, Reply, Server

KEY = rsa.generate_private_key(65537, 2048)


def pem(key: Any = KEY) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


class Installations:
    """Gives tokens that are counted, each for an hour; refuses those that are in `revoked`."""

    def __init__(self, server: Server, lasts: timedelta = timedelta(hours=1)) -> None:
        self.given = 0
        self.revoked: set[str] = set()
        self.lasts = lasts
        server.routes[f"/repos/{REPO}/installation"] = Reply({"id": 555})
        server.routes["/app/installations/555/access_tokens"] = self.token
        self.server = server
        for path, route in list(server.routes.items()):
            if path.startswith(RUNS):
                server.routes[path] = self.guarded(route)

    def install_again(self) -> None:
        """The App was removed, which ends its tokens, and installed again."""
        self.revoked |= {f"Bearer ghs_{number}" for number in range(1, self.given + 1)}
        del self.server.routes["/app/installations/555/access_tokens"]
        self.server.routes[f"/repos/{REPO}/installation"] = Reply({"id": 556})
        self.server.routes["/app/installations/556/access_tokens"] = self.token

    def token(self, asked: Asked) -> Reply:
        self.given += 1
        ends_at = datetime.now(UTC) + self.lasts
        return Reply({"token": f"ghs_{self.given}", "expires_at": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}"}, 201)

    def guarded(self, route: Any) -> Any:
        def answer(asked: Asked) -> Reply:
            if asked.headers.get("authorization") in self.revoked:
                return Reply({"message": "Bad credentials"}, 401)
            reply: Reply = route(asked) if callable(route) else route
            return reply

        return answer


@pytest.fixture
def app(server: Server, opened: Opener) -> GitHub:
    serve(server, run(), [job()])
    return opened(github_app_id="1234", github_app_key=pem())


def ref(github: GitHub) -> BuildRef:
    return BuildRef("github", github.instance, REPO, "9001")


def test_a_token_of_the_installation_is_used_until_it_ends(server: Server, app: GitHub) -> None:
    installations = Installations(server)
    for _ in range(3):
        assert app.fetch(ref(app)).id == "9001"
    assert installations.given == 1
    used = {each.headers["authorization"] for each in server.asked if each.path.startswith(RUNS)}
    assert used == {"Bearer ghs_1"}


def test_the_app_proves_itself_by_its_key(server: Server, app: GitHub) -> None:
    Installations(server)
    app.fetch(ref(app))
    for path in (f"/repos/{REPO}/installation", "/app/installations/555/access_tokens"):
        [asked] = [each for each in server.asked if each.path == path]
        head, claims, signature = asked.headers["authorization"].removeprefix("Bearer ").split(".")
        decoded = [base64.urlsafe_b64decode(part + "==") for part in (head, claims, signature)]
        KEY.public_key().verify(decoded[2], f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        assert json.loads(decoded[0]) == {"alg": "RS256", "typ": "JWT"}
        told = json.loads(decoded[1])
        now = datetime.now(UTC).timestamp()
        assert told["iss"] == "1234"
        assert told["iat"] <= now < told["exp"] <= told["iat"] + 600


def test_a_token_that_is_about_to_end_is_renewed(server: Server, app: GitHub) -> None:
    installations = Installations(server, lasts=timedelta(minutes=4))
    app.fetch(ref(app))
    app.fetch(ref(app))
    assert installations.given > 1


def test_a_token_that_was_revoked_is_replaced_once(server: Server, app: GitHub) -> None:
    installations = Installations(server)
    app.fetch(ref(app))
    installations.revoked.add("Bearer ghs_1")
    assert app.fetch(ref(app)).id == "9001"
    assert installations.given == 2
    installations.revoked |= {f"Bearer ghs_{number}" for number in range(20)}
    with pytest.raises(PermanentError, match="401"):
        app.fetch(ref(app))


def test_an_app_that_was_installed_again_goes_on(server: Server, app: GitHub) -> None:
    installations = Installations(server)
    app.fetch(ref(app))
    installations.install_again()
    assert app.fetch(ref(app)).id == "9001"
    assert app.fetch(ref(app)).id == "9001"
    assert installations.given == 2


def test_an_app_that_was_installed_again_after_its_token_ended_goes_on(server: Server, app: GitHub) -> None:
    installations = Installations(server, lasts=timedelta(minutes=1))
    app.fetch(ref(app))
    installations.install_again()
    assert app.fetch(ref(app)).id == "9001"


def test_another_repo_of_an_installation_that_was_made_again_goes_on(server: Server, app: GitHub) -> None:
    """The first repo's refusal gives up the token that both had."""
    other = "octo-org/other"
    told = run(9002, repository={"id": 43, "full_name": other})
    serve(server, told, [job()])
    installations = Installations(server)
    server.routes[f"/repos/{other}/installation"] = Reply({"id": 555})
    second = BuildRef("github", app.instance, other, "9002")
    app.fetch(ref(app))
    app.fetch(second)
    installations.install_again()
    server.routes[f"/repos/{other}/installation"] = Reply({"id": 556})
    assert app.fetch(ref(app)).id == "9001"
    assert app.fetch(second).id == "9002"


def test_a_repo_that_went_to_another_owner_is_looked_up_anew_now_and_then() -> None:
    class Answers(Client):
        asked: ClassVar[list[str]] = []
        installation = 555

        def answer(self, path: str, *args: Any, **named: Any) -> Answer:
            self.asked.append(path)
            return Answer({"id": self.installation, "token": "t"}, {})

    now = 1_780_000_000.0
    client = Answers(PEER, "https://api.github.com", {}, 1, Limits())
    app = App(client, "1", pem(), clock=lambda: now)
    app.headers(REPO)
    client.installation = 556
    assert not app.refused(REPO, 404), "just looked up: what is asked for is not there"
    now += BELIEVED
    assert app.refused(REPO, 404)
    assert app.counted(REPO) == "556"
    assert not app.refused(REPO, 404)
    assert len(client.asked) == 3
    client.close()


def test_a_repo_where_it_is_not_installed_is_told(server: Server, app: GitHub) -> None:
    with pytest.raises(PermanentError, match=rf"not installed at {REPO}"):
        app.fetch(ref(app))


@pytest.mark.parametrize("kind", ["orgs", "users"])
def test_all_repos_of_an_owner_are_those_of_its_installation(server: Server, app: GitHub, kind: str) -> None:
    Installations(server)
    server.routes[f"/{kind}/octo-org/installation"] = Reply({"id": 555})
    server.routes["/installation/repositories"] = Reply(
        {"repositories": [{"id": 1, "full_name": REPO}, {"id": 2, "full_name": "octo-org/other"}]}
    )
    assert list(app.repos("octo-org")) == [REPO, "octo-org/other"]
    with pytest.raises(PermanentError, match="not installed at nobody"):
        list(app.repos("nobody"))


def test_each_installation_has_a_limit_of_its_own(server: Server, app: GitHub) -> None:
    Installations(server)
    soon = str(int(datetime.now(UTC).timestamp()) + 900)
    serve(server, run(), [job()])
    route = server.routes[f"{RUNS}/9001"]
    assert isinstance(route, Reply)
    route.headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "77", "X-RateLimit-Reset": soon}
    app.fetch(ref(app))
    limit = app.rate_limit()
    assert limit is not None
    assert limit.remaining == 77


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"github_app_id": "1"}, "github.app_key"),
        ({"github_app_key": pem()}, "github.app_id"),
        ({"github_app_id": "1", "github_app_key": "no key"}, "github.app_key"),
        (
            {"github_app_id": "1", "github_app_key": pem(ec.generate_private_key(ec.SECP256R1()))},
            "github.app_key",
        ),
    ],
)
def test_what_is_no_app_stops_the_start(opened: Opener, settings: dict[str, str], key: str) -> None:
    with pytest.raises(SettingsError, match=key) as refused:
        opened(**settings)
    assert refused.value.detail == key
    assert "PRIVATE" not in refused.value.message


def test_the_key_lies_in_the_file_that_github_made(tmp_path: Path, opened: Opener) -> None:
    file = tmp_path / "app.private-key.pem"
    file.write_text(pem(), encoding="utf-8")
    given = load({"BTT_GITHUB_APP_ID": "1", "BTT_GITHUB_APP_KEY_FILE": str(file)}).settings
    assert given.section("github").values.app_key == pem().strip()
    opened(github_app_id="1", github_app_key=pem().replace("\n", "\\n"))


def test_the_repos_of_an_organisation_are_those_that_the_app_is_installed_at(
    server: Server, opened: Opener
) -> None:
    Installations(server)
    server.routes["/orgs/octo-org/installation"] = Reply({"id": 555})
    listed = [{"id": n, "full_name": f"octo-org/{n}"} for n in range(3)]
    server.routes["/installation/repositories"] = Reply({"total_count": 3, "repositories": listed})
    app = opened(github_app_id="77", github_app_key=pem())
    assert list(app.repos("octo-org")) == ["octo-org/0", "octo-org/1", "octo-org/2"]
