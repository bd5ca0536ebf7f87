# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core import protocol
from expclip_core.protocol import Done, Failure, Part, Progress, ProtocolError, Request

identifiers = st.integers(0, 2**53)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), json_values, max_size=4)
fractions = st.floats(0, 1)
values = st.lists(st.floats(width=32, allow_nan=False), max_size=64).map(lambda numbers: array("f", numbers))
replies = st.one_of(
    st.builds(Progress, identifiers, fractions, st.text()),
    st.builds(Part, identifiers, values),
    st.builds(Done, identifiers, objects),
    st.builds(Failure, st.none() | identifiers, st.text(), st.text(), st.text()),
)


@given(st.builds(Request, identifiers, st.sampled_from(protocol.METHODS), objects))
def test_a_request_survives_the_pipe(request: Request) -> None:
    assert protocol.decode_request(protocol.encode_request(request)) == request


@given(replies)
def test_a_reply_survives_the_pipe(reply: protocol.Reply) -> None:
    assert protocol.decode_reply(protocol.encode_reply(reply)) == reply


@given(replies)
def test_a_message_is_one_line(reply: protocol.Reply) -> None:
    line = protocol.encode_reply(reply)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1


@given(st.binary(max_size=200))
def test_noise_is_refused_as_noise(line: bytes) -> None:
    for decode in (protocol.decode_request, protocol.decode_reply):
        with pytest.raises(ProtocolError):
            decode(line)


@given(json_values)
def test_json_that_is_no_message_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError):
        protocol.decode_request(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"id": -1, "method": "hello"}', "id must be"),
        (b'{"id": true, "method": "hello"}', "id must be"),
        (b'{"id": 1, "method": "format disk"}', "unknown method 'format disk'"),
        (b'{"id": 1, "method": "hello", "params": []}', "params must be an object"),
        (b'{"id": 1, "method": "express", "params": {"intensity": NaN}}', "NaN is not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(line: bytes, says: str) -> None:
    with pytest.raises(ProtocolError, match=says):
        protocol.decode_request(line)


def test_an_error_names_the_request_where_it_can() -> None:
    with pytest.raises(ProtocolError) as caught:
        protocol.decode_request(b'{"id": 7, "method": "?"}')
    assert caught.value.request_id == 7


@given(st.integers(0, 10_000))
def test_curves_of_any_length_travel_in_parts_that_fit(frames: int) -> None:
    curves = array("f", [0.25]) * (frames * 52)
    parts = list(protocol.parts(3, curves, 52))
    assert all(len(protocol.encode_reply(part)) <= protocol.LINE_LIMIT for part in parts)
    assert sum((part.values for part in parts), array("f")) == curves


def test_a_message_that_does_not_fit_is_refused_by_the_sender() -> None:
    with pytest.raises(ProtocolError, match="does not fit"):
        protocol.encode_reply(Done(1, {"text": "x" * protocol.LINE_LIMIT}))


def test_an_over_long_line_is_skipped() -> None:
    stream = io.BytesIO(b"x" * (3 * protocol.LINE_LIMIT) + b'\n{"id": 1, "method": "hello"}\n')
    with pytest.raises(ProtocolError, match="longer than"):
        protocol.read_line(stream)
    assert protocol.decode_request(protocol.read_line(stream)) == Request(1, "hello")
    assert protocol.read_line(stream) is None
