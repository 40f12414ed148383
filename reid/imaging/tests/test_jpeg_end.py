"""JPEG files without an end marker: whole pictures are taken, cut ones are not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reid.imaging import decoding, jpeg_end
from reid.imaging.decoding import ImageProblem

LIMITS = {"max_pixels": 10**6, "max_bytes": 10**7}


def jpeg(mode: str = "RGB", seed: int = 0, **save: object) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (60, 80, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, "JPEG", **save)
    return buffer.getvalue()


def pixels(data: bytes) -> bytes:
    return decoding.open_oriented(io.BytesIO(data), **LIMITS).tobytes()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_that_lacks_nothing_but_its_end_is_read(
    mode: str, missing: int, progressive: bool
) -> None:
    whole = jpeg(mode, progressive=progressive)
    data = whole[:-missing]
    assert jpeg_end.has_end(whole) and not jpeg_end.has_end(data)
    assert decoding.probe(io.BytesIO(data), **LIMITS).width == 80
    assert pixels(data) == pixels(whole)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_jpeg_that_lacks_more_is_not(share: float, progressive: bool) -> None:
    for seed in range(5):
        whole = jpeg(seed=seed, progressive=progressive)
        data = whole[: int(len(whole) * share)]
        with pytest.raises(ImageProblem) as problem:
            decoding.probe(io.BytesIO(data), **LIMITS)
        assert (problem.value.reason, problem.value.detail) == ("unreadable", decoding.CUT_SHORT)


def test_zeros_in_place_of_the_second_half_are_no_picture() -> None:
    whole = jpeg()
    half = len(whole) // 2
    with pytest.raises(ImageProblem, match=decoding.CUT_SHORT):
        decoding.probe(io.BytesIO(whole[:half] + bytes(half)), **LIMITS)


def test_a_progressive_jpeg_cut_between_its_scans_is_not_whole() -> None:
    """What is there is a picture, of less detail than the camera took."""
    whole = jpeg(progressive=True)
    last = whole.rfind(b"\xff\xda")
    assert last > whole.find(b"\xff\xda")
    for scan in range(last, 0, -1):
        if whole.startswith(b"\xff\xda", scan):
            assert not jpeg_end.lacks_only_its_end(whole[:scan])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xda",
        b"\xff\xd8\xff\xc2\x00\x03\x01",
    ],
)
def test_what_is_hardly_a_jpeg_is_none(data: bytes) -> None:
    assert not jpeg_end.has_end(data)
    assert not jpeg_end.lacks_only_its_end(data)


@given(st.lists(st.sampled_from([b"\xff", b"\xd9", b"\0", b"\xd9" * 70, b"\xff\xd9"]), max_size=8))
def test_the_end_is_found_wherever_it_stands_behind_the_scan(parts: list[bytes]) -> None:
    whole = jpeg()
    scan = whole.rindex(b"\xff\xda")
    header = whole[: scan + 2 + int.from_bytes(whole[scan + 2 : scan + 4], "big")]
    tail = b"".join(parts)
    assert jpeg_end.has_end(header + tail) == (jpeg_end.END in tail)
