"""What a broken disk leaves of an outbox."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.examples import build
from tests.store.owner import remote
from tests.store.test_remote import AWAY, ROOT, entries

pytestmark = pytest.mark.servers


def test_a_damaged_file_of_an_outbox_is_moved_aside_and_the_others_are_used(tmp_path: Path) -> None:
    stores = [remote(tmp_path, AWAY) for _ in range(3)]
    for number, store in enumerate(stores):
        store.save(build(str(number)))
    for store in stores:
        store.close()
    files = sorted(tmp_path.glob("outbox/*/*.db"))
    for file in files[:2]:
        file.write_bytes(b"no database" * 1000)
    with closing(remote(tmp_path, AWAY)) as store:
        store.save(build("3"))
        assert [json.loads(body)["build"]["id"] for body in entries(tmp_path)] == ["2", "3"]
    for file in files[:2]:
        assert file.with_name(f"{file.name}.damaged").read_bytes() == b"no database" * 1000


def test_an_outbox_that_filled_its_own_disk_empties_and_fills_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.store.full_outbox", str(tmp_path)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert ran.returncode == 0, ran.stderr
    first, second = map(int, ran.stdout.split()[-2:])
    assert first > 5
    assert second >= first - 1
