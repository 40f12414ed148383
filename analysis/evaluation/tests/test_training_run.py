"""A training from photographs to an active space: by command, by job and by the admin, also when it is stopped."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django_rq
import numpy as np
import pytest
import redis
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image as PILImage
from rq import SimpleWorker

from analysis import jobs
from analysis.evaluation import training_run
from analysis.evaluation.calibrating import CalibrationRefused
from analysis.evaluation.comparison import ComparisonVerdict, Judgement, judge
from analysis.evaluation.document import NOT_JUDGED, WITHOUT_FOLDS
from analysis.management.commands import train_embedding
from conftest import wait_until
from reid.embedding import spaces
from reid.embedding.embedder import Embedder
from reid.identifying import run_workers
from reid.models import (
    Deer,
    Detection,
    Embedding,
    EmbeddingSpace,
    ReidRun,
    Scorer,
    SimilarityScore,
    Threshold,
    TorsoHead,
    Training,
)
from reid.networks.model_card import ModelCard, read_folder, read_weights
from reid.tests import make, tiny_models
from reid.torsos import heads as torso_heads
from reid.torsos.tests.heads import middle_head
from reid.training import folds, head, methods
from reid.training import material as materials
from reid.training.folds import reserved
from reid.training.recipe import Recipe

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from django.test import Client

    from analysis.evaluation.training_run import Step

DEER = 6
SIGHTINGS = 3
SMALL = ("--folds", "2", "--deals", "1", "--epochs", "1", "--size", "32", "--batch", "8")


def picture(path: Path, deer: int, number: int) -> None:
    """Four quarters of a deer's own colours, and noise."""
    colours = np.random.default_rng(deer).integers(40, 216, (2, 2, 3))
    noise = np.random.default_rng(1000 + 10 * deer + number).normal(0, 12, (64, 64, 3))
    pixels = colours.repeat(32, axis=0).repeat(32, axis=1) + noise
    path.parent.mkdir(parents=True, exist_ok=True)
    PILImage.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, "JPEG")


@pytest.fixture
def space(
    db: None, media_root: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> EmbeddingSpace:
    """An empty store with an active space that sees the colours of quarters; a training is small, and soon over."""
    settings.MODEL_ROOT = tmp_path / "models"
    for method in methods.MIN_DEER:
        monkeypatch.setitem(methods.MIN_DEER, method, DEER)
    monkeypatch.setattr(training_run, "MIN_DETECTIONS", DEER * SIGHTINGS)
    # Enough for a training and its judgement to be whole; how good they are is not asked here.
    monkeypatch.setattr(head, "STEPS", 40)
    monkeypatch.setattr(training_run, "judge", partial(judge, draws=100))
    torso_heads.activate(torso_heads.register(middle_head(), TorsoHead.Origin.OWN))
    card = tiny_models.folder(
        settings.MODEL_ROOT,
        "colours",
        tiny_models.exported(tiny_models.Colours()),
        format="torch.export",
    )
    return spaces.activate(spaces.register(card))


@pytest.fixture
def parent(space: EmbeddingSpace, media_root: Path) -> EmbeddingSpace:
    """Six deer in three sightings each."""
    for deer in range(DEER):
        profile = make.deer(f"deer {deer}")
        for number in range(SIGHTINGS):
            path = f"herd/{deer}-{number}.jpg"
            picture(media_root / path, deer, number)
            of = make.image(path, width=64, height=64)
            make.detection(
                image=of, deer=profile, x=0, y=0, width=64, height=64, flank=["left", "right"][number % 2]
            )  # fmt: skip
    return space


def trained(*arguments: str) -> tuple[Training, str]:
    out = io.StringIO()
    call_command("train_embedding", *SMALL, *arguments, stdout=out, stderr=io.StringIO())
    return Training.objects.get(), out.getvalue()


def made(method: str = "head") -> Training:
    return training_run.create(
        method, spaces.active_space(), Recipe(size=32, epochs=1, batch=8), folds=2, deals=1
    )


@pytest.fixture
def always_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judgement of a herd that is large enough; this one is not."""
    found = Judgement(ComparisonVerdict.BETTER, "so it is", None, None, {}, {}, ())
    monkeypatch.setattr(training_run, "judge", lambda *_args, **_given: found)


def test_centring_takes_the_mean_off_and_stays_inactive(parent: EmbeddingSpace) -> None:
    training, said = trained("--method", "centre", "--format", "json")
    found = json.loads(said)
    assert found["verdict"] == "TOO_FEW"
    assert set(found) >= {"parent", "derived", "folds"}
    assert training.space is not None
    vectors = Embedding.objects.filter(space=parent).values_list("vector", flat=True)
    assert len(vectors) == DEER * SIGHTINGS
    assert np.allclose(
        training.space.centre,
        np.mean([np.asarray(item, np.float32) for item in vectors], axis=0),
        atol=1e-6,
    )
    assert training.space.parent == parent
    assert not training.space.is_active
    assert training.space.fingerprint != parent.fingerprint


def test_a_head_is_a_model_folder_that_embeds_from_pixels(
    parent: EmbeddingSpace, settings: Any
) -> None:
    training, said = trained("--method", "head")
    assert said.startswith("TOO FEW")
    assert training.space is not None
    card = read_folder(settings.MODEL_ROOT, training.space.name)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    rows = Embedder(card, read_weights(card, settings.MODEL_ROOT), device="cpu").embed(pixels)
    assert rows.shape == (3, card.dimension)
    about = json.loads((settings.MODEL_ROOT / card.name / "model.json").read_text())
    assert about["licence"] == "MIT"
    assert about["training"]["identities_sha256"] == materials.load(parent).identities()
    assert about["training"]["recipe"]["seed"] == 0


def test_a_fine_tuned_network_is_registered_and_its_workshop_swept(
    parent: EmbeddingSpace, settings: Any
) -> None:
    training, _ = trained("--method", "finetune")
    assert training.run.state == ReidRun.State.COMPLETED
    assert training.space is not None
    assert training.space.specification["model"]["licence"] == "Apache-2.0"
    assert spaces.sentinel_cosine(training.space, spaces.load(training.space)) > 0.9999
    assert not training_run.place_of(training).exists()


def test_apply_uses_a_better_space_and_the_old_one_can_come_back(
    parent: EmbeddingSpace, always_better: None, redis_client: redis.Redis
) -> None:
    training, said = trained("--method", "head", "--apply")
    assert training.space is not None
    assert f"Active: {training.space}" in said
    backfill = ReidRun.objects.get(kind=ReidRun.Kind.BACKFILL)
    # Of whichever scorer is active when it begins: the space's own, or a fused one that it makes.
    assert backfill.scorer is None
    assert Scorer.objects.active() == Scorer.objects.of(training.space)
    assert django_rq.get_queue("gpu").count == 1
    call_command("embedding_spaces", "activate", parent.fingerprint[:12], stdout=io.StringIO())
    parent.refresh_from_db()
    assert parent.is_active


@pytest.mark.django_db(transaction=True)
def test_when_its_scores_are_there_its_threshold_is_judged_anew(
    parent: EmbeddingSpace, always_better: None, redis_client: redis.Redis
) -> None:
    """The workers' whole way: the backfill on queue gpu, and what its end queues."""
    Detection.objects.filter(image__path__endswith="-0.jpg").update(is_reference=True)
    training, said = trained("--method", "head", "--apply")
    assert "its threshold is judged anew" in said
    for name in ("gpu", "maintenance"):
        queue = django_rq.get_queue(name)
        worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
        worker.work(burst=True)
    backfill = ReidRun.objects.get(kind=ReidRun.Kind.BACKFILL)
    assert training.space is not None
    scorer = Scorer.objects.of(training.space)
    assert (backfill.state, backfill.scorer) == (ReidRun.State.COMPLETED, scorer)
    assert SimilarityScore.objects.filter(scorer=scorer).exists()
    training.refresh_from_db()
    assert training.assessment["verdict"] == "INSUFFICIENT_EVIDENCE"
    assert training.assessment["space"] == training.space.fingerprint
    assert (training.threshold, Threshold.objects.count()) == (None, 0)


@pytest.mark.parametrize("method", ["head", "finetune"])
def test_a_mirrored_space_is_twice_as_long_and_its_cosine_is_the_mean_of_both(
    parent: EmbeddingSpace, method: str
) -> None:
    training, _ = trained("--method", method, "--mirrored", "--average", "0.5")
    space = training.space
    assert space is not None
    assert training.options["recipe"]["mirrored"] is True
    plain = 2 * min(12, Recipe().dimension) if method == "head" else 2 * Recipe().embedding_length
    assert space.dimension == plain
    embedder = spaces.load(space)
    shape = embedder.card.shape
    pixels = np.random.default_rng(0).integers(0, 256, (3, *shape, 3), np.uint8)
    rows, other = embedder.embed(pixels), embedder.embed(pixels[:, :, ::-1])
    half = space.dimension // 2
    assert np.allclose(rows[:, :half], other[:, half:], atol=1e-5)
    assert np.allclose(np.linalg.norm(rows[:, :half], axis=1), 0.5**0.5, atol=1e-5)


def test_centring_cannot_mirror(parent: EmbeddingSpace) -> None:
    with pytest.raises(CommandError, match=training_run.MIRRORED_CENTRE):
        trained("--method", "centre", "--mirrored")


def test_without_redis_the_space_is_used_and_its_backfill_waits(
    parent: EmbeddingSpace, always_better: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr("reid.identifying.run_workers._queue", away)
    training, said = trained("--method", "head", "--apply")
    assert f"Active: {training.space}" in said
    assert ReidRun.objects.get(kind=ReidRun.Kind.BACKFILL).state == ReidRun.State.PENDING


def test_apply_leaves_what_is_not_better(parent: EmbeddingSpace) -> None:
    training, said = trained("--method", "head", "--apply")
    assert train_embedding.NOT_APPLIED in said
    parent.refresh_from_db()
    assert parent.is_active
    with pytest.raises(training_run.AdaptingRefused, match="no verdict BETTER"):
        training_run.apply(training)


def test_a_person_may_use_it_all_the_same(
    parent: EmbeddingSpace, redis_client: redis.Redis
) -> None:
    training, _ = trained("--method", "head")
    out = io.StringIO()
    call_command("train_embedding", "--activate", str(training.pk)[:8], stdout=out)
    assert "Active:" in out.getvalue()
    assert spaces.active_space() == training.space


@pytest.mark.parametrize("method", ["centre", "head", "finetune"])
def test_too_few_deer_are_refused_with_their_number(
    parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setitem(methods.MIN_DEER, Training.Method(method), 80)
    expected = training_run.TOO_FEW_DEER.format(method=method, known=DEER, needed=80)
    with pytest.raises(CommandError, match=expected):
        trained("--method", method)
    assert not Training.objects.exists()


def test_a_mean_of_few_embeddings_is_refused(
    parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_run, "MIN_DETECTIONS", 500)
    with pytest.raises(CommandError, match="helps from 500 on"):
        trained("--method", "centre")


def test_what_is_centred_is_not_centred_again(
    parent: EmbeddingSpace, redis_client: redis.Redis
) -> None:
    training, _ = trained("--method", "centre")
    training_run.apply(training, whatever_the_verdict=True)
    with pytest.raises(CommandError, match="is centred already"):
        trained("--method", "centre")
    assert Training.objects.first().run.state == ReidRun.State.FAILED  # type: ignore[union-attr]


def test_a_cancelled_training_stops_and_goes_on_without_losing_a_fold(
    parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_workers, "BEAT", timedelta(0))
    training = made()
    derived: list[int] = []
    derive = methods.Head.fold

    def counted(self: methods.Head, number: int, *sides: Any) -> Any:
        derived.append(number)
        return derive(self, number, *sides)

    monkeypatch.setattr(methods.Head, "fold", counted)

    def cancel(step: Step) -> None:
        if step.what == "fold 2":
            ReidRun.objects.filter(pk=training.run_id).update(cancel_requested=True)

    ended = training_run.adapt(training.pk, cancel)
    assert ended.run.state == ReidRun.State.CANCELLED
    assert (ended.space, ended.verdict) == (None, "")
    out = io.StringIO()
    call_command("train_embedding", "--resume", stdout=out, stderr=io.StringIO())
    training.refresh_from_db()
    assert training.run.state == ReidRun.State.COMPLETED
    assert derived == [0, 1, 1]
    with pytest.raises(CommandError, match=train_embedding.NOTHING_TO_RESUME):
        call_command("train_embedding", "--resume")


def test_a_failure_is_written_down_and_raised(
    parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(methods.Head, "fold", fail)
    training = made()
    with pytest.raises(OSError, match="disk full"):
        training_run.adapt(training.pk)
    training.run.refresh_from_db()
    assert training.run.state == ReidRun.State.FAILED
    assert training.run.error == "OSError: disk full"
    assert training_run.adapt(training.pk).run.state == ReidRun.State.FAILED  # and is left as it is


def test_only_what_people_or_imports_named_teaches(parent: EmbeddingSpace) -> None:
    sources = Detection.IdentitySource
    known = Detection.objects.order_by("pk")
    auto, wrong, merged = known[0], known[1], known[2]
    Detection.objects.filter(pk=auto.pk).update(identity_source=sources.AUTO, is_reference=False)
    Detection.objects.filter(pk=wrong.pk).update(is_valid=False)
    into = make.deer("survivor")
    merged.deer.merged_into = into  # type: ignore[union-attr]
    merged.deer.save()  # type: ignore[union-attr]
    left = set(materials.labelled().values_list("pk", flat=True))
    assert {auto.pk, wrong.pk, merged.pk}.isdisjoint(left)
    assert len(left) in range(DEER * SIGHTINGS - 2 - SIGHTINGS, DEER * SIGHTINGS - 2)
    assert materials.learnable() <= DEER - 1


def test_a_class_is_a_flank_of_a_deer_and_a_crop_that_vanished_is_black(
    parent: EmbeddingSpace, media_root: Path, tmp_path: Path
) -> None:
    made_of = made()
    training_run.adapt(made_of.pk)
    found = materials.load(parent)
    classes, deer = found.classes(np.arange(len(found)))
    assert len(set(classes)) == 2 * DEER
    assert (deer[classes] == found.deer).all()
    assert deer.tolist() == [code for code in range(DEER) for _ in range(2)]
    gone = found.ids[3]
    (media_root / Detection.objects.get(pk=gone).image.path).unlink()
    for crop in media_root.glob(f"crops/*/{gone}.jpg"):
        crop.unlink()
    card = ModelCard.from_json(parent.specification["model"])
    views = materials.cache(found.ids, card, tmp_path / "views.npy", lambda _: None)
    assert views.shape == (len(found), 288, 432, 4)
    assert [number for number in range(len(found)) if not views[number].any()] == [3]


def test_the_order_of_the_material_is_that_of_names_and_photographs(parent: EmbeddingSpace) -> None:
    training_run.adapt(made().pk)
    found = materials.load(parent)
    assert found.names == [f"deer {number}" for number in range(DEER)]
    assert found.deer.tolist() == np.repeat(np.arange(DEER), SIGHTINGS).tolist()
    hashes = [Detection.objects.get(pk=id_).image.sha256 for id_ in found.ids]
    for start in range(0, len(hashes), SIGHTINGS):
        assert hashes[start : start + SIGHTINGS] == sorted(hashes[start : start + SIGHTINGS])


def test_reserved_deer_teach_nothing_and_the_card_names_only_those_that_did(
    parent: EmbeddingSpace, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folds, "RESERVE_FROM", DEER)
    monkeypatch.setattr(folds, "_ONE_IN", 3)
    apart = [f"deer {number}" for number in range(DEER) if reserved(f"deer {number}")]
    assert 0 < len(apart) < DEER - 2
    training, _ = trained("--method", "head")
    found = materials.load(parent)
    assert found.reserved == apart
    assert set(found.names) == {f"deer {number}" for number in range(DEER)} - set(apart)
    card = json.loads((settings.MODEL_ROOT / training.space.name / "model.json").read_text())  # type: ignore[union-attr]
    learned = {
        hashlib.sha256(deer.pk.bytes).hexdigest()[:16]
        for deer in Deer.objects.exclude(name__in=apart)
    }
    assert set(card["training"]["identities_sha256"]) == learned
    assert card["training"]["reserved_deer"] == len(apart)


def test_a_judged_training_teaches_the_weights_of_its_fused_scorer(
    parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folds that judge it are what the calibration is learned from; what was found is printed and kept."""
    finding = {"classification": "any", "use": "both", "sentence": "all classes: both count."}
    seen: list[int] = []

    def learned(material: Any, examined: list[Any], on_progress: Any) -> dict[str, Any]:
        seen.append(len(examined))
        on_progress(len(material), len(material))
        return {"of_class": {}, "source": "", "identities_sha256": [], "findings": [finding]}

    monkeypatch.setattr(training_run, "learn_from_folds", learned)
    training, printed = trained("--method", "head")
    assert seen == [2]
    assert training.judgement["calibration"]["findings"] == [finding]
    assert "all classes: both count." in printed


def test_a_calibration_that_cannot_be_learned_costs_no_training(
    parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise CalibrationRefused("Nothing can be compared: review more.")

    monkeypatch.setattr(training_run, "learn_from_folds", refuse)
    training, printed = trained("--method", "head")
    assert training.run.state == ReidRun.State.COMPLETED and training.space is not None
    assert "calibration" not in training.judgement
    assert "Nothing can be compared: review more." in printed


def test_without_folds_it_is_trained_once_and_says_that_nobody_judged_it(
    parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a fold was derived")

    monkeypatch.setattr(methods.Head, "fold", never)
    training, said = trained("--method", "head", "--folds", "0")
    assert training.space is not None
    assert training.verdict == ""
    assert WITHOUT_FOLDS in " ".join(said.split())
    assert training.judgement["verdict"] == NOT_JUDGED


def test_what_nobody_judges_cannot_be_used_for_being_better(parent: EmbeddingSpace) -> None:
    with pytest.raises(CommandError, match="Nothing is judged without folds"):
        trained("--method", "head", "--folds", "0", "--apply")


def test_the_same_file_imported_four_times_is_judged_alike(
    space: EmbeddingSpace, tmp_path: Path
) -> None:
    """Keys of the database differ each time; names and photographs do not, and they alone deal, learn and judge."""
    lines = ["path,captured_at,x,y,width,height,classification,confidence,deer,flank"]
    for deer in range(DEER):
        for number in range(SIGHTINGS):
            picture(tmp_path / f"card/{deer}-{number}.jpg", deer, number)
            when = f"2026-10-{1 + number:02}T{deer:02}:00:00+00:00"
            flank = ("left", "right")[number % 2]
            lines.append(f"{deer}-{number}.jpg,{when},0,0,64,64,doe,1.0,deer {deer},{flank}")
    table = tmp_path / "card" / "herd.csv"
    table.write_text("\n".join(lines))

    def judged() -> tuple[dict[str, Any], str]:
        """Of a store that is forgotten afterwards."""
        with transaction.atomic():
            quiet = {"stdout": io.StringIO(), "stderr": io.StringIO()}
            call_command("import_detections", str(table), **quiet)
            training, _ = trained("--method", "head", "--deals", "2")
            made = training.judgement, str(training.space and training.space.sentinels.tolist())
            transaction.set_rollback(True)
        return made

    first, *others = [judged() for _ in range(4)]
    assert first[0]["deer"] == DEER
    assert others == [first] * 3


def test_the_job_does_it_all_and_a_silent_one_is_queued_once(
    parent: EmbeddingSpace, redis_client: redis.Redis
) -> None:
    training = made()
    run_workers.start(training.run)
    queue = django_rq.get_queue("train")
    assert queue.count == 1
    assert queue.jobs[0].timeout == 14 * 86_400
    assert run_workers.resume_silent() == []
    long_ago = timezone.now() - timedelta(hours=1)
    ReidRun.objects.filter(pk=training.run_id).update(heartbeat_at=long_ago)
    assert run_workers.resume_silent() == [str(training.run_id)]
    assert run_workers.resume_silent() == []
    jobs.train(str(training.run_id))
    training.run.refresh_from_db()
    assert training.run.state == ReidRun.State.COMPLETED


def test_a_job_names_a_training_by_its_run_or_as_the_release_before_by_itself(
    parent: EmbeddingSpace,
) -> None:
    training, _ = made("centre"), made("centre")
    assert training_run.find(training.run_id) == training_run.find(training.pk) == training
    jobs.train(str(training.pk))
    training.run.refresh_from_db()
    assert training.run.state == ReidRun.State.COMPLETED


def test_the_command_can_leave_it_to_the_worker(
    parent: EmbeddingSpace, redis_client: redis.Redis
) -> None:
    training, said = trained("--method", "head", "--queue")
    assert said.strip() == train_embedding.QUEUED.format(id=training.pk)
    assert training.run.state == ReidRun.State.PENDING


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "--method is needed"),
        (("--method", "head", "--folds", "1"), train_embedding.BAD_FOLDS),
        (("--method", "head", "--deals", "0"), train_embedding.BAD_DEALS),
        (("--method", "head", "--size", "50"), "size must be"),
        (("--method", "head", "--average", "1"), "average must be"),
        (("--method", "head", "--sub-centres", "0"), "sub_centres must be"),
        (("--activate", "nonsense"), "No training is called nonsense"),
    ],
)
def test_bad_arguments_get_one_sentence(
    parent: EmbeddingSpace, arguments: tuple[str, ...], text: str
) -> None:
    with pytest.raises(CommandError, match=text):
        call_command("train_embedding", *arguments)


def test_the_admin_shows_cancels_uses_and_goes_back(
    parent: EmbeddingSpace, client: Client, redis_client: redis.Redis
) -> None:
    client.force_login(get_user_model().objects.create_superuser("keeper"))
    url = reverse("admin:reid_training_changelist")

    def act(action: str, training: Training) -> str:
        chosen = {"action": action, "_selected_action": [str(training.pk)]}
        return client.post(url, chosen, follow=True).content.decode()

    waiting = made()
    assert "asked to stop" in act("cancel", waiting)
    assert training_run.adapt(waiting.pk).run.state == ReidRun.State.CANCELLED
    done = made()
    training_run.adapt(done.pk)
    done.refresh_from_db()
    assert "TOO" in client.get(url).content.decode()
    page = client.get(reverse("admin:reid_training_change", args=[done.pk])).content.decode()
    assert "TOO FEW" in page
    assert "is active" in act("activate", done)
    assert spaces.active_space() == done.space
    assert "is active" in act("go_back", done)
    assert spaces.active_space() == parent
    assert "waits for the train worker" in act("again", done)
    assert Training.objects.count() == 3
    assert "has made no space" in act("activate", waiting)


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_a_training_whose_worker_was_killed_is_ended_by_another(
    parent: EmbeddingSpace,
    redis_client: redis.Redis,
    start_process: Callable[..., subprocess.Popen[bytes]],
    settings: Any,
) -> None:
    """A real worker and its work-horse die in the middle; the round queues the training, another one ends it."""
    places = {"MEDIA_ROOT": str(settings.MEDIA_ROOT), "MODEL_ROOT": str(settings.MODEL_ROOT)}
    recipe = Recipe(size=32, epochs=6, batch=8)
    training = training_run.create("finetune", parent, recipe, folds=2)
    run_workers.start(training.run)
    first = start_process("rqworker", "train", **places)
    place = training_run.place_of(training)
    wait_until(lambda: any(place.glob("fold-1-*.pt")), 300, "the first checkpoint")
    horses = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
    for pid in map(int, horses):
        os.kill(pid, signal.SIGKILL)
    first.kill()
    first.wait()
    training.run.refresh_from_db()
    assert training.run.state == ReidRun.State.RUNNING
    redis_client.flushdb()
    long_ago = timezone.now() - timedelta(hours=1)
    ReidRun.objects.filter(pk=training.run_id).update(heartbeat_at=long_ago)
    assert run_workers.resume_silent() == [str(training.run_id)]
    run_workers.start(training.run)  # a second job for the same training is nobody's work
    workers = [start_process("rqworker", "train", "--burst", **places) for _ in range(2)]
    assert [worker.wait(240) for worker in workers] == [0, 0]
    training.refresh_from_db()
    training.run.refresh_from_db()
    assert training.run.state == ReidRun.State.COMPLETED, training.run.error
    assert training.space is not None
