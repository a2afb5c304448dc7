"""The build matrix of every language that Travis CI builds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.providers.travis.matrix import LONGEST_SUMMARY, LONGEST_VALUE, matrix_of


@pytest.mark.parametrize(
    ("config", "summary"),
    [
        ({"language": "python", "python": "2.7", "os": "linux"}, "python 2.7 linux"),
        ({"language": "python", "python": 2.7, "os": "linux", "dist": "trusty"}, "python 2.7 linux trusty"),
        ({"language": "python", "python": ["3.6"], "arch": "arm64"}, "python 3.6 arm64"),
        ({"language": "d", "d": "dmd-2.089.1"}, "d dmd-2.089.1"),
        ({"language": "dart", "dart": "stable"}, "dart stable"),
        ({"language": "go", "go": "1.13.x", "os": "windows"}, "go 1.13.x windows"),
        ({"language": "perl", "perl": "5.10"}, "perl 5.10"),
        ({"language": "perl6", "perl6": "latest"}, "perl6 latest"),
        ({"language": "php", "php": "7.4snapshot"}, "php 7.4snapshot"),
        ({"language": "rust", "rust": "nightly"}, "rust nightly"),
        ({"language": "node_js", "node_js": "0.10"}, "node_js 0.10"),
        ({"language": "node_js", "node_js": ["lts/*", "node"]}, "node_js lts/*,node"),
        ({"language": "ruby", "rvm": "2.2", "gemfile": "gemfiles/a.gemfile"}, "ruby 2.2 gemfiles/a.gemfile"),
        ({"language": "ruby", "rvm": "2.2", "jdk": "openjdk8"}, "ruby 2.2 openjdk8"),
        ({"language": "haskell", "ghc": "8.6.5"}, "haskell 8.6.5"),
        ({"language": "java", "jdk": "oraclejdk8"}, "java oraclejdk8"),
        ({"language": "groovy", "jdk": "openjdk11"}, "groovy openjdk11"),
        ({"language": "kotlin", "jdk": "openjdk11"}, "kotlin openjdk11"),
        ({"language": "erlang", "otp_release": "22.1"}, "erlang 22.1"),
        ({"language": "elixir", "elixir": "1.9", "otp_release": 22}, "elixir 1.9 22"),
        ({"language": "clojure", "lein": "2.9.1", "jdk": "openjdk8"}, "clojure 2.9.1 openjdk8"),
        ({"language": "csharp", "mono": "latest", "dotnet": "2.2"}, "csharp latest 2.2"),
        ({"language": "scala", "scala": "2.12.8", "jdk": "openjdk8"}, "scala 2.12.8 openjdk8"),
        ({"language": "julia", "julia": 1.3}, "julia 1.3"),
        ({"language": "r", "r": "devel"}, "r devel"),
        ({"language": "haxe", "haxe": "3.4.7", "neko": "2.2.0"}, "haxe 3.4.7 2.2.0"),
        ({"language": "smalltalk", "smalltalk": "Pharo-6.1"}, "smalltalk Pharo-6.1"),
        ({"language": "crystal", "crystal": "latest"}, "crystal latest"),
        ({"language": "elm", "elm": "0.19.1"}, "elm 0.19.1"),
        ({"language": "nix", "nix": "2.3"}, "nix 2.3"),
        (
            {"language": "c", "compiler": "clang", "os": "osx", "osx_image": "xcode11.2"},
            "c clang xcode11.2 osx",
        ),
        ({"language": "cpp", "compiler": ["gcc"], "os": "linux"}, "cpp gcc linux"),
        (
            {
                "language": "objective-c",
                "xcode_sdk": "iphonesimulator9.0",
                "xcode_scheme": "App",
                "os": "osx",
            },
            "objective-c iphonesimulator9.0 App osx",
        ),
        ({"language": "swift", "osx_image": "xcode10", "os": "osx"}, "swift xcode10 osx"),
        (
            {"language": "android", "jdk": "oraclejdk8", "android": {"components": ["tools", "android-28"]}},
            "android oraclejdk8 tools,android-28",
        ),
        ({"language": "generic", "os": "linux"}, "generic linux"),
        ({"language": "minimal", "virt": "vm"}, "minimal vm"),
        ({"os": "linux"}, "linux"),
        ({}, ""),
    ],
)
def test_the_summary_of_a_language(config: dict[str, Any], summary: str) -> None:
    assert matrix_of(config).summary == summary


@pytest.mark.parametrize(
    ("config", "version"),
    [
        ({"language": "ruby", "rvm": 2.1}, "2.1"),
        ({"language": "ruby", "rvm": "1.10"}, "1.10"),
        ({"language": "ruby", "ruby": "2.7"}, "2.7"),
        ({"language": "python", "python": 3}, "3"),
        ({"language": "python", "python": ["3.6", "3.6", 3.7]}, "3.6,3.7"),
        ({"language": "go", "go": True}, "true"),
        ({"language": "php", "php": {"secure": "abc="}}, "[secure]"),
        ({"language": ["python"], "python": "3.8"}, "3.8"),
        ({"language": "perl", "perl": " 5.30\n"}, "5.30"),
        ({"language": "os", "os": "linux"}, None),
        ({"language": "python", "python": None}, None),
        ({"language": "python", "python": []}, None),
    ],
)
def test_the_version_of_a_language(config: dict[str, Any], version: str | None) -> None:
    assert matrix_of(config).values.get("version") == version


def test_the_values_keep_the_names_of_the_configuration() -> None:
    config = {
        "language": "ruby",
        "rvm": "2.2",
        "gemfile": "Gemfile",
        "os": "linux",
        "dist": "bionic",
        "arch": "amd64",
        "script": "rake",
        ".result": "configured",
    }
    assert matrix_of(config).values == {
        "language": "ruby",
        "version": "2.2",
        "rvm": "2.2",
        "gemfile": "Gemfile",
        "os": "linux",
        "dist": "bionic",
        "arch": "amd64",
    }
    assert matrix_of(config).summary == "ruby 2.2 Gemfile linux bionic", "amd64 goes without saying"


@pytest.mark.parametrize(
    ("env", "value", "summary"),
    [
        ("DB=mysql", "DB=mysql", "DB=mysql"),
        ("DB=mysql  FLAGS='a b'", "DB=mysql FLAGS='a b'", "DB=mysql FLAGS='a b'"),
        (["DB=mysql", "X=1"], "DB=mysql X=1", "DB=mysql X=1"),
        (["DB=mysql", {"secure": "abc="}], "DB=mysql [secure]", "DB=mysql"),
        ("DB=mysql TOKEN=[secure]", "DB=mysql TOKEN=[secure]", "DB=mysql"),
        ({"DB": "mysql", "TOKEN": {"secure": "abc="}}, "DB=mysql TOKEN=[secure]", "DB=mysql"),
        ([{"DB": "mysql"}, {"N": 1}], "DB=mysql N=1", "DB=mysql N=1"),
        ({"global": ["LANG=C", {"secure": "abc="}], "matrix": ["DB=mysql"]}, "DB=mysql", "DB=mysql"),
        ({"global": "LANG=C", "jobs": [{"DB": "mysql"}]}, "DB=mysql", "DB=mysql"),
        ({"global": {"LANG": "C"}}, None, ""),
        ({"secure": "abc="}, "[secure]", ""),
        ([], None, ""),
        (None, None, ""),
        (7, "7", "7"),
    ],
)
def test_the_environment_of_a_job(env: object, value: str | None, summary: str) -> None:
    matrix = matrix_of({"env": env, "global_env": ["SECRET=1"]})
    assert matrix.values.get("env") == value
    assert matrix.summary == summary
    assert "abc=" not in repr(matrix)


def test_the_order_of_the_configuration_does_not_matter() -> None:
    config = {"language": "scala", "scala": "2.12", "jdk": "openjdk8", "os": "linux", "env": "A=1"}
    assert matrix_of(config) == matrix_of(dict(reversed(config.items())))


def test_nothing_is_said_twice() -> None:
    assert matrix_of({"language": "node_js", "node_js": "node", "env": "node node A=1 A=1"}).summary == (
        "node_js node A=1"
    )


@pytest.mark.parametrize("language", [None, "", [], {}])
def test_a_configuration_without_a_language_has_travis_cis_default_but_not_in_its_summary(
    language: object,
) -> None:
    matrix = matrix_of({"language": language, "rvm": "2.2", "os": "linux"})
    assert matrix.values == {"language": "ruby", "version": "2.2", "rvm": "2.2", "os": "linux"}
    assert matrix.summary == "2.2 linux"


@pytest.mark.parametrize("config", [None, [], "python", 5])
def test_without_a_configuration_there_is_no_entry(config: object) -> None:
    assert matrix_of(config).summary == ""
    assert matrix_of(config).values == {}


def test_a_configuration_nested_deeper_than_python_recurses_is_cut() -> None:
    nested: object = "x"
    for _ in range(1000):
        nested = [{"x": nested}]
    matrix = matrix_of({"language": "python", "python": nested, "env": nested, "os": "linux"})
    assert matrix.values["os"] == "linux"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just("long " * 200),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["secure", "global", "matrix", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
keys = st.sampled_from(["language", "python", "rvm", "jdk", "os", "dist", "env", "android", "osx_image"])


@given(st.dictionaries(keys, json_values))
def test_any_configuration_gives_one_bounded_line(config: dict[str, object]) -> None:
    matrix = matrix_of(config)
    assert len(matrix.summary) <= LONGEST_SUMMARY
    assert matrix.summary == " ".join(matrix.summary.split())
    assert all(0 < len(value) <= LONGEST_VALUE for value in matrix.values.values())
