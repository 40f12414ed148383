"""Labels of a ranch: a small table of words and the classes that they name, read and stored."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from reid.importing.rows import SourceProblem
from reid.models import ClassLabel
from reid.taxonomy import Classification
from reid.vocabulary import Vocabulary, fold_word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NO_FILE: Final = "There is no file {name}, which --labels names."
UNREADABLE: Final = "{name}, which --labels names, cannot be read: {problem}."
TWO_CELLS: Final = (
    "{name} line {line} is {text!r}: write a word, a comma and a class, such as venado,deer."
)
NO_CLASS: Final = "{name} line {line} names the class {text!r}: use one of {known}."
TWO_CLASSES: Final = "{name} line {line} says that {word!r} is {one}, and an earlier line {other}: one word is one class."

_HEADINGS: Final = frozenset({"word", "label", "name"})
_LONGEST: Final = ClassLabel._meta.get_field("word").max_length or 0


def read_labels(path: Path) -> dict[str, str]:
    """Classes by folded word, from lines `word,class`; a first line of headings is passed over.

    Commas, semicolons or tabs; a class by its name or by any built-in word for it. Raises SourceProblem.
    """
    labels: dict[str, str] = {}
    for line, (word, text) in _lines(path):
        meaning = Vocabulary().meaning(text)
        if not text or not meaning.is_known:
            known = ", ".join(item.value for item in Classification)
            raise SourceProblem(NO_CLASS.format(name=path.name, line=line, text=text, known=known))
        name = meaning.classification.value
        other = labels.setdefault(fold_word(word)[:_LONGEST], name)
        if other != name:
            text = TWO_CLASSES.format(name=path.name, line=line, word=word, one=name, other=other)
            raise SourceProblem(text)
    return labels


def _lines(path: Path) -> list[tuple[int, tuple[str, str]]]:
    if not path.is_file():
        raise SourceProblem(NO_FILE.format(name=path.name))
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = error.strerror or "the disk does not give it"
        raise SourceProblem(UNREADABLE.format(name=path.name, problem=problem)) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    rows = []
    for line, content_of_line in enumerate(text.splitlines(), start=1):
        if not content_of_line.strip():
            continue
        separator = next((sign for sign in "\t,;" if sign in content_of_line), ",")
        try:
            cells = [
                cell.strip() for cell in next(csv.reader([content_of_line], delimiter=separator))
            ]
        except csv.Error:  # longer than any cell
            cells = []
        if len(cells) != 2 or not fold_word(cells[0]):
            raise SourceProblem(
                TWO_CELLS.format(name=path.name, line=line, text=content_of_line[:_LONGEST])
            )
        if (
            line == 1
            and fold_word(cells[0]) in _HEADINGS
            and not Vocabulary().meaning(cells[1]).is_known
        ):
            continue
        rows.append((line, (cells[0], cells[1])))
    return rows


def store_labels(labels: Mapping[str, str]) -> None:
    """Keep these words for the ranch; a word that is kept already gets its new class."""
    ClassLabel.objects.bulk_create(
        (ClassLabel(word=word, classification=name) for word, name in labels.items()),
        update_conflicts=True,
        unique_fields=["word"],
        update_fields=["classification"],
    )
