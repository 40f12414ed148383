"""Language of the code: module docstrings name their module first, and standard terms are used."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from thumper.tests.test_repository import ROOT, tracked

NAMED_FIRST = ("analysis", "benchmarks", "reid", "thumper")
"""Folders whose module docstrings have to begin with the noun that the module is."""
NO_NOUN = {
    *("What", "Which", "Who", "Whom", "Whose", "When", "Where", "Why", "How", "Whether"),
    *("From", "It", "Reads", "Makes", "Here", "Everything", "Nobody", "Somebody"),
}
PRIVATE = re.compile(r"\b(doors?|dress(es)?|the house|house's)\b", re.IGNORECASE)
"""Words that stood for endpoint, format and project."""
MODULES = [
    path
    for path in tracked()
    if path.endswith(".py") and path.startswith(NAMED_FIRST) and "/migrations/" not in path
]
TEXTS = [
    path
    for path in tracked()
    if path.startswith((*NAMED_FIRST, "templates"))
    and path.endswith((".py", ".js", ".css", ".html"))
]


def first_word(path: str) -> str:
    """Of the module's docstring; empty where it has none."""
    text = ast.get_docstring(ast.parse((ROOT / path).read_text())) or ""
    return text.partition(" ")[0]


def test_a_module_is_named_by_the_first_words_of_its_docstring() -> None:
    written = [path for path in MODULES if (ROOT / path).read_text().strip()]
    words = {path: first_word(path) for path in written}
    assert not {path: word for path, word in words.items() if not word or word in NO_NOUN}


def test_no_private_word_stands_for_a_standard_term() -> None:
    own = Path(__file__).relative_to(ROOT).as_posix()
    matches = {
        path: match.group()
        for path in TEXTS
        if path != own and (match := PRIVATE.search((ROOT / path).read_text()))
    }
    assert not matches
