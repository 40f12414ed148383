"""One column of many rows: each gets its own value, and no other row or column changes."""

from __future__ import annotations

import uuid

import pytest

from reid.db import one_column
from reid.models import Detection, Image
from reid.tests import make

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_column, "BLOCK", 2)
    rows = [make.detection() for _ in range(5)]
    other = make.detection()
    turned = [item.sighting_id for item in reversed(rows)]
    one_column.set_column(
        Detection, "sighting", zip((item.pk for item in rows), turned, strict=True)
    )
    assert [Detection.objects.get(pk=item.pk).sighting_id for item in rows] == turned
    after = Detection.objects.get(pk=other.pk)
    assert (after.sighting_id, after.image_id) == (other.sighting_id, other.image_id)


def test_a_value_may_be_none_and_a_key_unknown() -> None:
    image = make.detection().image
    one_column.set_column(Image, "encounter", [(image.pk, None), (uuid.uuid4(), None)])
    assert Image.objects.get(pk=image.pk).encounter is None
    one_column.set_column(Image, "encounter", [])
