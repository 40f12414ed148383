"""The OpenAPI document as its readers see it: every operation is described, in words that need no source code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from drf_spectacular.generators import SchemaGenerator

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = {"get", "post", "put", "patch", "delete"}
CODE = (
    r"\b(?:thumper|exports|analysis|reid|django|rest_framework|drf_spectacular)\.\w",
    r"\b\w+\.\w*_\w+",
    r"\b\w*_\w+\.\w+",
    r"`[A-Za-z]\w*(?:\.\w+)+`",
    r"\b(?:[A-Z][a-z]+){2,}(?:View|Serializer|Error|Set)\b",
)
FILES = re.compile(r"\b(?:metadata\.csv|manifest\.json|datapackage\.json)\b")


@pytest.fixture(scope="module")
def document() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method in METHODS & set(methods):
            yield f"{method.upper()} {path}", methods[method]


def texts(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every summary and description of the document, with where it stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("summary", "description") and isinstance(value, str):
                yield f"{place}/{key}", value
            else:
                yield from texts(value, f"{place}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from texts(value, f"{place}/{number}")


def test_every_operation_has_a_summary_and_a_description(document: Any) -> None:
    wrong = [
        name
        for name, operation in operations(document)
        if not operation.get("summary") or not operation.get("description")
    ]
    assert not wrong


def test_a_summary_is_a_line_of_its_own_and_a_description_is_sentences(document: Any) -> None:
    summaries = [operation["summary"] for _, operation in operations(document)]
    assert len(set(summaries)) == len(summaries)
    for summary in summaries:
        assert len(summary) <= 72
        assert summary[0].isupper()
        assert not summary.endswith(".")
    for name, operation in operations(document):
        description = operation["description"]
        assert description.endswith("."), name
        assert description.isascii(), name


def test_no_text_speaks_of_code(document: Any) -> None:
    wrong = [
        (place, text)
        for place, text in texts(document)
        for pattern in CODE
        if re.search(pattern, FILES.sub("", text))
    ]
    assert not wrong


def test_the_patterns_find_what_leaked_before() -> None:
    """Texts that the document held once."""
    for leak in (
        "Make references of these, within the limits of `reid.matching.enrolment`",
        "With `now` (reid.identifying.thresholds.Now) in the context",
        "Taking one is a review like any other (`review.name_group`)",
    ):
        assert any(re.search(pattern, leak) for pattern in CODE)
