"""Hints of importers on pages: nothing there tells somebody to type an option or a command."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from thumper.pages.imports.hints import on_page

ROOT = Path(__file__).parents[4]
TYPED = re.compile(
    r"(?<!\()--[a-z]|\b(correct_clock|relabel_\w+|import_deployments|merge_cameras|manage\.py)\b"
)
OF_OPTIONS_ALONE = (
    "--root",  # a page knows the folder itself
    "--collection",
    "--labels, which",  # asked for on no page
    ", which --labels names",
    "--folders {",
    "--format {",
    "--map not",
    ", which --map names",
    "--min-confidence",  # words.REASONS
    "--{option}",
    "--time-format '",  # a part of a sentence
)
"""Texts about an option that only a command has."""


def sentences() -> list[str]:
    """Every text of the importers that names an option or a command."""
    found = set()
    for path in [*ROOT.glob("reid/importing/**/*.py"), *ROOT.glob("reid/intake/**/*.py")]:
        if "tests" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in said
            and " " in node.value
            and TYPED.search(node.value)
        }
    return sorted(text for text in found if not any(part in text for part in OF_OPTIONS_ALONE))


@pytest.mark.parametrize("text", sentences())
def test_no_sentence_names_what_only_a_terminal_has(text: str) -> None:
    assert not TYPED.search(on_page(text)), on_page(text)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (
            "a.csv has files, names: say which one names the photographs, by --column path=HEADING.",
            'a.csv has files, names: choose it under "Which column says what?".',
        ),
        (
            "started is '1/2/25': write it as 2025-10-01, or say the order of day and month by --time-format",
            "started is '1/2/25': write it as 2025-10-01, or say the order of day and month under \"How a table writes its times\"",
        ),
        ("there is no such file", "there is no such file"),
    ],
)
def test_what_the_page_offers_is_said_in_its_place(typed: str, shown: str) -> None:
    assert on_page(typed) == shown
