"""What the wheel carries of others, beside `frontend/check.mjs`, which makes it anew and compares."""

from __future__ import annotations

import gzip
import hashlib
import re
from importlib import resources

FOLDER = resources.files("buildtimetrend.web") / "static" / "vendor"
FILES = {entry.name: entry.read_bytes() for entry in FOLDER.iterdir()}
SCRIPTS = {name: content.decode() for name, content in FILES.items() if name.endswith(".js")}
# The security policy forbids what makes code of text.
CODE_OF_TEXT = re.compile(r"\beval\b|\bFunction\s*\(|set(?:Timeout|Interval)\s*\(\s*[\"'`]|\bimportScripts\b")
ADDRESS = re.compile(r"(?:https?:|wss?:)?//[\w.-]+\.[a-z]{2,}[^\s\"'`)]*")


def test_every_file_is_the_one_that_was_listed() -> None:
    lines = FILES["SHA256SUMS"].decode().splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = {
        name: hashlib.sha256(content).hexdigest() for name, content in FILES.items() if name != "SHA256SUMS"
    }
    assert found == listed


def test_licences_come_along() -> None:
    assert "Apache License" in FILES["LICENSE.echarts.txt"].decode()
    assert "The Apache Software Foundation" in FILES["NOTICE.echarts.txt"].decode()
    for name, holder in {"zrender": "Baidu", "tslib": "Microsoft", "d3": "Bostock"}.items():
        licence = FILES[f"LICENSE.{name}.txt"].decode()
        assert holder in licence
        assert "Copyright" in licence


def test_scripts_import_only_each_other() -> None:
    imported = {
        name
        for script in SCRIPTS.values()
        for name in re.findall(r"(?:from|import)\s*\(?\s*\"([^\"]+)\"", script)
    }
    assert {name.removeprefix("./") for name in imported} <= SCRIPTS.keys()


def test_no_script_makes_code_of_text() -> None:
    assert [found for script in SCRIPTS.values() for found in CODE_OF_TEXT.findall(script)] == []


def test_no_script_knows_a_third_party() -> None:
    """Names of XML namespaces are no addresses that anything is loaded from."""
    known = {address for script in SCRIPTS.values() for address in ADDRESS.findall(script)}
    assert {address for address in known if not address.startswith("http://www.w3.org/")} == set()


def test_scripts_leave_room_for_our_own() -> None:
    """250 kB is what a page may transfer of scripts."""
    assert sum(len(gzip.compress(script.encode(), 9)) for script in SCRIPTS.values()) <= 225_000
