"""Commands identify_detections and embedding_spaces, as an operator sees them."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from reid.embedding import spaces
from reid.identifying import thresholds
from reid.management.commands import embedding_spaces, identify_detections
from reid.models import Embedding, EmbeddingSpace, ReidRun, Scorer, Threshold
from reid.networks.model_card import DEFAULT
from reid.tests import make, tiny_models

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def model_root(tmp_path, settings, monkeypatch, media_root):
    monkeypatch.setattr(spaces, "_loaded", {})
    settings.MODEL_ROOT = tmp_path
    return tmp_path


def output_of(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    text = out.getvalue()
    assert text.isascii()
    return text


def photographed(**fields):
    return make.detection(image=make.image(with_file=True), **fields)


def test_from_photographs_to_a_ranking_with_the_default_model() -> None:
    photographed(deer=make.deer(), is_reference=True)
    photographed()
    photographed(width=20)
    text = output_of("identify_detections")
    run = ReidRun.objects.get()
    assert f"Run {run.pk}: completed with the scorer {DEFAULT.name}" in text
    assert "2  embedded now" in text
    assert "1  skipped: crop too small" in text
    assert "1  sightings ranked only" in text
    assert identify_detections.RANKED_ONLY in text
    assert Embedding.objects.count() == 2


def test_an_empty_store_says_what_to_do() -> None:
    make.scorer()
    assert "import detections of deer first" in output_of("identify_detections")


def test_the_environments_threshold_is_named_as_unproven(settings) -> None:
    make.scorer()
    settings.REID_THRESHOLD = 0.8
    text = output_of("identify_detections")
    assert identify_detections.UNPROVEN in text
    assert identify_detections.RANKED_ONLY not in text


def test_beside_an_override_it_is_said_what_decides_without_it(settings) -> None:
    scorer = make.scorer()
    settings.REID_THRESHOLD = 0.8
    assert identify_detections.NONE_APPROVED in output_of("identify_detections")
    make.threshold(scorer, "0.9")
    text = output_of("identify_detections")
    assert f"Threshold 0.8000. {identify_detections.UNPROVEN}" in text
    assert (
        identify_detections.APPROVED.format(value="0.9000", by="ranger", proof="unproven") in text
    )


def test_without_a_threshold_the_one_that_an_override_replaced_is_named() -> None:
    scorer = make.scorer()
    make.threshold(scorer, "0.7", approved_at=make.NOON, is_active=False)
    make.threshold(scorer, "0.9", source="env", approved_by=None, is_active=False)
    again = thresholds.to_approve_again(scorer)
    assert "0.7000, approved by ranger on 2025-10-01" in again
    assert again in output_of("identify_detections")
    assert again in output_of("embedding_spaces", "list")


def test_a_space_is_listed_with_its_threshold_and_what_overrides_it(settings) -> None:
    make.threshold(make.scorer(), "0.9")
    make.scorer(is_active=False)
    settings.REID_THRESHOLD = 0.8
    text = output_of("embedding_spaces", "list")
    assert "0 embeddings, threshold 0.9000 approved" in text
    assert "0 embeddings, no threshold approved" in text
    assert thresholds.override_note() in text


def test_a_persons_threshold_is_named(django_user_model) -> None:
    scorer = make.scorer()
    Threshold.objects.create(
        scorer=scorer,
        value="0.9",
        source="operator",
        approved_by=django_user_model.objects.create(username="ranger"),
        approved_at=make.NOON,
        is_active=True,
    )
    assert f"Threshold 0.9000. {identify_detections.OPERATORS}" in output_of("identify_detections")


def test_an_expired_threshold_is_named_and_goes_on_assigning(django_user_model) -> None:
    scorer = make.scorer()
    row = thresholds.propose(scorer, Decimal("0.9"), Threshold.Source.ANALYSIS)
    row.approve(django_user_model.objects.create(username="ranger"))
    assert "Threshold 0.9000.\n" in output_of("identify_detections")
    make.embedding(make.detection(), scorer, 1, 0, 0, 0)
    text = output_of("identify_detections")
    why = thresholds.CHANGED.format(changes="sightings 0 -> 1")
    assert f"Threshold 0.9000. {identify_detections.EXPIRED.format(why=why)}" in text
    assert identify_detections.RANKED_ONLY not in text
    assert ReidRun.objects.first().threshold == row  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--space", "nowhere"], "No embedding space is called nowhere"),
        (["--limit", "-1"], "--limit must be"),
    ],
)
def test_bad_arguments_get_one_sentence(arguments, text) -> None:
    with pytest.raises(CommandError, match=text):
        output_of("identify_detections", *arguments)


def test_it_can_be_queued(redis_client) -> None:
    make.scorer()
    text = output_of("identify_detections", "--queue")
    assert text == f"Run {ReidRun.objects.get().pk} is queued.\n"


def test_without_redis_queueing_says_so(settings) -> None:
    make.scorer()
    settings.RQ_QUEUES = {"gpu": {"URL": "unix:///nowhere/valkey.sock", "SERIALIZER": "json"}}
    with pytest.raises(CommandError, match="Redis does not answer"):
        output_of("identify_detections", "--queue")


def test_spaces_are_added_listed_checked_and_activated(model_root) -> None:
    assert "No space yet" in output_of("embedding_spaces", "list")
    tiny_models.folder(model_root, "tiny", tiny_models.torchscript(tiny_models.Colours()))
    assert "tiny: registered" in output_of("embedding_spaces", "add", "tiny")
    scorer = Scorer.objects.get()
    assert not scorer.is_active
    assert "sound: lowest sentinel cosine 1.000000" in output_of("embedding_spaces", "check")
    assert "active" in output_of("embedding_spaces", "activate", "tiny")
    listed = output_of("embedding_spaces", "list")
    assert listed.startswith(f"* {scorer.fingerprint[:12]}  tiny  12 dimensions, float32, 0")
    assert "no threshold approved, run by nothing yet" in listed


def test_scorers_are_listed_and_put_in_use() -> None:
    assert "No scorer yet" in output_of("scorers", "list")
    first, second = make.scorer(name="general"), make.scorer(name="own", is_active=False)
    make.threshold(first, "0.7")
    assert output_of("scorers", "list").splitlines() == [
        f"* {first.fingerprint[:12]}  general  embedding, space {first.space}, threshold 0.7000 approved",
        f"  {second.fingerprint[:12]}  own  embedding, space {second.space}, no threshold approved",
    ]
    assert output_of("scorers", "activate", "own") == (
        f"{second.fingerprint[:12]}  own  embedding: active.\n"
    )
    assert (Scorer.objects.active(), EmbeddingSpace.objects.active()) == (second, second.space)
    with pytest.raises(CommandError, match="No scorer is called nowhere"):
        output_of("scorers", "activate", "nowhere")


def test_a_run_takes_a_scorer_or_the_space_whose_scorer_is_meant() -> None:
    make.scorer()
    other = make.scorer(name="other", is_active=False)
    for option in ("--space", "--scorer"):
        text = output_of("identify_detections", option, "other")
        assert f"completed with the scorer {other}" in text
    assert {run.scorer for run in ReidRun.objects.all()} == {other}
    with pytest.raises(CommandError, match="not allowed with argument"):
        output_of("identify_detections", "--space", "other", "--scorer", "other")


def test_a_space_whose_weights_were_swapped_fails_its_check(model_root) -> None:
    tiny_models.folder(model_root, "tiny", tiny_models.torchscript(tiny_models.Colours()))
    output_of("embedding_spaces", "add", "tiny")
    (model_root / "tiny" / "model.bin").write_bytes(b"other")
    with pytest.raises(CommandError) as error:
        output_of("embedding_spaces", "check", "tiny")
    assert str(error.value) == embedding_spaces.DRIFTED.format(1)


def test_the_default_model_can_be_added_by_name() -> None:
    assert "registered" in output_of("embedding_spaces", "add", DEFAULT.name)


def test_a_folder_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match="model folder nowhere does not exist"):
        output_of("embedding_spaces", "add", "nowhere")
