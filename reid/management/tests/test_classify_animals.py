"""Command classify_animals: boxes of animals get the class that a tiny real classifier sees."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reid import reviewing
from reid.detecting.species.tests import classifiers
from reid.detecting.species.tests.test_classify import BLACK, GREEN, RED, boxed, photograph
from reid.imaging.crops import Box
from reid.management.commands.classify_animals import NOTHING
from reid.models import Detection, Operation
from reid.tests.reviewing import reviewer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
PLACE = Box(40, 50, 80, 60)


@pytest.fixture
def classifier(media_root: Path, tmp_path: Path, settings: Any) -> Path:
    settings.MODEL_ROOT = tmp_path / "models"
    return classifiers.folder(tmp_path / "models")


def run(**options: Any) -> str:
    out = io.StringIO()
    call_command("classify_animals", **options, stdout=out, stderr=out)
    return out.getvalue()


def classes() -> dict[str, str]:
    return dict(Detection.objects.values_list("image__path", "effective_class"))


def test_animals_get_their_class_once_and_the_operation_is_undone(
    media_root: Path, classifier: Path
) -> None:
    red, green, black = (photograph(media_root, (PLACE, item)) for item in (RED, GREEN, BLACK))
    rows = [boxed(image, PLACE) for image in (red, green, black)]
    said = run()
    assert "1  animal are buck now" in said
    assert "3 detections looked at by ranch 1; 1 keep their class" in said
    assert "identify_detections --stale" in said
    assert classes() == {red.path: "buck", green.path: "doe", black.path: "animal"}
    assert run().strip() == NOTHING  # what it was not sure of is not asked again
    operation = Operation.objects.get()
    assert operation.reason == "classify_animals"
    reviewing.undo(operation=operation.pk, actor=reviewer())
    assert set(classes().values()) == {"animal"}
    run(limit=1)
    assert Detection.objects.exclude(classifier="").count() == 1
    assert len(rows) == 3


def test_a_better_classifier_looks_again_and_people_keep_their_word(
    media_root: Path, classifier: Path
) -> None:
    image = photograph(media_root, (PLACE, RED))
    by_machine = boxed(image, PLACE)
    by_person = boxed(image, Box(40, 51, 80, 59))
    run()
    by_person.refresh_from_db()
    reviewing.correct_class(
        versions={by_person.pk: by_person.version}, classification="doe", actor=reviewer()
    )
    other = [{"name": "red cow", "classification": "cattle"}, *classifiers.CLASSES[1:]]
    classifiers.folder(classifier.parent, "better", classes=other)
    with pytest.raises(CommandError, match="better, ranch"):
        run(again=True)
    run(again=True, classifier="better")
    by_machine.refresh_from_db()
    by_person.refresh_from_db()
    assert (by_machine.classification, by_machine.classifier) == ("cattle", "better 1")
    assert by_machine.classifier_label == "red cow"
    assert by_person.effective_class == "doe"


def test_a_photograph_that_is_gone_waits_for_the_next_time(
    media_root: Path, classifier: Path
) -> None:
    image = photograph(media_root, (PLACE, RED))
    boxed(image, PLACE)
    content = (media_root / image.path).read_bytes()
    (media_root / image.path).unlink()
    assert "1 detection could not be looked at" in run()
    (media_root / image.path).write_bytes(content)
    assert "1  animal are buck now" in run()


def test_what_was_computed_before_a_failure_is_kept(
    media_root: Path, classifier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for colour in (RED, GREEN):
        boxed(photograph(media_root, (PLACE, colour)), PLACE)
    from reid.detecting.species import classify

    real = classify.look

    def broken(*given: Any) -> Any:
        yield next(real(*given))
        raise KeyboardInterrupt

    monkeypatch.setattr(classify, "look", broken)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert Detection.objects.exclude(classifier="").count() == 1


def test_swapped_weights_and_bad_options_are_refused(classifier: Path) -> None:
    with pytest.raises(CommandError, match="--limit must be 1 or more"):
        run(limit=0)
    with pytest.raises(CommandError, match="model folder gnu does not exist"):
        run(classifier="gnu")
    (classifier / "weights.bin").write_bytes(b"others")
    with pytest.raises(CommandError, match="sha256 differs"):
        run()
