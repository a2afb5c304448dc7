"""Cells that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from buildtimetrend.web.http.csv_text import csv_text

FORMULAS = [
    "=1+1", "+cmd", "-cmd", "@SUM(1)", "|calc", "%0A=1", "  =1", "\t1",
    "\r=1", "\n=1", "\r\nx", " \t =1", "\uff1d1+1", "\uff0ba", "\uff0da", "\uff20a",
    "\uff5ccalc", "\uff05a", "\ufe661", "\u2212a", "\u00a0=1", "\u3000=1", "\u2003\uff1d1", "\u200b=1",
    "\ufeff=1", "\0=1", "\x1b=1", "\ufe0f=1", "\u2800=1", "\u3164=1", "+", "-",
    "=", "+1+1", "-1-cmd", "+\uff11",
]  # fmt: skip
PLAIN = [
    "", " ", "main", "a=b", "feature/-x", "1.2", "-5", "+3.25", "-1e6", "'=1", "é=1", "v1|2", "日本", "(=1)",
    "…", "100%", "158.2",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_compute_is_led_by_an_apostrophe(text: str) -> None:
    assert cells(csv_text([text], [[text]])) == [[f"'{text}"], [f"'{text}"]]


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_text_or_a_number_is_left_alone(text: str) -> None:
    assert cells(csv_text(["n", "text"], [[1], [text]]))[1] == ["1", text]


def test_numbers_stay_numbers_and_instants_are_in_iso_8601() -> None:
    row = [-5, -0.5, True, None, datetime(2024, 3, 1, tzinfo=UTC)]
    written = cells(csv_text(["a", "b", "c", "d", "e"], [[value] for value in row]))
    assert written[1] == ["-5", "-0.5", "True", "", "2024-03-01T00:00:00+00:00"]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))
