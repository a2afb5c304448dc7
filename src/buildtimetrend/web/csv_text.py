"""Columns as CSV that a spreadsheet may open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from buildtimetrend.model import Value

# A cell that begins with one of these is a formula to a spreadsheet; branch names come from strangers.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(names: Sequence[str], columns: Sequence[Iterable[Value]]) -> str:
    """RFC 4180, instants in ISO 8601. Text that a spreadsheet would compute is led by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(name) for name in names])
    writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
    return out.getvalue()


def _cell(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULAS) else value
    return value
