"""Settings from environment, file and default; wrong ones stop the start."""

import re
from pathlib import Path

import pytest

from buildtimetrend.brokers import BROKER_ENV
from buildtimetrend.errors import SettingsError
from buildtimetrend.settings import ROWS, Settings, load, shown
from buildtimetrend.tasks.broker.publisher import celery_app

ROOT = Path(__file__).parents[1]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config_service.yml"


def test_without_a_file_and_variables_every_setting_is_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load({})
    assert loaded.settings == Settings()
    assert set(loaded.sources.values()) == {"default"}


def test_the_defaults_are_those_of_the_manual() -> None:
    settings = Settings()
    assert settings.loglevel == "WARNING"
    assert settings.multi_import_max_builds == 100
    assert settings.multi_import_delay == 3
    assert settings.port == 5000
    assert settings.data_detail == "full"
    assert settings.denied_repo == settings.allowed_repo == ()


def test_the_environment_wins_over_the_file(config: Path) -> None:
    write(config, "buildtimetrend:\n  loglevel: error\n  multi_import:\n    max_builds: 7\n    delay: 1.5\n")
    loaded = load({"BTT_LOGLEVEL": "debug"}, config)
    assert loaded.settings.loglevel == "DEBUG"
    assert (loaded.settings.multi_import_max_builds, loaded.settings.multi_import_delay) == (7, 1.5)
    assert loaded.sources["loglevel"] == "environment BTT_LOGLEVEL"
    assert loaded.sources["multi_import_delay"] == str(config)


@pytest.mark.parametrize(
    ("variable", "name", "value", "expected"),
    [
        ("TRAVIS_ACCOUNT_TOKEN", "travis_account_token", "abc", "abc"),
        ("BTT_LOGLEVEL", "loglevel", "INFO", "INFO"),
        ("BTT_MULTI_MAX_BUILDS", "multi_import_max_builds", "12", 12),
        ("BTT_MULTI_DELAY", "multi_import_delay", "0", 0.0),
        ("PORT", "port", "8080", 8080),
        ("BTT_ADMIN_TOKEN", "admin_token", "t", "t"),
        ("BTT_PUBLIC_URL", "public_url", "https://trends.example/", "https://trends.example"),
        ("BTT_STORE_URL", "store_url", "duckdb:////srv/x.duckdb", "duckdb:////srv/x.duckdb"),
        ("KEEN_PROJECT_ID", "keen_project_id", "p", "p"),
        ("KEEN_WRITE_KEY", "keen_write_key", "w", "w"),
        ("KEEN_READ_KEY", "keen_read_key", "r", "r"),
        ("KEEN_MASTER_KEY", "keen_master_key", "m", "m"),
        ("KEEN_BASE_URL", "keen_api_url", "http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("BTT_KEEN_SINK", "keen_sink", "off", False),
    ],
)
def test_each_variable_sets_its_setting(variable: str, name: str, value: str, expected: object) -> None:
    assert load({variable: value}).settings.value(name) == expected


def test_the_first_broker_variable_that_is_set_is_used_and_sets_the_backend(config: Path) -> None:
    write(config, "buildtimetrend:\n  task_queue:\n    backend: redis\n    broker_url: rediss://file/\n")
    variables = {name: f"{backend}://{name.lower()}/" for name, backend in BROKER_ENV.items()}
    for name, backend in BROKER_ENV.items():
        settings = load(variables, config).settings
        assert (settings.task_queue_broker_url, settings.task_queue_backend) == (variables[name], backend)
        del variables[name]
    assert load({}, config).settings.task_queue_broker_url == "rediss://file/"


@pytest.mark.parametrize(
    ("task_queue", "environment", "said"),
    [
        ("backend: beanstalk", {}, "'beanstalk'; it is one of: amqp, redis"),
        ("backend: amqp", {}, "no broker is named"),
        ("broker_url: 'sqs://key@'", {}, "must begin with one of: amqp://, amqps://"),
        ("{backend: redis, broker_url: 'amqp://h'}", {}, "its backend is redis, which wants redis:// or"),
        ("{}", {"BTT_REDIS_URL": "amqp://user:s3cret@h"}, "its backend is redis"),
        ("{}", {"BTT_AMQP_URL": "h:5672"}, "must begin with one of"),
        ("{}", {"BTT_REDIS_URL": "redis://u:s3cret@h/abc"}, "number of a Redis database, as /0, not 'abc'"),
        ("{}", {"BTT_REDIS_URL": "redis://h/0/1"}, "number of a Redis database"),
        ("{}", {"BTT_REDIS_URL": "redis://h/-1"}, "number of a Redis database"),
        ("{}", {"BTT_REDIS_URL": "redis://h/²"}, "number of a Redis database"),
        ("{}", {"BTT_REDIS_URL": "redis://u:s3cret@h:port/0"}, "its port must be a number from 1 to 65535"),
        ("{}", {"BTT_REDIS_URL": "redis://h:0/0"}, "its port must be a number from 1 to 65535"),
        ("{}", {"BTT_AMQP_URL": "amqp://u:s3cret@h:65536//"}, "its port must be a number from 1 to 65535"),
        ("{}", {"BTT_AMQP_URL": "amqp://u:s3cret#1@h//"}, "# ? @ are written as"),
        ("{}", {"BTT_AMQP_URL": "amqp://[::1//"}, "an IPv6 address stands in brackets"),
        ("{}", {"BTT_AMQP_URL": "amqp://h//?virtual_host=a"}, "it has the option 'virtual_host'"),
        ("{}", {"BTT_AMQP_URL": "amqp://h//?heartbeat=often"}, "heartbeat is a number of seconds"),
        ("{}", {"BTT_REDIS_URL": "rediss://h/0?ssl_cert_reqs=maybe"}, "ssl_cert_reqs is one of"),
        ("{}", {"BTT_REDIS_URL": "redis://h/0;redis://h/b"}, "number of a Redis database"),
        ("{}", {"BTT_REDIS_URL": "redis://h/0;amqp://h/b"}, "begins as the first: redis://"),
        ("{}", {"BTT_REDIS_URL": "redis+sentinel://h/0"}, "must begin with one of"),
    ],
)
def test_a_wrong_broker_stops_the_start_and_says_what_is_allowed(
    task_queue: str, environment: dict[str, str], said: str, config: Path
) -> None:
    write(config, f"buildtimetrend:\n  task_queue:\n    {task_queue}\n")
    with pytest.raises(SettingsError, match=re.escape(said)) as error:
        load(environment, config)
    assert "s3cret" not in error.value.message


@pytest.mark.parametrize(("scheme", "backend"), [("amqps", "amqp"), ("rediss", "redis"), ("redis", "redis")])
def test_the_backend_of_a_broker_follows_from_its_url(scheme: str, backend: str, config: Path) -> None:
    write(config, f"buildtimetrend:\n  task_queue:\n    broker_url: '{scheme}://h/0'\n")
    assert load({}, config).settings.task_queue_backend == backend


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://h",
        "redis://:p@h:6379/15",
        "rediss://h/0?ssl_cert_reqs=required&ssl_ca_certs=/etc/ca.pem",
        "redis://[::1]:6379/0;redis://other",
        "amqp://",
        "amqp://u:p%23@h:5672/%2Fa/b?heartbeat=10",
        "amqps://h//",
    ],
)
def test_a_broker_s_url_that_can_be_used_is_used_as_it_is(url: str, config: Path) -> None:
    write(config, f"buildtimetrend:\n  task_queue:\n    broker_url: '{url}'\n")
    settings = load({}, config).settings
    assert settings.task_queue_broker_url == url
    celery_app(url).connection_for_write()  # Celery reads it without an error


def test_broker_variables_stand_in_the_order_of_the_manual() -> None:
    assert list(BROKER_ENV) == [
        "BTT_AMQP_URL",
        "BTT_REDIS_URL",
        "RABBITMQ_BIGWIG_URL",
        "CLOUDAMQP_URL",
        "REDISGREEN_URL",
    ]


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({"PORT": "", "BTT_LOGLEVEL": ""}).settings == Settings()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("buildtimetrend:\n  port: many\n", ["port", "'many'", "whole number"]),
        ("buildtimetrend:\n  loglevel: LOUD\n", ["loglevel", "'LOUD'", "WARNING"]),
        ("buildtimetrend:\n  data_detail: all\n", ["data_detail", "'all'", "minimal"]),
        ("buildtimetrend:\n  denied_repo: [3]\n", ["denied_repo", "must be text"]),
        ("buildtimetrend:\n  denied_repo: ['']\n", ["denied_repo", "an empty text"]),
        ("buildtimetrend:\n  repo_data_detail: {a: b}\n", ["repo_data_detail", "minimal"]),
        ("buildtimetrend:\n  travis:\n    api_url: ftp://x\n", ["travis.api_url", "http"]),
        ("buildtimetrend:\n  public_url: trends.example\n", ["public_url", "http"]),
        ("buildtimetrend:\n  multi_import:\n    delay: -1\n", ["multi_import.delay", "-1"]),
        ("buildtimetrend:\n  store:\n    memory_limit: lots\n", ["store.memory_limit", "'lots'"]),
        ("buildtimetrend: 3\n", ["buildtimetrend", "3"]),
        ("- a list\n", ["buildtimetrend:"]),
        ("a: [\n", ["not valid YAML"]),
    ],
)
def test_a_wrong_value_stops_the_start_and_the_message_names_it(
    config: Path, text: str, names: list[str]
) -> None:
    with pytest.raises(SettingsError) as error:
        load({}, write(config, text))
    for name in names:
        assert name in error.value.message


def test_a_wrong_secret_is_not_repeated_in_the_message() -> None:
    with pytest.raises(SettingsError) as error:
        load({"BTT_ADMIN_TOKEN": "s3cret" * 1000})
    assert "s3cret" not in error.value.message


def test_a_configuration_file_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load({"BTT_CONFIG": str(tmp_path / "gone.yml")})


def test_a_folder_in_place_of_the_configuration_file_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load({"BTT_CONFIG": str(tmp_path)})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config_service.yml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load({})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("buildtimetrend:\n  port: 5\n  port: 6\n", "port"),
        ("buildtimetrend:\n  port: 5\nbuildtimetrend:\n  host: localhost\n", "buildtimetrend"),
        ("buildtimetrend:\n  travis: {token: a, token: b}\n", "token"),
    ],
)
def test_a_key_that_stands_twice_is_refused_where_it_does(config: Path, text: str, key: str) -> None:
    write(config, text)
    with pytest.raises(SettingsError, match=f"the key '{key}' stands here twice(.|\n)* line "):
        load({}, config)


def test_what_an_anchor_brings_may_be_said_otherwise(config: Path) -> None:
    write(config, "x: &usual {port: 5, host: localhost}\nbuildtimetrend:\n  <<: *usual\n  port: 6\n")
    settings = load({}, config).settings
    assert (settings.host, settings.port) == ("localhost", 6)


def test_unknown_keys_are_reported_with_what_may_be_meant(config: Path) -> None:
    write(config, "buildtimetrend:\n  alowed_repo: [a]\nother: 1\n")
    warnings = load({}, config).warnings
    assert any("alowed_repo" in w and "allowed_repo?" in w for w in warnings)
    assert any("other" in w for w in warnings)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("BTT_STORE", "BTT_STORE_URL"),
        ("BTT_ADMIN_TOKENS", "BTT_ADMIN_TOKEN"),
        ("BTT_GITHUB_TOKEN_FILES", "BTT_GITHUB_TOKEN_FILE"),
    ],
)
def test_a_variable_that_is_none_of_ours_is_reported_with_the_one_that_is_meant(
    variable: str, meant: str
) -> None:
    [warning] = load({variable: "x", "BTT_OF_SOMEBODY_ELSE": "y", "STORE_URL": "z"}).warnings
    assert warning == f"The environment variable {variable} has no effect. Did you mean {meant}?"


def test_no_variable_of_ours_is_reported() -> None:
    ours = {name for row in ROWS.values() for name in (row.env or "").split(", ")} | {"BTT_CONFIG"}
    ours |= {f"{row.env}_FILE" for row in ROWS.values() if row.secret and row.env}
    of_tests = {"BTT_TEST_CITUS_URL", "BTT_TEST_CITUS_START", "BTT_TEST_REQUIRE_SERVICES", "BTT_BENCH_JOBS"}
    of_channel = {"BTT_ALERTS_TEAM_URL", "BTT_ALERTS_GITHUB_TOKEN", "BTT_ALERTS_TEAM_URL_FILE"}
    assert not load(dict.fromkeys(ours | of_tests | of_channel, "")).warnings


def test_denied_repos_take_precedence_over_allowed_ones() -> None:
    settings = Settings(denied_repo=("bad",), allowed_repo=("alice/", "bob/app"))
    assert settings.allows("alice/good")
    assert not settings.allows("alice/bad-one")
    assert settings.allows("bob/app")
    assert not settings.allows("carol/app")
    assert Settings().allows("any/repo")
    assert not Settings(denied_repo=("Alice/",)).allows("alice/app")


def test_the_first_repo_data_detail_that_matches_counts() -> None:
    settings = Settings(data_detail="full", repo_data_detail={"alice": "minimal", "alice/app": "extended"})
    assert settings.detail_of("alice/app") == "minimal"
    assert settings.detail_of("bob/app") == "full"


def test_secrets_are_masked_where_values_are_shown() -> None:
    assert shown("admin_token", "s3cret") == "********"
    assert shown("task_queue_broker_url", "redis://u:s3cret@h/1") == "redis://u:********@h/1"
    assert shown("admin_token", "") == ""
    of_url = Settings(task_queue_broker_url="redis://u:s3cret@h/1", admin_token="t0ken")
    assert of_url.secrets() == ("s3cret", "t0ken")


def test_a_database_s_password_is_masked_wherever_its_url_has_it() -> None:
    url = "postgresql://ann:p%40ss@db.example/btt?password=other&sslmode=require"
    assert shown("store_url", url) == (
        "postgresql://ann:********@db.example/btt?password=********&sslmode=require"
    )
    assert Settings(store_url=url).secrets() == ("p%40ss", "p@ss", "other")


def test_a_secret_that_is_too_short_to_be_masked_is_told_by_its_key_alone(config: Path) -> None:
    config.write_text(
        """
buildtimetrend:
  admin_token: qz7
  store: {url: "postgresql://ann:q%5A@db.example/btt"}
  travis: {token: long enough}
  gitlab: {instances: [{name: own, url: "https://git.example", token: q}]}
  alerts: [{name: post, kind: mail, host: m.example, sender: a@b.example, to: [x@b.example], password: qz}]
"""
    )
    warnings = load({}, config).warnings
    assert [warning.partition(" ")[0] for warning in warnings] == [
        "admin_token", "store.url", "own.token", "alerts.post.password",
    ]  # fmt: skip
    assert all("too short to be kept out of the log" in warning for warning in warnings)
    assert not any("qz" in warning or "q%5A" in warning for warning in warnings)


def test_the_sample_file_is_valid_and_holds_the_defaults() -> None:
    loaded = load({}, ROOT / "config_sample.yml")
    assert loaded.settings == Settings()
    assert loaded.warnings == ()


def test_every_setting_and_variable_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for row in ROWS.values():
        line = re.search(rf"^\| `{re.escape(row.key)}` \|.*$", text, re.MULTILINE)
        assert line, f"docs/settings.md lacks {row.key}"
        assert row.help in line[0]
        for variable in (row.env or "").split(", "):
            assert variable in line[0]
