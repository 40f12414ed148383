"""Tags: words that people put on photographs and on deer, shared by both."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import models

from reid.fields import NameKeyField
from reid.naming import clean_name, name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

TAG_LENGTH: Final = 40
TAG_TOO_LONG: Final = f"A tag has at most {TAG_LENGTH} characters: shorten {{name}}."
TAG_WITH_COMMA: Final = "A comma stands between two tags: take it out of {name}."
TAG_EMPTY: Final = "A tag needs at least one letter, digit or sign."


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags, found by what they are called."""

    def named(self, names: Iterable[str]) -> list[Tag]:
        """The tags of these names, made where there are none yet, in the order of their keys, each one once.

        Spellings that differ only in case and blanks are one tag, which keeps its first spelling.
        Raises ValidationError for a name that no tag can have.
        """
        wanted = {name_key(name): checked(name) for name in names}
        # Who makes the same tag this very moment has made it for both.
        self.bulk_create([Tag(name=wanted[key]) for key in sorted(wanted)], ignore_conflicts=True)
        return list(self.filter(name_key__in=wanted.keys()).order_by("name_key"))


def checked(name: str) -> str:
    """The tag's name as it is stored. Raises ValidationError: empty, too long, or two names in one."""
    name = clean_name(name)
    if not name:
        raise ValidationError(TAG_EMPTY)
    if "," in name:
        raise ValidationError(TAG_WITH_COMMA.format(name=name))
    if len(name) > TAG_LENGTH:
        raise ValidationError(TAG_TOO_LONG.format(name=name))
    return name


class Tag(models.Model):
    """A word of the ranch's own for photographs and deer: `to print`, `north herd`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=TAG_LENGTH)
    name_key = NameKeyField(unique=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ("name_key",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what is no name of a tag, in a sentence. Raises ValidationError."""
        self.name = checked(self.name)
