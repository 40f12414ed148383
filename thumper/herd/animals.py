"""Animals of the sample herd, each as a transparent picture of itself facing right or left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops, ImageOps

from reid.taxonomy import Classification, Sex
from thumper.herd.coats import CREAM, SOOT, Look, mark_flank
from thumper.herd.shapes import CANVAS, SCALE, TOP, Canvas, Colour, Point, mixed, turned

WHITE: Colour = (250, 246, 238)
BLACK: Colour = (26, 22, 20)
BONE: Colour = (206, 184, 148)


@dataclass(frozen=True, slots=True)
class Pose:
    """Pose: where the head is (poll, tilt in degrees below the horizon) and how far the legs step."""

    poll: Point
    tilt: float
    stride: tuple[float, float, float, float]  # near fore, far fore, near hind, far hind


POSES: Final = {
    "alert": Pose((0.86, -1.44), 16, (0.02, 0.10, 0.03, -0.08)),
    "walk": Pose((0.98, -1.28), 26, (0.18, -0.12, -0.14, 0.12)),
    "step": Pose((0.96, -1.34), 22, (-0.10, 0.16, 0.12, -0.12)),
    "browse": Pose((1.06, -0.98), 42, (0.08, -0.06, -0.04, 0.08)),
    "graze": Pose((0.98, -0.46), 62, (0.14, -0.04, -0.06, 0.06)),
}

_TORSO: tuple[Point, ...] = (
    (0.44, -1.0), (0.14, -0.94), (-0.18, -0.95), (-0.44, -0.98), (-0.6, -0.88), (-0.64, -0.7),
    (-0.54, -0.54), (-0.3, -0.5), (0.0, -0.45), (0.3, -0.43), (0.5, -0.5), (0.62, -0.68),
    (0.6, -0.88),
)  # fmt: skip
_HEAD: tuple[Point, ...] = (
    (-0.1, -0.05), (0.0, -0.115), (0.13, -0.1), (0.27, -0.05), (0.37, -0.03), (0.395, 0.02),
    (0.35, 0.07), (0.2, 0.095), (0.04, 0.125), (-0.09, 0.08),
)  # fmt: skip
_EAR: tuple[Point, ...] = ((0, 0), (-0.09, -0.1), (-0.07, -0.24), (0.0, -0.3), (0.05, -0.2), (0.05, -0.07))  # fmt: skip
_BEAM: tuple[Point, ...] = (
    (0.0, -0.09), (-0.1, -0.22), (-0.13, -0.38), (-0.06, -0.53), (0.08, -0.62), (0.24, -0.64),
)  # fmt: skip


def _legs(canvas: Canvas, pose: Pose, colour: Colour, sock: Colour, *, near: bool) -> None:
    fore, hind = (pose.stride[0], pose.stride[2]) if near else (pose.stride[1], pose.stride[3])
    shift = 0.0 if near else 0.05
    hip, shoulder = (-0.46 + shift, -0.66), (0.42 - shift, -0.62)
    hock, knee = (-0.55 + shift + hind * 0.5, -0.3), (0.43 - shift + fore * 0.6, -0.3)
    hind_foot, fore_foot = (-0.48 + shift + hind, -0.04), (0.41 - shift + fore, -0.04)
    canvas.limb([hip, (-0.4 + shift, -0.48), hock], [0.34, 0.2, 0.085], colour)
    canvas.limb([shoulder, knee], [0.22, 0.085], colour)
    for joint, foot in ((hock, hind_foot), (knee, fore_foot)):
        canvas.limb([joint, foot], [0.085, 0.06], sock)
        canvas.limb([foot, (foot[0] + 0.03, foot[1] + 0.03)], [0.07, 0.075], BLACK)


def _rack(canvas: Canvas, of: Look, pose: Pose, colour: Colour, *, lean: float) -> None:
    """One antler: a main beam, and tines that stand up from it."""

    def placed(points: list[Point]) -> list[Point]:
        # The skull turns with the head, but a lowered head shows its antlers half as much turned.
        return turned(points, pose.poll, pose.tilt * 0.8 + lean, of.antlers)

    beam = placed(list(_BEAM))
    canvas.limb(beam, [0.075, 0.068, 0.062, 0.055, 0.045, 0.015], colour)
    for i in range(of.tines):
        share = (i + 1) / (of.tines + 1)
        x, y = _BEAM[1 + round(share * (len(_BEAM) - 2))] if i else _BEAM[1]
        height = 0.27 - 0.035 * abs(i - 1)
        canvas.limb(placed([(x, y), (x + 0.07, y - height)]), [0.05, 0.012], colour)


def _head(canvas: Canvas, of: Look, pose: Pose, coat: Colour, *, night: bool) -> None:
    size = 1.16 if of.sex is Sex.FAWN else 1.0

    def placed(points: list[Point] | tuple[Point, ...]) -> list[Point]:
        return turned(points, pose.poll, pose.tilt, size)

    canvas.outline(placed(_HEAD), coat)
    canvas.outline(
        placed([(0.24, -0.04), (0.37, -0.02), (0.38, 0.04), (0.33, 0.07), (0.22, 0.06)]), WHITE
    )
    (eye,) = placed([(0.09, -0.025)])
    (nose,) = placed([(0.37, 0.0)])
    canvas.disc(eye, 0.046, mixed(coat, WHITE, 0.6))
    canvas.disc(eye, 0.032, WHITE if night else BLACK)
    canvas.disc(nose, 0.034, BLACK)
    (ear,) = placed([(-0.05, -0.06)])
    for shape, colour, scale in (
        (_EAR, mixed(coat, SOOT, 0.15), 1.0),
        (_EAR, mixed(CREAM, coat, 0.25), 0.62),
    ):
        canvas.outline(turned(shape, ear, pose.tilt * 0.6 - 38, scale * size), colour)


@lru_cache(maxsize=256)
def deer(of: Look, flank: str, pose_name: str, *, night: bool = False) -> Image.Image:
    """The deer seen from its `flank` (left or right), RGBA on a canvas of CANVAS pixels."""
    pose = POSES[pose_name]
    coat, shade = of.coat, mixed(of.coat, SOOT, 0.35)
    canvas = Canvas()
    sock = CREAM if of.socks else mixed(coat, SOOT, 0.15)
    _legs(canvas, pose, shade, mixed(sock, SOOT, 0.3), near=False)
    if of.antlers:
        _rack(canvas, of, pose, mixed(BONE, SOOT, 0.35), lean=14)
    far_ear = turned([(-0.02, -0.08)], pose.poll, pose.tilt, 1.0)[0]
    canvas.outline(turned(_EAR, far_ear, pose.tilt * 0.6 + 4, 0.85), shade)
    canvas.outline(
        [(-0.56, -0.9), (-0.7, -0.84), (-0.76, -0.66), (-0.68, -0.6), (-0.6, -0.7)], coat
    )
    canvas.outline([(-0.64, -0.8), (-0.72, -0.74), (-0.75, -0.62), (-0.66, -0.62)], WHITE)

    body = Canvas()
    body.outline(_TORSO, coat)
    neck = [(0.42, -0.78), (0.66, (-0.84 + pose.poll[1]) / 2 - 0.02), pose.poll]
    body.limb(neck, [0.44, 0.3, 0.2], coat)
    _legs(body, pose, coat, sock, near=True)
    marks = Canvas()
    mark_flank(marks, of, flank)
    if of.collar:
        marks.limb([(0.52, -1.12), (0.68, -0.78)], [0.09, 0.09], CREAM)
    inside = Canvas()
    inside.outline(_TORSO, BLACK)
    inside.limb(neck, [0.44, 0.3, 0.2], BLACK)
    body.image.paste(
        marks.image,
        (0, 0),
        ImageChops.multiply(marks.image.getchannel("A"), inside.image.getchannel("A")),
    )
    _shade(body.image, inside.image.getchannel("A"))
    canvas.image.alpha_composite(body.image)
    _head(canvas, of, pose, coat, night=night)
    if of.antlers:
        _rack(canvas, of, pose, BONE, lean=0)
    return canvas.image if flank == "right" else ImageOps.mirror(canvas.image)


@lru_cache(maxsize=64)
def torso(flank: str, pose_name: str) -> Image.Image:
    """Where `deer` draws the torso and the root of the neck: 255 there and 0 elsewhere, on the same canvas."""
    pose = POSES[pose_name]
    canvas = Canvas()
    canvas.outline(_TORSO, BLACK)
    canvas.limb([(0.42, -0.78), (0.6, (-0.84 + pose.poll[1]) / 2 - 0.02)], [0.44, 0.32], BLACK)
    mask = canvas.image.getchannel("A").point(lambda alpha: 255 * (alpha > 127))
    return mask if flank == "right" else ImageOps.mirror(mask)


@lru_cache(maxsize=1)
def _light_from_above() -> tuple[Image.Image, Image.Image]:
    """Masks of what the back loses and the belly gains in light, as the light falls."""
    belly = Image.new("L", (1, CANVAS[1]))
    back = Image.new("L", (1, CANVAS[1]))
    for row in range(CANVAS[1]):
        y = row / SCALE + TOP
        belly.putpixel((0, row), round(110 * min(1.0, max(0.0, (y + 0.62) / 0.16))))
        back.putpixel((0, row), round(60 * min(1.0, max(0.0, (-0.86 - y) / 0.14))))
    return back.resize(CANVAS), belly.resize(CANVAS)


def _shade(image: Image.Image, inside: Image.Image) -> None:
    back, belly = _light_from_above()
    image.paste(SOOT, (0, 0), ImageChops.multiply(back, inside))
    image.paste(CREAM, (0, 0), ImageChops.multiply(belly, inside))


def _raccoon() -> Image.Image:
    grey, dark = (128, 122, 116), (62, 58, 56)
    canvas = Canvas()
    for i in range(6):
        canvas.disc(
            (-0.62 - i * 0.085, -0.34 - i * 0.035), 0.1 - i * 0.006, dark if i % 2 else grey
        )
    for x in (-0.4, -0.28, 0.22, 0.36):
        canvas.limb([(x, -0.25), (x + 0.03, -0.03)], [0.14, 0.1], dark)
    canvas.outline(
        [
            (-0.62, -0.3),
            (-0.5, -0.56),
            (-0.1, -0.64),
            (0.3, -0.52),
            (0.42, -0.3),
            (0.2, -0.16),
            (-0.4, -0.16),
        ],
        grey,
    )
    canvas.disc((0.5, -0.46), 0.19, grey, squash=0.85)
    for x in (0.4, 0.58):
        canvas.disc((x, -0.63), 0.06, dark)
    canvas.outline([(0.36, -0.5), (0.52, -0.54), (0.66, -0.47), (0.52, -0.4)], dark)
    canvas.outline([(0.56, -0.44), (0.74, -0.4), (0.56, -0.33)], WHITE)
    canvas.disc((0.53, -0.48), 0.03, WHITE)
    canvas.disc((0.72, -0.4), 0.03, BLACK)
    return canvas.image


def _cow() -> Image.Image:
    hide, patch = (224, 216, 206), (84, 58, 44)
    canvas = Canvas()
    for x, colour in ((-0.62, patch), (0.42, patch), (-0.78, hide), (0.58, hide)):
        canvas.limb([(x, -0.6), (x, -0.05)], [0.26, 0.14], colour)
    canvas.outline(
        [
            (-0.95, -0.7),
            (-0.9, -1.2),
            (-0.3, -1.28),
            (0.5, -1.28),
            (0.8, -1.05),
            (0.72, -0.6),
            (0.0, -0.48),
            (-0.7, -0.52),
        ],
        hide,
    )
    canvas.outline([(-0.5, -1.2), (-0.1, -1.22), (0.05, -0.9), (-0.3, -0.7), (-0.6, -0.9)], patch)
    canvas.limb([(0.7, -1.05), (1.02, -1.18)], [0.46, 0.3], hide)
    canvas.outline(
        [(0.92, -1.36), (1.2, -1.34), (1.4, -0.98), (1.3, -0.86), (1.1, -0.94), (0.94, -1.12)],
        patch,
    )
    canvas.outline([(1.24, -1.04), (1.42, -0.98), (1.36, -0.84), (1.22, -0.88)], (226, 180, 168))
    canvas.outline([(0.94, -1.32), (0.74, -1.36), (0.7, -1.26), (0.9, -1.22)], patch)
    canvas.disc((1.16, -1.2), 0.035, BLACK)
    canvas.limb([(-0.92, -1.1), (-1.0, -0.6)], [0.06, 0.05], hide)
    return canvas.image


def _person() -> Image.Image:
    """A sign rather than a portrait: nobody is meant."""
    vest, dark = (226, 112, 40), (58, 62, 70)
    canvas = Canvas()
    for x in (-0.1, 0.1):
        canvas.limb([(x, -0.85), (x * 1.3, -0.05)], [0.2, 0.14], dark)
    canvas.limb([(0, -1.45), (0, -0.85)], [0.46, 0.36], vest)
    for side in (-1, 1):
        canvas.limb([(side * 0.24, -1.45), (side * 0.32, -0.95)], [0.14, 0.11], vest)
    canvas.disc((0, -1.86), 0.17, (206, 168, 140))
    canvas.outline([(-0.2, -1.92), (0, -2.1), (0.2, -1.92), (0.28, -1.9), (-0.2, -1.87)], vest)
    return canvas.image


_OTHERS: Final = {
    Classification.RACCOON: _raccoon,
    Classification.CATTLE: _cow,
    Classification.PERSON: _person,
}


@lru_cache(maxsize=16)
def other(kind: Classification, flank: str) -> Image.Image:
    """An animal that is no deer, or a person; KeyError for a kind that cannot be drawn."""
    image = _OTHERS[kind]()
    return image if flank == "right" else ImageOps.mirror(image)
