"""Server-Sent Events out of bytes that come in any pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.protocol import sse
from bisonwatch.protocol.sse import KEEP_ALIVE, Message, Parser, written

TOLD = [Message("snapshot", b'{"a":1}', "b.1"), Message("event", b"[]"), Message("figures", b"{}", "b.2")]
STREAM = b"retry: 2000\n\n" + written(TOLD[0]) + KEEP_ALIVE + written(TOLD[1]) + written(TOLD[2])


@given(st.lists(st.integers(0, len(STREAM)), max_size=9), st.booleans())
def test_any_cut_gives_the_same_messages(cuts: list[int], windows: bool) -> None:
    """Wherever the network cut it, and with either end of line."""
    stream = STREAM.replace(b"\n", b"\r\n") if windows else STREAM
    parser, places = Parser(), [0, *sorted(cuts), len(stream)]
    found = [m for a, b in pairwise(places) for m in parser.take(stream[a:b])]
    assert found == TOLD


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_end_that_comes_byte_by_byte_is_seen(end: bytes) -> None:
    """The last message is not kept back until the next one comes."""
    parser, stream = Parser(), STREAM.replace(b"\n", end)
    found = [m for place in range(len(stream)) for m in parser.take(stream[place : place + 1])]
    assert found == TOLD


def test_several_lines_of_data_are_one() -> None:
    """As the standard has it; what is not known is passed over."""
    assert Parser().take(b"data: a\ndata:b\nodd: x\n\n") == [Message("message", b"a\nb")]


def test_a_message_that_does_not_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills our memory that way."""
    monkeypatch.setattr(sse, "MOST", 1 << 20)
    parser = Parser()
    for _ in range(16):
        parser.take(b"x" * 65_536)
    with pytest.raises(ValueError, match="longer than 1 MiB"):
        parser.take(b"x")
