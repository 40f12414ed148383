"""JSON stream reader: an object one member at a time, and one long array in it one element at a time. Pure.

A detector's result for a season of photographs is larger than memory likes; the standard parser would
hold all of it, as objects, several times over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_CHUNK: Final = 1 << 16
_BLANK: Final = " \t\r\n"
_MOST_DIGITS: Final = 300


def _integer(text: str) -> int | float:
    """An integer that a float can still hold; a longer one is a float, infinite where it has to be."""
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


_DECODER: Final = json.JSONDecoder(parse_int=_integer)


class JsonStream:
    """A cursor over JSON text; `line` is the line, from 1, at which it stands.

    Every method raises ValueError, naming the line, where the text is not JSON.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._position = 0
        self.line = 1

    def members(self) -> Iterator[str]:
        """The names of the object's members; the caller takes each value before it asks for the next."""
        self._expect("{")
        if self._peek() == "}":
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise self._broken()
            self._expect(":")
            yield name
            if self._expect(",}") == "}":
                return

    def elements(self) -> Iterator[tuple[int, Any]]:
        """The elements of the array that comes next, each with the line on which it begins."""
        self._expect("[")
        if self._peek() == "]":
            self._expect("]")
            return
        while True:
            self._peek()
            line = self.line
            yield line, self.value()
            if self._expect(",]") == "]":
                return

    def value(self) -> Any:
        """The value that comes next, whole."""
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                if not self._read():
                    raise self._broken() from error
                continue
            except RecursionError as error:
                raise ValueError(f"line {self.line}: it is nested too deeply") from error
            # A number could still go on where the text was cut: 1 | .5, 1. | 5, 1e | 5 or 1e- | 5.
            if end + len("e-5") <= len(self._text) or not self._read():
                self._advance(end)
                return value

    def _peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            end = self._position
            while end < len(self._text) and self._text[end] in _BLANK:
                end += 1
            self._advance(end)
            if end < len(self._text):
                return self._text[end]
            if not self._read():
                return ""

    def _expect(self, characters: str) -> str:
        character = self._peek()
        if not character or character not in characters:
            raise self._broken()
        self._advance(self._position + 1)
        return character

    def _advance(self, end: int) -> None:
        self.line += self._text.count("\n", self._position, end)
        self._position = end

    def _read(self) -> bool:
        """Take in more text, twice as much for a value that would not end; False at the end."""
        rest = self._text[self._position :]
        more = self._file.read(max(_CHUNK, len(rest)))
        if more:
            self._text, self._position = rest + more, 0
        return bool(more)

    def _broken(self) -> ValueError:
        return ValueError(f"line {self.line}: this is not JSON")
