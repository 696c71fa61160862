"""Server-Sent Events, both ways: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

from dataclasses import dataclass

MEDIA_TYPE = "text/event-stream"
KEEP_ALIVE = b": still here\n\n"
MOST = 256 << 20
"""The longest message a reader takes; a picture of 2,000 workspaces has 2.5 MB."""


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is None where the message brought none."""

    event: str
    data: bytes
    id: str | None = None


def written(message: Message) -> bytes:
    """`data` must be one line, as JSON is."""
    number = f"id: {message.id}\n".encode() if message.id is not None else b""
    return b"event: %b\n%bdata: %b\n\n" % (message.event.encode(), number, message.data)


class Parser:
    """Bytes as they come from a connection to whole messages; comments and empty messages are passed over."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._tail = b""
        """What came last, since an end may be cut in the middle."""

    def take(self, piece: bytes) -> list[Message]:
        """Raises ValueError for a message that does not end."""
        seen = self._tail + piece
        self._tail = seen[-3:]
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > MOST:
            raise ValueError(f"a message is longer than {MOST >> 20} MiB")
        if b"\n\n" not in seen and b"\r\n\r\n" not in seen:
            return []
        whole = b"".join(self._pieces).replace(b"\r\n", b"\n")
        *blocks, rest = whole.split(b"\n\n")
        self._pieces, self._size = [rest], len(rest)
        return [message for block in blocks if (message := _message(block)) is not None]


def _message(block: bytes) -> Message | None:
    event, number, data = "message", None, list[bytes]()
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            event = value.decode(errors="replace")
        elif name == b"id":
            number = value.decode(errors="replace")
        elif name == b"data":
            data.append(value)
    return Message(event, b"\n".join(data), number) if data else None
