"""The format of the boundary: plain values come through unchanged, and nothing else comes through at all."""

import contextlib
import json
import math
import pickle
import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnkit.checks.values import fingerprint
from cnnkit.grading.wire import HEAD, Channel, Closed, WireError, pack, unpack

DTYPES = st.one_of(
    hnp.boolean_dtypes(), hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.complex_number_dtypes(),
    hnp.unicode_string_dtypes(), hnp.byte_string_dtypes(),
)  # fmt: skip
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary())
VALUES = st.recursive(
    ATOMS | ARRAYS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_plain_values_come_through_with_their_types_and_every_bit(value):
    got = unpack(*pack(value))
    assert type(got) is type(value) and fingerprint(got) == fingerprint(value)


ODD = [np.float32(1.5), np.int8(-3), np.bool_(True), np.complex64(1j), -0.0, math.nan, 2**200]


@pytest.mark.parametrize("value", ODD)
def test_numpy_scalars_and_odd_numbers_keep_their_types(value):
    got = unpack(*pack(value))
    assert type(got) is type(value) and repr(got) == repr(value)


@pytest.mark.parametrize("array", [np.ones((2, 3)).T, np.arange(6)[::-2], np.broadcast_to(np.ones(1), (3, 3))])
def test_any_layout_is_sent_and_what_arrives_is_a_copy(array):
    got = unpack(*pack(array))
    assert np.array_equal(got, array) and got.flags.writeable and not np.shares_memory(got, array)


class Sly(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


NOT_PLAIN = {
    "an object": object(), "a set": {1, 2}, "a subclass": Sly(3), "objects": np.array([object()]),
    "a record": np.zeros(2, [("a", int)]), "masked": np.ma.zeros(2), "dates": np.zeros(1, "M8[s]"), "a function": print,
    "deep": [[[[[[[[[[[[[[1]]]]]]]]]]]]]], "long": 10**5000, "a range": range(3),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_what_is_not_plain_is_not_sent(name):
    with pytest.raises(WireError):
        pack(NOT_PLAIN[name])


FORGED = [
    b"", b"{", b"\xff\xfe", pickle.dumps(print), b"[" * 100_000, b"1" * 5000, b"{}", b'{"a": 1, "b": 2}', b'{"odd": 3}',
    b'{"tuple": 3}', b'{"dict": [[[1], 2]]}', b'{"complex": ["1", 2]}', b'{"bytes": "0"}', b'{"array": ["O", [1], 0]}',
    b'{"array": ["V8", [1], 0]}', b'{"array": [["a", "f8"], [1], 0]}', b'{"array": ["f8", [2], 0]}',
    b'{"array": ["f8", [-1], 0]}', b'{"array": ["f8", [1], 7]}', b'{"array": ["f8", [true], 0]}',
    b'{"array": ["f8", [4611686018427387904, 4], 0]}',
]  # fmt: skip


@pytest.mark.parametrize("header", FORGED)
def test_a_forged_message_is_an_error_and_nothing_else(header):
    with pytest.raises(WireError):
        unpack(header, [bytes(8)])


@given(st.binary(max_size=200), st.lists(st.binary(max_size=20), max_size=3))
def test_any_bytes_are_a_plain_value_or_an_error(header, buffers):
    with contextlib.suppress(WireError):
        pack(unpack(header, buffers))


@pytest.fixture
def ends():
    pair = [Channel(end) for end in socket.socketpair()]
    yield pair
    for end in pair:
        end.close()


def test_messages_arrive_in_order(ends):
    for value in ({"a": np.ones(3)}, (1, 2.0), None):
        ends[0].send(value)
    assert [type(ends[1].receive(1)) for _ in range(3)] == [dict, tuple, type(None)]


def test_silence_a_hang_up_and_a_monstrous_length_are_told_apart(ends):
    with pytest.raises(TimeoutError):
        ends[1].receive(0.05)
    ends[0].socket.sendall(HEAD.pack(2**31, 0))
    with pytest.raises(WireError, match="longer than any"):
        ends[1].receive(1)
    ends[0].close()
    with pytest.raises(Closed):
        ends[1].receive(1)


def test_a_side_that_does_not_listen_is_not_waited_for(ends):
    with pytest.raises(TimeoutError):
        ends[0].send(np.zeros(10**6), seconds=0.1)


def test_half_a_message_is_waited_for_no_longer_than_asked(ends):
    header = json.dumps([1, 2]).encode()
    ends[0].socket.sendall(HEAD.pack(len(header), 0) + header[:3])
    with pytest.raises(TimeoutError):
        ends[1].receive(0.1)
