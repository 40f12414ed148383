"""Numbers in messages: one is not many, and every template that counts says so."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from django.conf import settings

from reid import wording
from reid.wording import Number, counted, plain_text, read_plain_text


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(wording)
    assert (result.attempted, result.failed) == (5, 0)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (0, "0 boxes lie there: they stay"),
        (1, "1 box lies there: it stays"),
        (2, "2 boxes lie there: they stay"),
        (12_345, "12,345 boxes lie there: they stay"),
    ],
)
def test_the_words_of_a_template_agree_with_its_number(number: int, sentence: str) -> None:
    template = "{n:box lies|boxes lie} there: {n:|it stays|they stay}"
    assert template.format(n=Number(number)) == sentence


def test_other_formats_are_those_of_whole_numbers() -> None:
    assert f"{Number(1_234):>8,}|{Number(7)}" == "   1,234|7"


def test_a_plural_that_is_more_than_an_s_is_named() -> None:
    assert (counted(1, "box", "boxes"), counted(2, "box", "boxes")) == ("1 box", "2 boxes")


_PLAIN = re.compile(
    r"(?<!at most )\{[^{}|]*\} (?:photograph|detection|deployment|outage|row|box|path|folder|file|sighting|reference|"
    r"encounter|line|camera|thing)(?:e?s)\b"
)


@pytest.mark.parametrize(
    "part",
    [
        *("reid/admin", "reid/api", "reid/cameras", "reid/import_undo", "reid/importing"),
        *("correct_clock", "import_deployments", "import_detections", "imports", "merge_cameras"),
    ],
)
def test_no_message_of_an_import_counts_one_as_many(part: str) -> None:
    """A number before a plural, with nothing that would make it agree."""
    folder = Path(settings.BASE_DIR)
    single = folder / "reid/management/commands" / f"{part}.py"
    modules = [single] if single.exists() else sorted((folder / part).rglob("*.py"))
    assert modules
    found = [
        f"{module.name}: {match[0]}"
        for module in modules
        if "tests" not in module.parts
        for match in _PLAIN.finditer(module.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize(
    "unseen", ["", "\u200b", "\ufeff", "\u200d\u2060", " ", "\u00a0", "\n", "\x00"]
)
def test_whatever_a_spreadsheet_may_take_for_a_formula_is_plain_text(
    sign: str, unseen: str
) -> None:
    cell = f"{unseen}{sign}1+1"
    assert plain_text(cell) == f"'{cell}"
    assert read_plain_text(plain_text(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Old Gus", "'Gus'", "'", "1=1", "\u200bGus", "\u200b"])
def test_a_cell_that_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert plain_text(cell) == read_plain_text(cell) == cell
