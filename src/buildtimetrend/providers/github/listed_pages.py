"""Pages of lists of runs that GitHub need not tell again while they are the same: that counts for no limit.

They are kept packed, which takes about 10 kB for 100 runs: so those of all repos that are swept have room.
"""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass

from buildtimetrend.providers.github.runs import Run
from buildtimetrend.providers.kept import Kept

MOST = 64 * 1024**2  # bytes
KEPT_FOR = 86_400.0  # s: a page that no sweep has asked for meanwhile is of no use


@dataclass(frozen=True, slots=True)
class ListedPage:
    etag: str
    leads_on: bool
    packed: bytes

    @classmethod
    def of(cls, etag: str, runs: tuple[Run, ...], *, leads_on: bool) -> ListedPage:
        return cls(etag, leads_on, zlib.compress(pickle.dumps(runs, pickle.HIGHEST_PROTOCOL), 1))

    @property
    def runs(self) -> tuple[Run, ...]:
        found: tuple[Run, ...] = pickle.loads(zlib.decompress(self.packed))  # noqa: S301 - of our own making
        return found

    @property
    def size(self) -> int:
        """Bytes, with what keeping it takes."""
        return len(self.packed) + len(self.etag) + 1000


class ListedPages(Kept[str, ListedPage]):
    """By what was asked for. As many as fit into `MOST` bytes."""

    def __init__(self) -> None:
        super().__init__(MOST, KEPT_FOR, weigh=lambda page: page.size)
