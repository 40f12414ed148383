"""Figures that a page prints, held to those that come out now: blocks of output, sentences and pictures.

Figures agree where they differ by no more than TOLERANCE says: the scores of another processor differ in their
last digits, and keys are drawn at random on each installation, which changes what a bootstrap draws.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

TOLERANCE: Final = 2
"""Units of the last printed digit; of whole numbers one, or as many in a hundred."""
BOOTSTRAP: Final = 0.06
"""Of both ends of the interval of AUC, for which 16 deer are drawn 500 times."""
PICTURE_TOLERANCE: Final = 4.0
"""Mean difference of grey (0 to 255) of two pictures at a quarter of their size: other fonts, other edges."""
_NUMBER: Final = r"\d+(?:,\d{3})*(?:\.\d+)?"
_NUMBERS: Final = re.compile(_NUMBER)
_BOOTSTRAPPED: Final = re.compile(rf"AUC {_NUMBER} \(({_NUMBER})-({_NUMBER})\)")
_PROMPT: Final = "$ ./run manage "


def agree(printed: str, figure: str, slack: float | None = None) -> bool:
    """Whether two printed numbers are the same to within `slack`, or to within TOLERANCE."""
    one, other = (float(text.replace(",", "")) for text in (printed, figure))
    digits = len(printed.partition(".")[2])
    if slack is None:
        slack = TOLERANCE * 10**-digits if digits else max(1.0, TOLERANCE / 100 * other)
    return abs(one - other) <= slack + 1e-9


def pattern(line: str) -> str:
    """The line without its numbers, and without blanks and dashes, which a table's columns are filled with."""
    return re.sub(r"[-\s]+", "", _NUMBERS.sub("0", line))


def differing(printed: str, line: str) -> list[str]:
    """The numbers of two lines of one pattern that do not agree, as `printed > line`."""
    loose = {
        match.start(group)
        for match in _BOOTSTRAPPED.finditer(printed)
        for group in range(1, len(match.groups()) + 1)
    }
    pairs = zip(_NUMBERS.finditer(printed), _NUMBERS.finditer(line), strict=True)
    return [
        f"{one.group()} > {other.group()}"
        for one, other in pairs
        if not agree(one.group(), other.group(), BOOTSTRAP if one.start() in loose else None)
    ]


def held_to(block: str, run: Callable[..., str]) -> tuple[str, list[str]]:
    """The block as it comes out now, and what differs from it; `run` gives what a command prints."""
    lines: list[str] = []
    problems: list[str] = []
    output: list[str] = []
    for printed in block.splitlines():
        if printed.startswith(_PROMPT):
            output = run(*printed.removeprefix(_PROMPT).split()).splitlines()
            lines.append(printed)
            continue
        place = next(
            (i for i, line in enumerate(output) if pattern(line) == pattern(printed)), None
        )
        if place is None:
            problems.append(f"is not printed: {printed}")
            lines.append(printed)
            continue
        problems += differing(printed, output[place])
        lines.append(output[place])
        del output[: place + 1]
    return "".join(f"{line}\n" for line in lines), problems


def sentence_held_to(text: str, template: str, figures: dict[str, str]) -> tuple[str, list[str]]:
    """The text with the sentence's figures as they come out now, and what differs."""
    names = re.findall(r"\{(\w+)\}", template)
    parts = [r"\s+".join(map(re.escape, re.split(r"\s+", part))) for part in re.split(r"\{\w+\}", template)]  # fmt: skip
    expression = parts[0] + "".join(rf"({_NUMBER}){part}" for part in parts[1:])
    match = re.search(expression, text)
    if match is None:
        return text, [f"does not stand there: {template}"]
    problems = [
        f"{name}: {match.group(i)} > {figures[name]}"
        for i, name in enumerate(names, start=1)
        if not agree(match.group(i), figures[name])
    ]
    for i in range(len(names), 0, -1):
        text = text[: match.start(i)] + figures[names[i - 1]] + text[match.end(i) :]
    return text, problems


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of grey (0 to 255) at a quarter of the size; 255 for other sizes."""
    if one.size != other.size:
        return 255.0
    small = (one.width // 4, one.height // 4)
    greys = [
        np.asarray(picture.convert("L").resize(small, Image.Resampling.BOX), np.float64)
        for picture in (one, other)
    ]
    return float(np.abs(greys[0] - greys[1]).mean())
