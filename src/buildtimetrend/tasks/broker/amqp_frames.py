"""Frames of AMQP as py-amqp reads them, but for headers that nobody can read.

RabbitMQ passes on properties that are no UTF-8. py-amqp would end the connection over them, RabbitMQ then
send the same message again, for ever. Without its properties the message arrives, and is nobody's.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, TypeAlias

from amqp.exceptions import FrameSyntaxError
from amqp.method_framing import frame_handler as _frame_handler

Frame: TypeAlias = tuple[int, int, bytes]  # its type, channel, content

_HEADER = 2  # the type of frames with the properties of a content
_BEFORE_PROPERTIES = 12  # bytes: class, weight, size of the body
_NO_PROPERTIES = b"\0\0"
_UNREADABLE = (ValueError, LookupError, ArithmeticError, RecursionError, struct.error, FrameSyntaxError)


def frame_handler(connection: Any, callback: Any) -> Callable[[Frame], bool]:
    """For the parameter of that name of `amqp.Connection`."""
    read = _frame_handler(connection, callback)

    def on_frame(frame: Frame) -> bool:
        kind, channel, content = frame
        if kind != _HEADER:
            return bool(read(frame))
        try:
            return bool(read(frame))
        except _UNREADABLE:
            return bool(read((kind, channel, bytes(content[:_BEFORE_PROPERTIES]) + _NO_PROPERTIES)))

    return on_frame
