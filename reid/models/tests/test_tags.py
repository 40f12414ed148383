"""Tags: found by any spelling, made once."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from reid.models import Tag
from reid.models.tags import TAG_LENGTH

pytestmark = pytest.mark.django_db


def test_a_tag_is_made_once_whatever_its_case_and_blanks() -> None:
    first = Tag.objects.named(["To print", "north"])
    again = Tag.objects.named(["to  PRINT", "North "])
    assert [tag.name for tag in first] == ["north", "To print"]
    assert again == first


def test_no_names_are_no_tags() -> None:
    assert Tag.objects.named([]) == []


@pytest.mark.parametrize("name", ["", "  ", "one, two", "x" * (TAG_LENGTH + 1)])
def test_what_is_no_name_of_a_tag_is_refused_and_nothing_is_made(name: str) -> None:
    with pytest.raises(ValidationError):
        Tag.objects.named(["good", name])
    assert not Tag.objects.exists()
