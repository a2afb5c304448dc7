"""Channels in the settings: a list of named entries, whose secrets may lie elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from buildtimetrend.alerts.channels import CHANNELS, open_channel
from buildtimetrend.cli import app
from buildtimetrend.errors import SettingsError
from buildtimetrend.settings import Settings, load
from buildtimetrend.settings.channels import fields_of

ROOT = Path(__file__).parents[2]
SECRET = "whsec_" + "QUJD" * 8
URL = "https://hooks.example/services/T0/B0/s3cret"


def loaded(tmp_path: Path, entries: str, environ: dict[str, str] | None = None) -> Settings:
    file = tmp_path / "config_service.yml"
    lines = "\n".join(f"    {line}" for line in entries.strip().splitlines())
    file.write_text(f"buildtimetrend:\n  alerts:\n{lines}\n", encoding="utf-8")
    return load(environ or {}, file).settings


def test_channels_are_read_with_their_rules(tmp_path: Path) -> None:
    entries = (
        f"- {{name: team, kind: slack, url: '{URL}', repos: owner/, quiet: 22:00-7:00, digest_at: 17:30}}"
    )
    [team] = loaded(tmp_path, entries).alerts
    assert (team.name, team.kind, team.values.url) == ("team", "slack", URL)
    assert (team.rules.repos, team.rules.quiet, team.rules.digest_at) == (("owner/",), "22:00-7:00", "17:30")
    open_channel(team).close()


def test_hours_may_be_a_list(tmp_path: Path) -> None:
    entries = (
        f"- {{name: team, kind: slack, url: '{URL}', quiet: [weekdays 18:00-8:00, weekends], hours: 8-20}}"
    )
    [team] = loaded(tmp_path, entries).alerts
    assert (team.rules.quiet, team.rules.hours) == ("weekdays 18:00-8:00, weekends", "8-20")


def test_a_secret_may_come_from_a_file_or_the_environment_which_wins(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{URL}-file\n", encoding="utf-8")
    entries = f"- {{name: the-team, kind: slack, url_file: {tmp_path / 'url'}}}"
    assert loaded(tmp_path, entries).alerts[0].values.url == f"{URL}-file"
    environ = {"BTT_ALERTS_THE_TEAM_URL": f"{URL}-variable"}
    assert loaded(tmp_path, entries, environ).alerts[0].values.url == f"{URL}-variable"
    environ = {"BTT_ALERTS_THE_TEAM_URL_FILE": str(tmp_path / "url")}
    assert loaded(tmp_path, "- {name: the-team, kind: slack}", environ).alerts[0].values.url == f"{URL}-file"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{name: a, kind: pigeon}", "'pigeon' is not a kind of channel. It is one of: mail, webhook, slack,"),
        ("{name: a, kind: slack}", "url is missing (or url_file, or BTT_ALERTS_A_URL in the environment)"),
        ("{name: a, kind: slack, urls: x}", "urls is not a setting of slack. Did you mean url?"),
        ("{name: A, kind: slack}", "its name must be of lower-case letters"),
        ("{kind: slack}", "its name must be of lower-case letters"),
        ("7", "must hold a name, a kind and settings"),
        (
            f"{{name: a, kind: webhook, url: '{URL}', secret: s3cret}}",
            "must be whsec_ and the base64 of 24 to 64",
        ),
        (f"{{name: a, kind: webhook, url: '{URL}', secret: whsec_AAAA}}", "must be whsec_ and the base64"),
        ("{name: a, kind: slack, url: 'ftp://s3cret'}", "url: its value (not shown) is not allowed"),
        (f"{{name: a, kind: slack, url: '{URL}', zone: Mars/Base}}", "must be a time zone of this system"),
        (f"{{name: a, kind: slack, url: '{URL}', quiet: nights}}", "must be a time of day, as 22:00"),
        (f"{{name: a, kind: slack, url: '{URL}', quiet: 7:00-7:00}}", "must be two times of day"),
        (
            f"{{name: a, kind: slack, url: '{URL}', quiet: weekdays, hours: mon-fri 8:00-18:00}}",
            "quiet and hours leave no time",
        ),
        (f"{{name: a, kind: slack, url: '{URL}', hours: funday 8:00-18:00}}", "with or without days"),
        (f"{{name: a, kind: slack, url: '{URL}', branches: [main]}}", "'all', 'default', 'pull_requests' or"),
        (f"{{name: a, kind: slack, url: '{URL}', digest: hourly}}", "'never', 'daily' or 'weekly'"),
        (
            "{name: a, kind: mail, host: h, sender: ci@example.org}",
            "to is missing. Addresses that it goes to.",
        ),
        ('{name: a, kind: mail, host: h, to: x@y, sender: "a@b\\r\\nBcc: c@d"}', "must be an address"),
        (
            "{name: a, kind: mail, host: h, to: x@y, sender: a@b, security: none, user: u, password: s3cret}",
            "a password is not sent without TLS",
        ),
        ("{name: a, kind: matrix, url: 'https://m', room: '#team:m', token: s3cret}", "a room's internal id"),
    ],
)
def test_a_wrong_entry_stops_the_start_and_says_what_is_allowed(
    tmp_path: Path, entry: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)) as error:
        loaded(tmp_path, f"- {entry}")
    assert "s3cret" not in error.value.message


def test_two_channels_of_one_name_and_what_is_no_list_stop_the_start(tmp_path: Path) -> None:
    one = f"- {{name: a, kind: slack, url: '{URL}'}}"
    with pytest.raises(SettingsError, match="the name 'a' is taken twice"):
        loaded(tmp_path, f"{one}\n{one}")
    with pytest.raises(SettingsError, match="must be a list of named channels"):
        loaded(tmp_path, "{name: a}")


def test_no_secret_of_a_channel_is_logged_or_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = f"""
- {{name: team, kind: webhook, url: '{URL}', secret: {SECRET}}}
- {{name: post, kind: mail, host: mail.example, sender: ci@example.org, to: [x@y, z@y], password: pa55word}}
"""
    secrets = loaded(tmp_path, entries).secrets()
    assert {URL, "/services/T0/B0/s3cret", SECRET, "pa55word"} <= set(secrets)
    monkeypatch.setenv("BTT_CONFIG", str(tmp_path / "config_service.yml"))
    monkeypatch.setenv("PORT", "0")
    printed = CliRunner().invoke(app, ["check-config"]).output
    assert re.search(r"alerts\.post\.to +x@y, z@y ", printed)
    assert re.search(r"alerts\.team\.url +\*{8} ", printed)
    assert not [secret for secret in secrets if secret in printed]


def test_every_kind_and_every_setting_of_a_channel_is_documented() -> None:
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    sample = (ROOT / "config_sample.yml").read_text(encoding="utf-8")
    for kind in CHANNELS:
        assert f"`{kind}`" in page
        assert f"kind: {kind}" in sample
        for name, field in fields_of(kind).items():
            assert re.search(rf"^\| `{name}` \|.*{re.escape(field.row.help)} \|$", page, re.MULTILINE), name
