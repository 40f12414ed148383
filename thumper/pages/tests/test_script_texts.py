"""Scripts hold no sentence: what they say is handed over by their page, in its language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest
from django.utils.functional import Promise

from thumper.pages.script_texts import TEXTS
from thumper.pages.text_filters import script_texts

FOLDER: Final = Path(__file__).parents[2] / "static" / "thumper"
SCRIPTS: Final = sorted(FOLDER.glob("*.js"))
SAYERS: Final = {
    "review": ["page.js", "why.js", "review.js", "review_naming.js", "review_groups.js"],
    "audit": ["page.js", "audit.js"],
    "surveyAudit": ["page.js", "survey_audit.js"],
    "labels": ["page.js", "why.js", "labels.js"],
}
"""Scripts of each page that says something, in the order in which the page loads them."""

_COMMENT: Final = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
_LITERAL: Final = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`((?:\$\{[^}]*\}|[^`])*)`")
_SENTENCE: Final = re.compile(r"[A-Z][a-z]+ [a-z]+|[a-z]+ [a-z]+ [a-z]+")
_SAID: Final = re.compile(r"\bsay\(\s*\"(\w+)\"|\? \"(\w+)\" : \"(\w+)\", \{")


def literals(script: Path) -> list[str]:
    text = _COMMENT.sub("", script.read_text())
    found = ["".join(groups) for groups in _LITERAL.findall(text)]
    return [re.sub(r"\$\{[^}]*\}", "", one) for one in found]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_holds_a_sentence(script: Path) -> None:
    assert [one for one in literals(script) if _SENTENCE.search(one)] == []


def test_a_sentence_in_a_script_would_be_found(tmp_path: Path) -> None:
    script = tmp_path / "one.js"
    script.write_text('const a = "Nothing waits"; /* this is fine */ say(`${a} and it goes on`);')
    assert len([one for one in literals(script) if _SENTENCE.search(one)]) == 2


@pytest.mark.parametrize("page", SAYERS)
def test_every_text_that_a_script_asks_for_is_handed_over(page: str) -> None:
    scripts = [(FOLDER / name).read_text() for name in SAYERS[page]]
    asked = {name for text in scripts for names in _SAID.findall(text) for name in names if name}
    families = ["page", page] if page.lower().endswith("audit") else ["page", "why", page]
    given = {name for family in families for name in TEXTS[family]}
    assert asked
    assert asked <= given


def test_every_text_is_translated_when_it_is_shown() -> None:
    texts: list[object] = [text for family in TEXTS.values() for text in family.values()]
    assert all(isinstance(text, Promise) for text in texts)
    assert json.loads(script_texts("page"))["noCamera"] == str(TEXTS["page"]["noCamera"])
