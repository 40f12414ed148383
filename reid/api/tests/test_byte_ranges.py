"""Ranges of bytes, by RFC 9110."""

from __future__ import annotations

import pytest

from reid.api.pictures.byte_ranges import RangeOutside, parse_range


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=2-5", (2, 5)),
        ("bytes=2-", (2, 9)),
        ("bytes=2-99", (2, 9)),
        ("bytes=9-", (9, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-99", (0, 9)),
        (" bytes=1-2 ", (1, 2)),
        # nothing that can be served as one range: the whole file is right
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,4-5", None),
        ("lines=1-2", None),
        ("bytes=a-b", None),
        ("bytes=\u0661-\u0662", None),
    ],
)
def test_ranges_of_ten_bytes(header: str, span: tuple[int, int] | None) -> None:
    assert parse_range(header, 10) == span


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_ranges_outside_are_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeOutside) as caught:
        parse_range(header, 10)
    assert caught.value.headers == {"Content-Range": "bytes */10"}
