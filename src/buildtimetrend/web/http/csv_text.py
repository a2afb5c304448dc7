"""Columns and rows as CSV that a spreadsheet may open: of the API and of the command line alike."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TextIO

# To some spreadsheet a cell that begins so is a formula, or a command; branch names come from strangers.
FORMULAS = frozenset("=+-@|%\N{MINUS SIGN}")
# Text that begins with one of these may be taken for two cells, the second of which is a formula.
BREAKS = ("\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
# Blank without being a space: fillers of Hangul and Braille.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"


def csv_text(names: Sequence[str], columns: Sequence[Iterable[object]]) -> str:
    """RFC 4180, instants in ISO 8601. Text that a spreadsheet would compute is led by an apostrophe."""
    out = io.StringIO()
    write_csv(out, names, zip(*columns, strict=True))
    return out.getvalue()


def write_csv(file: TextIO, names: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """As `csv_text`, row by row; the file must not translate ends of lines."""
    writer = csv.writer(file)
    writer.writerow([cell(name) for name in names])
    writer.writerows([cell(value) for value in row] for row in rows)


def cell(value: object) -> object:
    """Numbers stay numbers, also those in text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return f"'{value}" if _is_formula(value) else value
    return value


def _is_formula(text: str) -> bool:
    """Whatever stands before it and is not seen, and in whatever width it is written."""
    if _NUMBER.fullmatch(text):
        return False
    if text.startswith(BREAKS):
        return True
    seen = next((character for character in text if not _is_unseen(character)), "")
    return unicodedata.normalize("NFKC", seen)[:1] in FORMULAS if seen else False


def _is_unseen(character: str) -> bool:
    """A space, a control or format character, or a mark on nothing."""
    return unicodedata.category(character)[0] in "ZCM" or character in _BLANK
