"""JSON stream reader: an object one member at a time, and one long array in it one element at a time. Pure.

A detector's result for a season of photographs is larger than memory likes; the standard parser would
hold all of it, as objects, several times over.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_CHUNK: Final = 1 << 16
_BLANK: Final = " \t\r\n"
_OTHER_BEGINNINGS: Final = frozenset('{["-0123456789tfn')
OTHER_KIND: Final = "line {line}: {kind} is expected here, and this is JSON of another kind"
_LONGEST_TOKEN: Final = len('"\\u0000"')
"""Nearer to the end of the text than this, a broken value may be one that goes on."""

_WORDS: Final = ("true", "false", "null", "NaN", "Infinity", "-Infinity")

NOT_JSON: Final = "line {line}: this is not JSON"
CUT_OFF: Final = (
    "line {line}: the file ends in the middle: it was cut off, so copy or write it again"
)
TOO_DEEP: Final = "line {line}: values are nested too deeply"
TOO_LONG: Final = "line {line}: a number has too many digits"


def _integer(text: str) -> int | float:
    """An integer; an infinite float for one that no float can hold, over which arithmetic would break.

    Raises ValueError past Python's limit on the digits of a number.
    """
    number = int(text)
    return number if abs(number) <= sys.float_info.max else float(text)


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
        self._expect_kind("{", "an object")
        if self._peek() == "}":
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise ValueError(NOT_JSON.format(line=self.line))
            self._expect(":")
            yield name
            if self._expect(",}") == "}":
                return

    def elements(self) -> Iterator[tuple[int, Any]]:
        """The elements of the array that comes next, each with the line on which it begins."""
        self._expect_kind("[", "a list")
        if self._peek() == "]":
            self._expect("]")
            return
        while True:
            self._peek()
            line = self.line
            yield line, self.value()
            if self._expect(",]") == "]":
                return

    def is_at(self, character: str) -> bool:
        """Whether the value that comes next begins with `character`."""
        return self._peek() == character

    def value(self) -> Any:
        """The value that comes next, whole."""
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise ValueError(NOT_JSON.format(line=self.line)) from error
                if not self._read():
                    text = CUT_OFF if self._is_cut(error) else NOT_JSON
                    raise ValueError(text.format(line=self.line)) from error
                continue
            except RecursionError as error:
                raise ValueError(TOO_DEEP.format(line=self.line)) from error
            except ValueError as error:  # Python's own limit on the digits of a number
                raise ValueError(TOO_LONG.format(line=self.line)) from error
            # A number could still go on where the text was cut: 1 | .5, 1. | 5, 1e | 5 or 1e- | 5.
            if end + len("e-5") <= len(self._text) or not self._read():
                self._advance(end)
                return value

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Whether more text could mend the value; what is broken before its end stays broken."""
        is_open = error.msg.startswith("Unterminated string")
        return is_open or error.pos + _LONGEST_TOKEN >= len(self._text)

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether a value that breaks at the end of the file is the beginning of one."""
        rest = self._text[error.pos :].rstrip(_BLANK)
        return error.msg.startswith(("Unterminated", "Invalid \\")) or any(
            word.startswith(rest) for word in _WORDS
        )

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
        if not character:
            raise ValueError(CUT_OFF.format(line=self.line))
        if character not in characters:
            raise ValueError(NOT_JSON.format(line=self.line))
        self._advance(self._position + 1)
        return character

    def _expect_kind(self, character: str, kind: str) -> None:
        """Take the beginning of a value of this kind; JSON of another kind is named as such."""
        if self._peek() in _OTHER_BEGINNINGS - {character}:
            raise ValueError(OTHER_KIND.format(line=self.line, kind=kind))
        self._expect(character)

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
