"""Commands find_torsos and torso_heads, as an operator sees them."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from reid.management.commands import find_torsos, torso_heads
from reid.models import TorsoHead, TorsoTraining
from reid.tests import make, torsos
from reid.torsos import heads, own_head

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch, media_root) -> None:
    monkeypatch.setattr(heads, "_loaded", {})


def output_of(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    text = out.getvalue()
    assert text.isascii()
    return text


def test_torsos_are_found_and_counted_by_reason_and_nothing_is_done_twice() -> None:
    make.detection(image=make.image(with_file=True), width=10)
    make.detection()
    text = output_of("find_torsos")
    assert "1  without: too small" in text
    assert "1  without: file not found" in text
    make.detection(image=make.image(with_file=True), width=10)
    assert "1  without: too small" in output_of("find_torsos", "--limit", "1")
    assert find_torsos.NOTHING not in text


def test_an_empty_store_and_a_wrong_limit_are_told_what_to_do() -> None:
    assert find_torsos.NO_DETECTIONS in output_of("find_torsos")
    with pytest.raises(CommandError, match="--limit"):
        output_of("find_torsos", "--limit", "-1")


def test_a_new_store_lists_the_shipped_head() -> None:
    text = output_of("torso_heads", "list")
    assert text.startswith(f"* {TorsoHead.objects.get().fingerprint[:12]}  shipped")
    assert "0 torsos" in text


def test_activating_a_head_says_what_is_stale(monkeypatch) -> None:
    torsos.torso(make.detection(), head=torsos.a_head(is_active=False))
    text = output_of("torso_heads", "activate", "shipped")
    assert "active." in text
    assert torso_heads.STALE.format("1") in text
    with pytest.raises(CommandError, match="No mask head is called nonsense"):
        output_of("torso_heads", "activate", "nonsense")


def test_a_store_with_too_little_to_learn_from_is_told_how_much_is_needed() -> None:
    make.detection(image=make.image(with_file=True))
    with pytest.raises(CommandError, match=f"and {own_head.LEAST} are needed"):
        output_of("torso_heads", "train")


@pytest.mark.parametrize("outcome", ["activated", "kept"])
def test_a_training_is_told_with_its_figures(monkeypatch, outcome) -> None:
    shipped = heads.active_head()
    other = torsos.a_head(is_active=False)
    record = TorsoTraining.objects.create(
        outcome=outcome,
        head=other,
        before=shipped,
        looked_at=400,
        usable=300,
        agreement=0.71,
        agreement_before=0.5,
        seconds=51.0,
    )
    monkeypatch.setattr(own_head, "train", lambda _: record)
    text = output_of("torso_heads", "train")
    assert "Trained on 300 photographs in 51 s." in text
    assert "0.710" in text
    assert "0.500" in text
    assert (torso_heads.KEPT.format(other.fingerprint[:12]) in text) == (outcome == "kept")
    assert "300 of 400 photographs" in output_of("torso_heads", "list")
