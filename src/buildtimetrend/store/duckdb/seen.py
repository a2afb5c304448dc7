"""Whether a build may be stored already."""

from __future__ import annotations

from zlib import crc32

import duckdb

# 2 MB. With a million builds stored, one in 17 new ones is looked up for nothing.
BITS = 2**24
PAGE = 10_000


class Seen:
    """One bit per hash of a build's id: where it is unset, the build is new.

    Most builds are, and a look-up costs 3 ms, or 6 among 250,000 builds: more than to store one in a group.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._bits = bytearray(BITS // 8)
        cursor.execute("SELECT build_id FROM build")
        while page := cursor.fetchmany(PAGE):
            for (build_id,) in page:
                self.add(build_id)

    def add(self, build_id: str) -> None:
        byte, bit = divmod(crc32(build_id.encode()) % BITS, 8)
        self._bits[byte] |= 1 << bit

    def __contains__(self, build_id: str) -> bool:
        byte, bit = divmod(crc32(build_id.encode()) % BITS, 8)
        return bool(self._bits[byte] >> bit & 1)
