"""The format in which values pass between the judge and a student's process: nothing in it can be executed.

A message is a length, a header in JSON and the raw bytes of its arrays. Plain values pass (see `checks.values`) and
nothing else does, in either direction; types, dtypes, shapes and lengths are checked before anything is made of them.

>>> unpack(*pack((1, 2.0, np.eye(2, dtype="f4"))))
(1, 2.0, array([[1., 0.],
       [0., 1.]], dtype=float32))
"""

import json
import socket
import struct
import threading
import time

import numpy as np

from ..checks.values import ATOMS, DEEPEST, KINDS

HEADER_BYTES = 8 << 20
BUFFER_BYTES = 32 << 20
MOST_KEYS = 100  # of a dictionary: keys can be chosen so that looking them up takes the square of their number
HEAD = struct.Struct(">II")  # bytes of the header, number of buffers
SIZE = struct.Struct(">Q")
SCALARS = ATOMS - {type(None), bool, int, float, complex, str, bytes}  # NumPy's own
DEEP = DEEPEST + 4  # a message wraps its values in some layers of its own


class WireError(ValueError):
    """A message that is no message: whoever sent it does not keep to the format."""


class Closed(ConnectionError):
    """The other side is gone."""


def pack(value) -> tuple[bytes, list[bytes]]:
    """A plain value as a header and buffers; WireError when it is not plain."""
    buffers: list[bytes] = []
    try:
        header = json.dumps(_tree(value, buffers, 0)).encode()
    except ValueError as error:  # Python does not print whole numbers of more than 4300 digits
        raise error if isinstance(error, WireError) else WireError("a whole number of thousands of digits") from None
    if len(header) > HEADER_BYTES or sum(map(len, buffers)) > BUFFER_BYTES:
        raise WireError(
            f"a value of more than {BUFFER_BYTES >> 20} MiB of arrays or {HEADER_BYTES >> 20} MiB of others"
        )
    return header, buffers


def _tree(value, buffers, depth):
    """The value in what JSON has; what it has not is an object with one key, the kind."""
    kind = type(value)
    if depth > DEEP:
        raise WireError("a value nested too deeply")
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [_tree(item, buffers, depth + 1) for item in value]
    if kind is tuple:
        return {"tuple": [_tree(item, buffers, depth + 1) for item in value]}
    if kind is dict and len(value) <= MOST_KEYS:
        return {"dict": [[_tree(part, buffers, depth + 1) for part in pair] for pair in value.items()]}
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    if kind is bytes:
        buffers.append(value)
        return {"bytes": len(buffers) - 1}
    if (kind is np.ndarray and value.dtype.kind in KINDS) or kind in SCALARS:
        buffers.append(np.ascontiguousarray(value).tobytes())
        return {"array" if kind is np.ndarray else "scalar": [value.dtype.str, list(value.shape), len(buffers) - 1]}
    raise WireError(f"a value of type {kind.__name__}, which does not pass")


def unpack(header: bytes, buffers: list[bytes]):
    """The value of a header and its buffers; WireError when they are anything but what `pack` makes."""
    try:
        return _value(json.loads(header), buffers, 0)
    except (ValueError, TypeError, RecursionError, IndexError, KeyError, MemoryError, OverflowError) as error:
        raise WireError(f"not a message: {type(error).__name__}") from None


def _value(tree, buffers, depth):
    if depth > DEEP:
        raise WireError("a value nested too deeply")
    if isinstance(tree, list):
        return [_value(item, buffers, depth + 1) for item in tree]
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "tuple":
        return tuple(_value(item, buffers, depth + 1) for item in _a(list, content))
    if kind == "dict" and len(content) <= MOST_KEYS:
        return {_value(key, buffers, depth + 1): _value(item, buffers, depth + 1) for key, item in _a(list, content)}
    if kind == "complex":
        real, imaginary = content
        return complex(_a(float, real), _a(float, imaginary))
    if kind == "bytes":
        return buffers[_a(int, content)]
    if kind in ("array", "scalar"):
        array = _array(*content, buffers)
        return array if kind == "array" else array[()]
    raise WireError(f"an unknown kind {kind!r}")


def _array(dtype, shape, place, buffers):
    dtype = np.dtype(_a(str, dtype))
    if dtype.kind not in KINDS or dtype.hasobject or dtype.names or dtype.subdtype:
        raise WireError(f"an array of dtype {dtype}, which does not pass")
    if len(shape) > 32 or any(_a(int, side) < 0 for side in shape):
        raise WireError("an array of an impossible shape")
    content = buffers[_a(int, place)]
    count = 1
    for side in shape:
        count *= side
    if count * dtype.itemsize != len(content):
        raise WireError("an array whose shape and bytes disagree")
    return np.frombuffer(content, dtype, count).reshape(shape).copy() if count else np.zeros(shape, dtype)


def _a(kind, value):
    """`value`, if it is exactly of this type."""
    if type(value) is not kind:
        raise WireError(f"{kind.__name__} expected")
    return value


class Channel:
    """One end of a stream of messages over a socket."""

    def __init__(self, end: socket.socket):
        self.socket = end
        self.sending = threading.Lock()  # a thread of the student's may print while a cell runs

    def send(self, value, seconds: float = 60) -> None:
        """Pass the value on; TimeoutError when the other side does not take it, Closed when it is gone."""
        header, buffers = pack(value)
        frame = [HEAD.pack(len(header), len(buffers)), *(SIZE.pack(len(b)) for b in buffers), header, *buffers]
        try:
            with self.sending:
                self.socket.settimeout(seconds)
                for part in frame:
                    self.socket.sendall(part)
        except TimeoutError:
            raise
        except OSError:
            raise Closed("the other side is gone") from None

    def receive(self, seconds: float | None = None):
        """The next message; TimeoutError when it is not whole after that many seconds, Closed when none will come."""
        deadline = None if seconds is None else time.monotonic() + seconds
        header_bytes, count = HEAD.unpack(self._exactly(HEAD.size, deadline))
        if header_bytes > HEADER_BYTES or count > 10_000:
            raise WireError("a message longer than any can be")
        sizes = [SIZE.unpack(self._exactly(SIZE.size, deadline))[0] for _ in range(count)]
        if sum(sizes) > BUFFER_BYTES:
            raise WireError("a message longer than any can be")
        header = self._exactly(header_bytes, deadline)
        return unpack(header, [self._exactly(size, deadline) for size in sizes])

    def _exactly(self, count: int, deadline) -> bytes:
        parts, missing = [], count
        while missing:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            try:
                part = self.socket.recv(min(missing, 1 << 20))
            except TimeoutError:
                raise
            except OSError:
                part = b""
            if not part:
                raise Closed("the other side is gone")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self.socket.close()
