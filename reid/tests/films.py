"""Little videos for tests: a bright square that moves over a grey scene, as trail cameras write them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

WIDTH, HEIGHT, SIDE = 320, 240, 40


def crossing(number: int) -> int | None:
    """Left edge of a square that moves by 10 pixels a frame."""
    return 10 * number % (WIDTH - SIDE)


def scene(left: int | None) -> npt.NDArray[np.uint8]:
    """The scene with the square at this left edge; None: without."""
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    picture[:, : WIDTH // 2] = 110
    if left is not None:
        picture[100 : 100 + SIDE, left : left + SIDE] = 230
    return picture


def film(
    path: Path,
    left_of: Callable[[int], int | None] = crossing,
    *,
    frames: int = 30,
    rate: int = 10,
    metadata: dict[str, str] | None = None,
    turned: int = 0,
) -> Path:
    """A video by the ending of its name: Motion JPEG in AVI, else H.264 that can be read from its beginning.

    `left_of`: where the square is on a frame, by its number from 0. `turned`: degrees that players turn it by.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_avi = path.suffix.lower() == ".avi"
    options = {} if is_avi else {"movflags": "faststart+use_metadata_tags"}
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream("mjpeg" if is_avi else "libx264", rate=rate)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuvj420p" if is_avi else "yuv420p"
        if turned:
            stream.set_display_rotation(turned)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(scene(left_of(number)), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def with_avi_time(path: Path, text: str) -> Path:
    """The AVI with an IDIT chunk, which is where trail cameras write the time: `Wed Oct 01 14:30:00 2025`."""
    content = bytearray(path.read_bytes())
    chunk = b"IDIT" + struct.pack("<I", 26) + f"{text}\n\0".encode().ljust(26, b"\0")
    (size,) = struct.unpack_from("<I", content, 16)  # of the list hdrl, after RIFF and its kind
    struct.pack_into("<I", content, 16, size + len(chunk))
    (whole,) = struct.unpack_from("<I", content, 4)
    struct.pack_into("<I", content, 4, whole + len(chunk))
    end = 20 + size
    path.write_bytes(bytes(content[:end]) + chunk + bytes(content[end:]))
    return path
