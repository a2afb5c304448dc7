"""What a crash leaves of a file and its log is opened; what damage leaves is not, and is left alone."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from buildtimetrend.errors import SettingsError, StoreDamaged, StoreError, StoreInUse
from buildtimetrend.store import open_store, repair
from buildtimetrend.store.duckdb import acknowledged, damage, wal
from buildtimetrend.store.duckdb.session import Session
from buildtimetrend.store.rows import encode
from buildtimetrend.store.writing.write_set import WriteSet
from tests.store.examples import build, column, counts

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
BUILDS = 6
FILES = ("store.duckdb", "store.duckdb.wal")


@dataclass(frozen=True)
class Killed:
    """What a killed process has left; `ends` are the log's bytes after each of its builds."""

    file: Path
    ends: list[int]

    @property
    def log(self) -> Path:
        return wal.path_of(self.file)

    @property
    def url(self) -> str:
        return f"duckdb:///{self.file}"

    def builds(self) -> list[object]:
        with closing(open_store(self.url, memory_limit="200MB")) as store:
            return list(column(store, "SELECT build_id FROM build ORDER BY build_id"))

    def content(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.file.parent.iterdir() if path.is_file()}

    def forget_note(self) -> None:
        acknowledged.path_of(self.file).unlink()

    def note(self, size: int) -> None:
        """As if so much had been acknowledged."""
        path = acknowledged.path_of(self.file)
        database, checkpoint, _ = path.read_text().split()
        path.write_text(f"{database} {checkpoint} {size:020}\n")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    return killed(tmp_path_factory.mktemp("original") / "store.duckdb")


def killed(file: Path, builds: int = BUILDS) -> Killed:
    command = [sys.executable, "-m", "tests.store.killed", str(file), str(builds)]
    ran = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, cwd=ROOT, timeout=120)
    assert ran.returncode == -9
    return Killed(file, [int(line) for line in ran.stdout.split()])


@pytest.fixture
def left(original: Killed, tmp_path: Path) -> Killed:
    folder = shutil.copytree(original.file.parent, tmp_path / "left")
    return Killed(folder / original.file.name, original.ends)


def test_what_a_kill_leaves_is_opened_with_all_that_was_acknowledged(left: Killed) -> None:
    found = wal.read(left.log)
    assert (found.whole, found.damaged_at) == (left.ends[-1], None)
    assert acknowledged.read(left.file) == acknowledged.Acknowledged(found.origin, left.ends[-1])  # type: ignore[arg-type]
    assert left.builds() == [str(number) for number in range(BUILDS)]
    assert [path.name for path in left.file.parent.iterdir()] == [left.file.name], "a stop leaves one file"


def test_a_last_entry_that_a_crash_cut_off_is_no_damage_wherever_the_cut_is(left: Killed) -> None:
    log = left.log.read_bytes()
    before, end = left.ends[-2:]
    left.note(before)  # the last build was never acknowledged
    for size in range(before, end):
        left.log.write_bytes(log[:size])
        assert damage.of(left.file) is None, size
    left.log.write_bytes(log[: end - 30])
    assert left.builds() == [str(number) for number in range(BUILDS - 1)]


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\x17" * 500, b"\0" * 5], ids=["zeros", "garbage", "few"])
def test_what_follows_the_last_acknowledged_bytes_is_no_damage(left: Killed, tail: bytes) -> None:
    with left.log.open("ab") as log:
        log.write(tail)
    assert left.builds() == [str(number) for number in range(BUILDS)]


def test_a_log_of_a_header_that_was_cut_off_is_no_damage_where_nothing_was_acknowledged(left: Killed) -> None:
    left.forget_note()
    header = left.log.read_bytes()[:39]
    for size in range(39):
        left.log.write_bytes(header[:size])
        assert damage.of(left.file) is None, size


def test_of_a_log_that_lost_what_was_acknowledged_nothing_is_opened(left: Killed) -> None:
    log = left.log.read_bytes()
    for size in (0, 1, 20, 39, 50, *(end - 1 for end in left.ends), *left.ends[:-1]):
        left.log.write_bytes(log[:size])
        found = damage.of(left.file)
        assert found is not None, size
        assert found.keep == max((end for end in left.ends if end <= size), default=found.keep)
    refused(left, "shorter than it was")
    left.log.unlink()
    refused(left, "shorter than it was.*is not there")


def test_a_flipped_byte_of_the_log_is_found_whatever_it_is_part_of(left: Killed) -> None:
    """Also where no note says what was acknowledged: but for the sizes of the very last entry."""
    left.forget_note()
    log = bytearray(left.log.read_bytes())
    header = log.index(b"\xff\xff") + 2
    # DuckDB itself refuses other versions than it knows, and the log of another database or checkpoint.
    duckdbs = (5, *range(9, header - 5), header - 3)
    for position in {*range(header), *range(header, left.ends[-2], 41)}.difference(duckdbs):
        log[position] ^= 0x41
        left.log.write_bytes(log)
        assert damage.of(left.file) is not None, position
        log[position] ^= 0x41


@pytest.mark.parametrize("position", [0, 5, 20, 36, 38, 46, 47, 60, 5000, -30, -10, -1])
def test_no_damage_is_opened_and_nothing_is_changed(left: Killed, position: int) -> None:
    log = bytearray(left.log.read_bytes())
    log[position] ^= 0x41
    left.log.write_bytes(log)
    refused(left, "repair-store")


def refused(left: Killed, message: str) -> None:
    before = left.content()
    with pytest.raises(StoreDamaged, match=message):
        open_store(left.url)
    assert left.content() == before


def test_a_log_whose_file_is_gone_is_not_removed(left: Killed) -> None:
    left.file.unlink()
    refused(left, r"is not there, but its log")


def test_a_log_of_another_store_is_refused_and_set_aside_by_a_repair(left: Killed, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = killed(tmp_path / "other" / "store.duckdb", 1)
    foreign = other.log.read_bytes()
    left.log.write_bytes(foreign)
    left.forget_note()
    refused(left, "repair-store")
    repaired = repair(left.url)
    assert repaired is not None
    assert [path.read_bytes() for path in repaired.kept] == [left.file.read_bytes(), foreign]
    assert not left.log.exists()


def test_a_repair_keeps_every_byte_and_goes_on_with_what_can_be_read(left: Killed) -> None:
    log = bytearray(left.log.read_bytes())
    log[left.ends[2] + 100] ^= 1
    left.log.write_bytes(log)
    before = left.content()
    repaired = repair(left.url)
    assert repaired is not None
    assert f"of {left.ends[-1]}" in repaired.what
    assert [path.name for path in repaired.kept] == ["store.duckdb.damaged", "store.duckdb.damaged.wal"]
    assert [path.read_bytes() for path in repaired.kept] == [
        before["store.duckdb"],
        before["store.duckdb.wal"],
    ]
    assert repair(left.url) is None
    assert left.builds() == ["0", "1", "2"]
    with closing(open_store(left.url)) as store:
        store.save(build("9")).result()
        assert counts(store)[0] == 4


def test_a_second_repair_keeps_what_the_first_has_kept(left: Killed) -> None:
    for cut in (left.ends[3], left.ends[1]):
        left.note(left.ends[-1])
        left.log.write_bytes(left.log.read_bytes()[:cut])
        assert repair(left.url) is not None
        shutil.copy(left.file.with_name("store.duckdb.damaged.wal"), left.file.with_name("first"))
        acknowledged.path_of(left.file).write_text(note_of(left))
    names = {path.name for path in left.file.parent.iterdir()}
    assert {"store.duckdb.damaged", "store.duckdb.damaged-2", "store.duckdb.damaged-2.wal"} <= names
    assert left.file.with_name("first").stat().st_size == left.ends[3]


def note_of(left: Killed) -> str:
    origin, size = wal.origin_of(left.log) or (None, 0)
    assert origin is not None
    return f"{origin.database.hex()} {origin.checkpoint:020} {size:020}\n"


def test_a_store_that_is_whole_or_open_or_no_file_is_not_repaired(left: Killed) -> None:
    assert repair(left.url) is None
    command = [sys.executable, "-m", "tests.store.saver", left.url, "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with pytest.raises(StoreInUse):
            repair(left.url)
        with pytest.raises(StoreInUse):
            open_store(left.url)
        owner.kill()
    for url in ("duckdb://:memory:", "postgresql://localhost/x"):
        with pytest.raises(SettingsError, match="DuckDB"):
            repair(url)
    with pytest.raises(StoreError, match=r"There is no store .*none\.duckdb"):
        repair(f"duckdb:///{left.file.with_name('none.duckdb')}")


@pytest.mark.parametrize("size", [0, 100, 4096, 8192, 12_288, 300_000])
def test_a_file_that_was_cut_off_says_so_and_is_left_alone(tmp_path: Path, size: int) -> None:
    file = tmp_path / "store.duckdb"
    with closing(open_store(f"duckdb:///{file}")) as store:
        store.save(build()).result()
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(StoreError, match=r"store\.duckdb|enough bytes"):
        open_store(f"duckdb:///{file}")
    assert file.stat().st_size == size


def test_the_log_and_the_folder_of_temporary_files_are_the_owners_alone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "store.duckdb"
    for round_ in range(2):
        with closing(open_store(f"duckdb:///{file}")) as store:
            store.save(build(str(round_))).result()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
            assert modes == {
                "store.duckdb": 0o600,
                "store.duckdb.wal": 0o600,
                "store.duckdb.acknowledged": 0o600,
                "store.duckdb.tmp": 0o700,
            }


def test_a_store_that_was_only_read_leaves_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        open_store(f"duckdb:///{tmp_path}/store.duckdb").close()
        assert [path.name for path in tmp_path.iterdir()] == ["store.duckdb"]


def test_a_log_from_before_that_others_may_read_becomes_the_owners_alone(left: Killed) -> None:
    left.log.chmod(0o644)
    (folder := left.file.with_name("store.duckdb.tmp")).mkdir(exist_ok=True)
    (folder / "duckdb_temp_1_0_storage_DEFAULT-0.tmp").write_bytes(b"of a killed process")
    with closing(open_store(left.url)):
        assert stat.S_IMODE(left.log.stat().st_mode) == 0o600
        assert list(folder.iterdir()) == []


def test_the_note_follows_the_log_past_a_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "store.duckdb"
    open_store(f"duckdb:///{file}").close()
    session = Session(file, None)
    noted: list[acknowledged.Acknowledged] = []
    for number in "12":
        session.commit([WriteSet(build=encode(build(number)))])
        note = acknowledged.read(file)
        assert note is not None
        assert note.size == wal.path_of(file).stat().st_size
        assert note.origin == wal.read(wal.path_of(file)).origin
        noted.append(note)
        session.checkpoint()
    session.close()
    assert noted[0].origin != noted[1].origin
