"""Album of the sample herd: a plan drawn as photographs, and the tables that cameras and a detector would give.

`draw` is safe to repeat: the season's last day is kept beside the pictures, what exists is left alone,
and the tables are written last, so that their presence says that every picture was drawn.
"""

from __future__ import annotations

import io
import json
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageFilter

from reid.imaging.crops import Box
from thumper.herd import animals, landscape, scenes
from thumper.herd.landscape import SIZE
from thumper.herd.season import plan
from thumper.herd.shapes import LEFT, RIGHT, SCALE, TOP
from thumper.herd.tables import DEPLOYMENTS, DETECTIONS, TRUTH, write_tables, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from thumper.herd.season import Animal, SampleFrame

SEED: Final = 20
_SEASON: Final = "season.json"
_TURNED_RIGHT: Final = 6  # EXIF orientation: turn the stored picture clockwise to see it upright


class HerdConflict(ValueError):
    """Another herd lies in the directory already; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Album:
    """Folder of the herd, and how much this call had to draw."""

    directory: Path
    frames: int
    drawn: int

    @property
    def detections(self) -> Path:
        return self.directory / DETECTIONS

    @property
    def deployments(self) -> Path:
        return self.directory / DEPLOYMENTS

    @property
    def truth(self) -> Path:
        return self.directory / TRUTH


def draw(
    directory: Path,
    seed: int = SEED,
    *,
    deer: int = 24,
    days: int = 100,
    last_day: date,
    zone: str,
    processes: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Album:
    """Draw the herd of `deer` deer over `days` days that end on `last_day` into `directory`.

    A herd that was drawn before keeps its last day. `progress(done, total)` is called after each
    picture. Raises HerdConflict where a herd of another seed or size lies there.
    """
    directory.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"seed": seed, "deer": deer, "days": days, "zone": zone}
    season = _kept_season(directory)
    if season is None:
        season = options | {"last_day": last_day.isoformat()}
        write_whole(directory / _SEASON, json.dumps(season, indent=1).encode("ascii"))
    elif any(season[name] != options[name] for name in ("seed", "deer", "days")):
        raise HerdConflict(f"{directory} holds another herd: remove it, or name another directory.")
    frames = plan(
        seed, deer, days, date.fromisoformat(season["last_day"]), ZoneInfo(str(season["zone"]))
    )
    has_tables = all((directory / name).exists() for name in (DETECTIONS, DEPLOYMENTS, TRUTH))
    missing = [frame for frame in frames if not has_tables or not (directory / frame.path).exists()]
    boxes: list[tuple[Box, ...]] = []
    for done, frame_boxes in enumerate(_take_all(directory, missing, seed, processes), start=1):
        boxes.append(frame_boxes)
        progress(done, len(missing))
    if not has_tables:
        write_tables(directory, frames, boxes)
    return Album(directory, len(frames), len(missing))


def _kept_season(directory: Path) -> dict[str, Any] | None:
    try:
        text = (directory / _SEASON).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    season: dict[str, Any] = json.loads(text)
    return season


def _take_all(
    directory: Path, frames: list[SampleFrame], seed: int, processes: int
) -> Iterable[tuple[Box, ...]]:
    if processes == 1 or not frames:
        yield from (take(directory, frame, seed) for frame in frames)
        return
    # Spawned, not forked: the parent may hold database connections and threads.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        count = len(frames)
        yield from pool.map(take, [directory] * count, frames, [seed] * count, chunksize=8)


def take(directory: Path, frame: SampleFrame, seed: int) -> tuple[Box, ...]:
    """Draw `frame` and store it with its EXIF capture time; return the boxes of its animals."""
    image, boxes = render(frame, seed)
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Thumper"
    exif[ExifTags.Base.Model] = "sample herd"
    if frame.quirk == "turned":
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[ExifTags.Base.Orientation] = _TURNED_RIGHT
    offset = frame.captured_at.strftime("%z")
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.DateTimeOriginal: frame.captured_at.strftime("%Y:%m:%d %H:%M:%S"),
            ExifTags.Base.OffsetTimeOriginal: f"{offset[:3]}:{offset[3:5]}",
        }
    )
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85, exif=exif)
    write_whole(directory / frame.path, buffer.getvalue())
    return boxes


def render(frame: SampleFrame, seed: int) -> tuple[Image.Image, tuple[Box, ...]]:
    """The frame's picture (RGB, SIZE, upright) and the boxes of its animals, in their order."""
    chance = random.Random(f"{seed} frame {frame.number}")
    image = scenes.background(frame.site, frame.light)
    boxes: dict[str, Box] = {}
    for animal in sorted(frame.animals, key=lambda item: item.y):  # the nearest is in front
        boxes[animal.sighting] = _place(image, frame, animal)
        if frame.quirk != "distant":
            landscape.tufts(image, frame.site, chance, animal.x, animal.y, animal.size / 700)
    image = scenes.lit(image, frame.light, chance)
    degrees = chance.randint(2, 31)
    scenes.caption(image, f"{frame.site.name.upper()}   {degrees} C")
    return image, tuple(boxes[animal.sighting] for animal in frame.animals)


def _place(image: Image.Image, frame: SampleFrame, animal: Animal) -> Box:
    """Paste the animal with its shadow; return the box of what is visible of it."""
    is_night = frame.light == "night"
    if animal.deer is None:
        sprite = animals.other(animal.classification, animal.flank)
    else:
        sprite = animals.deer(animal.deer.look, animal.flank, animal.pose, night=is_night)
    share = animal.size / SCALE
    sprite = sprite.resize(
        (round(sprite.width * share), round(sprite.height * share)), Image.Resampling.BOX
    ).rotate(animal.tilt, Image.Resampling.BICUBIC)
    wide, high = SIZE
    middle = -LEFT if animal.flank == "right" else RIGHT
    left = round(animal.x * wide - middle * animal.size)
    top = round(animal.y * high + TOP * animal.size)
    if not is_night:
        _shadow(image, round(animal.x * wide), round(animal.y * high), animal.size)
    image.paste(sprite, (left, top), sprite)
    # Faint edge pixels would widen the box by a pixel or two: what counts is what one can see.
    visible = sprite.getchannel("A").point(lambda alpha: 255 * (alpha > 64)).getbbox()
    if visible is None:
        raise ValueError(f"nothing was drawn of {animal.sighting} on {frame.path}")
    x1, y1 = max(0, left + visible[0]), max(0, top + visible[1])
    x2, y2 = min(wide, left + visible[2]), min(high, top + visible[3])
    return Box(x1, y1, x2 - x1, y2 - y1)


def _shadow(image: Image.Image, x: int, y: int, size: float) -> None:
    wide, high = round(size * 1.7), max(6, round(size * 0.22))
    mask = Image.radial_gradient("L").point(lambda far: max(0, 96 - far // 2)).resize((wide, high))
    soft = mask.filter(ImageFilter.GaussianBlur(2))
    image.paste((30, 36, 22), (x - wide // 2, y - high // 2), soft)
