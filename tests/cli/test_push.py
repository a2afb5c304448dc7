"""`push`: builds out of files, through the outbox."""

from __future__ import annotations

import gzip
import importlib
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest

from buildtimetrend.cli import main
from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.store.documents import document_of
from buildtimetrend.store.remote.outbox import Entry, Outbox, _translated
from tests.e2e.processes import free_port
from tests.store.examples import build, column, counts
from tests.store.owner import TOKEN, owner

push = importlib.import_module("buildtimetrend.cli.push")


def document(id_: str, **fields: Any) -> dict[str, Any]:
    return {**document_of(build(id_)), **fields}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    contents = {
        "one.json": orjson.dumps(document("1"), option=orjson.OPT_INDENT_2),
        "list.json": orjson.dumps([document("2"), document("3")]),
        "batch.json": orjson.dumps({"builds": [document("4")]}),
        "lines.jsonl.gz": gzip.compress(b"\n".join(orjson.dumps(document(n)) for n in ("5", "6")) + b"\n\n"),
        "refused.jsonl": orjson.dumps({"reason": "no", "write": {"kind": "save", "build": document("7")}}),
        "empty.json": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [str(tmp_path / name) for name in contents]


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str, *arguments: str) -> int:
    monkeypatch.chdir(folder)
    for name, value in {"URL": url, "TOKEN": TOKEN, "OUTBOX": str(folder / "outbox")}.items():
        monkeypatch.setenv(f"BTT_STORE_{name}", value)
    with pytest.raises(SystemExit) as ended:
        main(["push", *arguments])
    return int(ended.value.code or 0)


def test_builds_of_every_form_of_file_arrive(
    tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with owner(tmp_path) as running:
        assert run(monkeypatch, tmp_path, running.base_url, *files) == 0
        assert column(running.store, "SELECT build_id FROM build ORDER BY build_id") == list("1234567")
        assert "7 stored" in capsys.readouterr().err


def test_a_wrong_build_is_named_and_the_others_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(
        b"\n".join(orjson.dumps(d) for d in (document("1"), document("2", number=7), document("3")))
    )
    with owner(tmp_path, denied_repo=("secret",)) as running:
        assert run(monkeypatch, tmp_path, running.base_url, str(file)) == 1
        assert f"{file}:2: number: " in capsys.readouterr().err
        file.write_bytes(orjson.dumps(document("4", repo="ann/secret")))
        assert run(monkeypatch, tmp_path, running.base_url, str(file)) == 1
        assert "do not allow ann/secret" in capsys.readouterr().err
        assert counts(running.store)[0] == 2


def test_what_cannot_be_sent_now_is_sent_by_the_next_call(
    tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    assert run(monkeypatch, tmp_path, f"http://127.0.0.1:{port}", *files) == 1
    assert "7 waiting" in capsys.readouterr().err
    with owner(tmp_path, port) as running:
        assert run(monkeypatch, tmp_path, running.base_url, str(tmp_path / "empty.json")) == 0
        assert counts(running.store)[0] == 7


@pytest.mark.parametrize(
    ("url", "content", "said"),
    [
        ("duckdb:///", b"{}", "names no other instance"),
        ("http://127.0.0.1:1", b"{", "is not JSON"),
        ("http://127.0.0.1:1", b'{"write": 1}', "1 refused"),
        ("http://127.0.0.1:1", b'{"write": {}}', "1 refused"),
        ("http://127.0.0.1:1", b'{"write": {"build": 1}}', "1 refused"),
        ("http://127.0.0.1:1", b"\x1f\x8bx", "cannot be read"),
        ("http://127.0.0.1:1", None, "No such file"),
    ],
)
def test_what_cannot_be_pushed_is_said_in_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    url: str,
    content: bytes | None,
    said: str,
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    assert run(monkeypatch, tmp_path, url, str(file)) == 1
    assert said in capsys.readouterr().err


def test_an_outbox_that_cannot_be_used_ends_the_push(
    tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: Outbox, __: bytes) -> Entry:
        with _translated(tmp_path):
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Outbox, "put", full)
    assert run(monkeypatch, tmp_path, f"http://127.0.0.1:{free_port()}", *files) == 1
    assert capsys.readouterr().err.count("cannot be used: database or disk is full") == 1


def test_a_push_that_waits_for_room_says_so_once(
    tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put, calls = Outbox.put, iter(range(10))

    def full_at_first(outbox: Outbox, body: bytes) -> Entry:
        if next(calls) < 2:
            raise StoreUnavailable("The outbox is full.")
        return put(outbox, body)

    monkeypatch.setattr(push, "FULL", 0.01)
    monkeypatch.setattr(Outbox, "put", full_at_first)
    with owner(tmp_path) as running:
        assert run(monkeypatch, tmp_path, running.base_url, *files[:1]) == 0
    said = capsys.readouterr().err
    assert said.count("The outbox is full. Waiting for room.") == 1
    assert "1 stored" in said
