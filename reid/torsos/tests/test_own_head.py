"""The store's own mask head: when it is trained, and when it is used."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from reid.models import Detection, Torso, TorsoHead, TorsoTraining
from reid.tests import make
from reid.torsos import heads, making, own_head
from reid.torsos.tests.heads import middle_head, nowhere_head

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch, media_root):
    """Six photographs are enough here."""
    monkeypatch.setattr(heads, "_loaded", {})
    monkeypatch.setattr(own_head, "LEAST", 6)
    monkeypatch.setattr(own_head, "MOST", 8)


def animals(
    count: int, settings, colour: tuple[int, int, int] = (150, 90, 60), folder: str = "animals"
) -> None:
    """Photographs of an ellipse of this colour on green, left of the middle and above it."""
    y, x = (np.mgrid[0:200, 0:280] + 0.5) / np.array([200, 280])[:, None, None]
    inside = ((x - 0.45) / 0.34) ** 2 + ((y - 0.4) / 0.2) ** 2 < 1
    for number in range(count):
        noise = np.random.default_rng([number, len(folder)]).normal(0, 9, (200, 280, 3))
        pixels = np.where(inside[..., None], colour, (80, 120, 60)) + noise
        buffer = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG")
        path = settings.MEDIA_ROOT / f"{folder}/{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(buffer.getvalue())
        image = make.image(f"{folder}/{number}.jpg", width=280, height=200)
        make.detection(image=image, x=0, y=0, width=280, height=200)


def test_a_head_that_agrees_better_is_used_and_recorded(few, settings, monkeypatch) -> None:
    animals(8, settings)
    monkeypatch.setattr("reid.torsos.fit.learn", lambda *_, **__: middle_head())
    before = heads.activate(heads.register(nowhere_head(), TorsoHead.Origin.SHIPPED))
    record = own_head.train()
    assert (record.outcome, record.looked_at, record.usable) == ("activated", 8, 8)
    assert record.before == before
    assert record.agreement_before == 0.0
    assert record.agreement is not None
    assert record.agreement > 0.4
    assert record.head is not None
    assert (record.head.origin, record.head.is_active) == (TorsoHead.Origin.OWN, True)
    assert TorsoHead.objects.get(is_active=True) == record.head


def test_nothing_is_learned_from_the_sample_herds_drawings(few, settings) -> None:
    heads.activate(heads.register(middle_head(), TorsoHead.Origin.SHIPPED))
    animals(8, settings, folder=own_head.DRAWINGS)
    assert own_head.train_if_due() is None
    assert own_head.train().usable == 0


def test_a_head_that_agrees_less_is_kept_and_not_used(few, settings, monkeypatch) -> None:
    animals(8, settings)
    before = heads.activate(heads.register(middle_head(), TorsoHead.Origin.SHIPPED))
    monkeypatch.setattr("reid.torsos.fit.learn", lambda *_, **__: nowhere_head())
    record = own_head.train()
    assert record.outcome == "kept"
    assert record.agreement == 0.0
    assert TorsoHead.objects.get(is_active=True) == before
    assert own_head.train_if_due() is None


def test_where_colours_tell_nothing_no_head_is_trained(few, settings) -> None:
    animals(8, settings, colour=(80, 120, 60))
    heads.activate(heads.register(middle_head(), TorsoHead.Origin.SHIPPED))
    record = own_head.train()
    assert (record.outcome, record.looked_at, record.usable) == ("too_few", 8, 0)
    assert record.head is None


def test_it_is_not_due_while_the_active_space_is_bound_to_the_head_in_use(few, settings) -> None:
    animals(7, settings)
    space = make.space()
    space.specification = {"model": {"crop": "torso", "torso_head": "0" * 64}}
    space.save()
    assert own_head.train_if_due() is None
    assert not TorsoTraining.objects.exists()
    space.specification = {"model": {"crop": "box", "torso_head": ""}}
    space.save()
    assert own_head.train_if_due() is not None


def test_it_is_due_once_there_are_photographs_enough_and_then_never_again(few, settings) -> None:
    heads.activate(heads.register(nowhere_head(), TorsoHead.Origin.SHIPPED))
    animals(5, settings)
    assert own_head.train_if_due() is None
    assert not TorsoTraining.objects.exists()
    animals(6, settings, folder="more")
    assert own_head.train_if_due() is not None
    assert own_head.train_if_due() is None
    assert TorsoTraining.objects.count() == 1


def test_after_too_few_it_waits_until_the_store_has_doubled(few, settings) -> None:
    heads.activate(heads.register(middle_head(), TorsoHead.Origin.SHIPPED))
    animals(6, settings, colour=(80, 120, 60))
    first = own_head.train_if_due()
    assert first is not None
    assert first.outcome == "too_few"
    assert own_head.train_if_due() is None
    animals(6, settings, folder="more")
    assert own_head.train_if_due() is not None


def test_after_too_few_of_many_it_waits_until_the_store_has_doubled(
    few, settings, monkeypatch
) -> None:
    monkeypatch.setattr(own_head, "_LOOKED_AT", 3)
    heads.activate(heads.register(middle_head(), TorsoHead.Origin.SHIPPED))
    animals(7, settings, colour=(80, 120, 60))
    assert own_head.train_if_due() is not None
    assert own_head.train_if_due() is None
    animals(7, settings, colour=(80, 120, 60), folder="more")
    assert own_head.train_if_due() is not None


def test_what_is_deleted_meanwhile_is_passed_over(few, settings, monkeypatch) -> None:
    animals(8, settings)
    heads.activate(heads.register(middle_head(), TorsoHead.Origin.SHIPPED))

    def deleting(*_: object) -> None:
        Detection.objects.all().delete()

    monkeypatch.setattr(own_head, "guess", deleting)
    record = own_head.train()
    assert (record.outcome, record.looked_at) == ("too_few", 1)


def test_the_first_pass_over_a_store_that_is_large_enough_trains_its_head(few, settings) -> None:
    animals(8, settings)
    counts = making.make_missing()
    assert counts.total == 8
    (record,) = TorsoTraining.objects.all()
    assert record.before.origin == TorsoHead.Origin.SHIPPED
    active = TorsoHead.objects.get(is_active=True)
    assert set(Torso.objects.values_list("head", flat=True)) == {active.pk}
    assert making.make_missing().total == 0


def test_a_pass_with_a_limit_looks_at_so_many(few, settings) -> None:
    animals(5, settings)
    assert making.make_missing(limit=2).total == 2
    assert making.make_missing().total == 3


def test_one_photograph_of_each_sighting_comes_first() -> None:
    keys = [("a", 1), ("b", 1), ("c", 2), ("d", None), ("e", 2), ("f", None)]
    assert own_head.spread(keys) == ["a", "c", "d", "f", "b", "e"]
