"""JSON of others whose text has what no text may have."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.json_text import loads

ANY = st.recursive(
    st.none() | st.integers(-(2**53), 2**53) | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=4), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (rb'"a\ud800"', "a\ufffd"),
        (rb'"\udc00\ud83d"', "\ufffd\ufffd"),
        (rb'"\uD83D\uDE00\ud83d"', "😀\ufffd"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (rb'"\\ud800\ud800"', "\\ud800\ufffd"),
        (rb'"\\\ud800"', "\\\ufffd"),
        (b'"a\xff"', "a\ufffd"),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        ('"\ud800"', "\ufffd\ufffd\ufffd"),
    ],
)
def test_half_characters_are_replaced_and_whole_ones_kept(document: bytes | str, text: str) -> None:
    assert loads(document) == text


@given(ANY)
def test_whatever_text_there_is_the_document_is_read_as_text(value: object) -> None:
    read = loads(json.dumps(value))
    json.dumps(read, ensure_ascii=False).encode()
    try:
        assert read == orjson.loads(json.dumps(value))
    except orjson.JSONDecodeError:
        assert type(read) is type(value)


@pytest.mark.parametrize(
    "document", [b"", b"{", rb'"\ud800', rb'"\ud80"', b"NaN", b"[" * 5000, rb'{"\ud800"']
)
def test_what_is_no_json_otherwise_either_is_refused(document: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        loads(document)
