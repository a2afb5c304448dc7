"""Fills an outbox until its disk has no room, then sends it: prints how many entries it took, twice.

Run as a process of its own, since it limits its size of files: `python -m tests.store.full_outbox FOLDER`.
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.store.remote.outbox import Entry, Outbox

BYTES = 400_000
BODY = b'"' + b"x" * 20_000 + b'"'


def main(folder: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    outbox = Outbox(folder, 10**9)
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, resource.RLIM_INFINITY))
    taken = filled(outbox)
    first, *others = taken
    outbox.remove([first])  # was sent, though there is no room to note that
    assert outbox.entries() == others
    assert list(outbox.bodies([entry.id for entry in others]).values()) == [BODY] * len(others)
    for entry in others:
        outbox.remove([entry])
    assert outbox.entries() == []
    again = filled(outbox)
    outbox.remove(again)
    outbox.close()
    anew = Outbox(folder, 10**9)
    assert anew.entries() == [], "nothing is sent again at the next start"
    anew.close()
    sys.stdout.write(f"{len(taken)} {len(again)}\n")


def filled(outbox: Outbox) -> list[Entry]:
    taken = []
    while True:
        try:
            taken.append(outbox.put(BODY))
        except StoreUnavailable:
            return taken


if __name__ == "__main__":
    main(Path(sys.argv[1]))
