"""Acts on very many detections: a detector's "animal" becomes what a person knows to live there, or what a classifier sees.

Words are read again (`relabel`) where the ranch's vocabulary has grown since its sources were imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeGuard, Unpack

from django.db import transaction
from django.db.models import Q

from reid.grouping.locks import wait_for_others
from reid.models import ClassLabel, Detection, Operation, Sighting
from reid.reviewing.ledger import NOTHING_CHANGES, How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.taxonomy import CHOICES, DEER, PARENT, PRIVATE, Classification, contradicts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from reid.models import DetectionQuerySet

UNKNOWN_CLASS: Final = "There is no class {}: use one of {}."
NOT_AT_ONCE: Final = (
    "Detections of class {} are not classified at once: identities or privacy hang on them. "
    "Correct them one sighting at a time."
)
_BATCH: Final = 500


@transaction.atomic
def classify(
    classification: str,
    *,
    source: str = Classification.ANIMAL,
    among: DetectionQuerySet | None = None,
    **how: Unpack[How],
) -> Operation:
    """Correct the class of all valid detections of class `source` (`among` some): one operation, undoable.

    Those that become deer are grouped into sightings again and marked for the next run, which embeds and
    scores them. Raises ReviewRefused where nothing changes, for an unknown class, and for a `source` that
    bears identities (deer) or is private.
    """
    known = [name for name, _ in CHOICES]
    for name in (classification, source):
        if name not in known:
            raise ReviewRefused(UNKNOWN_CLASS.format(name, ", ".join(known)), "invalid")
    if source in DEER or source in PRIVATE:
        raise ReviewRefused(NOT_AT_ONCE.format(source), "conflict")
    wanted = (Detection.objects.all() if among is None else among).valid()
    keys = _locked(wanted.filter(effective_class=source))
    if not keys or source == classification:
        raise ReviewRefused(NOTHING_CHANGES)
    ledger = Ledger(Operation.Kind.CORRECT_CLASS, how)
    for start in range(0, len(keys), _BATCH):
        rows = Detection.objects.filter(pk__in=keys[start : start + _BATCH]).order_by("pk")
        batch = list(rows.select_related("sighting"))
        for item in batch:
            ledger.reclassify(item, classification)
        ledger.score_again(batch)
        ledger.write()
    return ledger.close()


@transaction.atomic
def relabel(*, among: DetectionQuerySet | None = None, **how: Unpack[How]) -> Operation:
    """Read the words of sources again: detections get the class that their word names now. One operation, undoable.

    Left alone: what a person reviewed or corrected, and what bears a deer's name that an import gave where the
    new class could not be that deer. A deer that a run gave is taken away where the class rules it out.
    Raises ReviewRefused where nothing changes.
    """
    vocabulary = ClassLabel.vocabulary()
    rows = Detection.objects.all() if among is None else among
    # What a classifier called it counts more than the word of whoever drew the box.
    unreviewed = _unreviewed(rows).filter(classifier_label="").exclude(source_label="")
    stored = unreviewed.order_by().values_list("source_label", "classification", "detector")
    class_of: dict[tuple[str, str], Classification] = {}
    for word, before, detector in stored.distinct():
        meaning = vocabulary.meaning(word, of_detector=bool(detector))
        if meaning.classification != before:
            class_of[word, detector] = meaning.classification
    keys = _locked(unreviewed.filter(source_label__in={word for word, _ in class_of}))
    if not keys:
        raise ReviewRefused(NOTHING_CHANGES)
    ledger = Ledger(Operation.Kind.CORRECT_CLASS, how)
    for start in range(0, len(keys), _BATCH):
        batch = Detection.objects.filter(pk__in=keys[start : start + _BATCH]).order_by("pk")
        changed = []
        for item in batch.select_related("sighting", "deer"):
            classification = class_of.get((item.source_label, item.detector))
            if classification is not None and _take_class(ledger, item, classification):
                changed.append(item)
        ledger.score_again(changed)
        ledger.write()
    return ledger.close()


@dataclass(frozen=True, slots=True)
class ClassAnswer:
    """What a classifier says of one detection: a class, and its own word for that; None where it is not sure of any."""

    classification: Classification | None
    word: str = ""


def open_to_classifiers(*, again: bool) -> DetectionQuerySet:
    """Valid animals and deer of which neither a person nor a classifier has said more; `again`: what classifiers said too."""
    vague = Q(
        classifier="", classification__in=(Classification.ANIMAL, Classification.UNKNOWN_DEER)
    )
    seen = ~Q(classifier="")
    return _unreviewed(Detection.objects.valid()).filter(vague | seen if again else vague)


@transaction.atomic
def take_answers(
    answers: Mapping[UUID, ClassAnswer], *, classifier: str, **how: Unpack[How]
) -> Operation:
    """Give detections the class that `classifier`, its name and version, answered. One operation, undoable.

    Each of them notes the classifier, so that it is not asked again where it was not sure. Left alone: what a person has reviewed
    or corrected by now; a class that is more exact than the answer and no classifier's; and what bears a name that the
    answer rules out, as in `relabel`. Raises ReviewRefused where nothing changes.
    """
    keys = [key for key in _locked(open_to_classifiers(again=True)) if key in answers]
    if not keys:
        raise ReviewRefused(NOTHING_CHANGES)
    ledger = Ledger(Operation.Kind.CORRECT_CLASS, how)
    for start in range(0, len(keys), _BATCH):
        batch = Detection.objects.filter(pk__in=keys[start : start + _BATCH]).order_by("pk")
        changed = []
        for item in batch.select_related("sighting", "deer"):
            answer, was = answers[item.pk], item.classification
            if _says_more(answer.classification, item):
                _take_class(ledger, item, answer.classification)
            is_taken = item.classification == answer.classification
            ledger.change(
                item, classifier=classifier, classifier_label=answer.word if is_taken else ""
            )
            if item.classification != was:
                changed.append(item)
        ledger.score_again(changed)
        ledger.write()
    return ledger.close()


@transaction.atomic
def throw_out(detections: Collection[UUID], **how: Unpack[How]) -> Operation:
    """Throw out many detections that nobody has looked at one by one: one operation, undoable.

    Left alone: what a person reviewed, and what bears a deer's name. Raises ReviewRefused where nothing is left.
    """
    ledger = Ledger(Operation.Kind.INVALIDATE, how)
    keys = sorted(detections)
    for start in range(0, len(keys), _BATCH):
        unnamed = Detection.objects.valid().filter(deer__isnull=True, reviewed_by__isnull=True)
        locked = _locked(unnamed.filter(pk__in=keys[start : start + _BATCH]))
        batch = Detection.objects.filter(pk__in=locked).select_related("sighting").order_by("pk")
        for item in batch:
            ledger.change(item, is_valid=False)
        ledger.write()
    return ledger.close()


def _says_more(answer: Classification | None, item: Detection) -> TypeGuard[Classification]:
    """Whether the answer is worth more than the class that is stored, which another classifier may have given."""
    wider, step = set(), Classification(item.classification)
    while (parent := PARENT.get(step)) is not None:
        wider.add(step := parent)
    return answer is not None and (answer not in wider or bool(item.classifier_label))


def _unreviewed(rows: DetectionQuerySet) -> DetectionQuerySet:
    """Those of them whose class no person has corrected or looked at."""
    return rows.filter(corrected_classification="", reviewed_by__isnull=True).exclude(
        identity_source=Detection.IdentitySource.REVIEWED
    )


def _take_class(ledger: Ledger, item: Detection, classification: Classification) -> bool:
    """Give it this class, unless its name rules that out; whether it changed."""
    if item.classification == classification:
        return False
    if item.deer is not None:
        is_ruled_out = classification not in DEER or contradicts(classification, item.deer.sex)
        if is_ruled_out and item.identity_source == Detection.IdentitySource.IMPORTED:
            return False
        if is_ruled_out:
            ledger.identify(item, None)
    ledger.change(item, classification=classification.value)
    return True


def _locked(wanted: DetectionQuerySet) -> list[UUID]:
    """Keys of these detections, which nobody changes or regroups before this transaction ends.

    What regroups waits first; then sightings and detections, in the order in which everybody locks them.
    """
    wait_for_others()
    encounters = Sighting.objects.filter(detections__in=wanted).values("encounter")
    sightings = Sighting.objects.filter(encounter__in=encounters).select_for_update()
    list(sightings.order_by("pk").values_list("pk", flat=True))
    locked = wanted.select_for_update(of=("self",)).order_by("pk")
    return list(locked.values_list("pk", flat=True))
