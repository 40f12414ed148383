"""Loading of the drawn herd into the store: its detector, sexes, a demonstration threshold, and a comparison with the truth.

The pictures are imported, searched and identified by the commands that everybody uses; this does only what those do not. While the
herd is being made it is not removed, and the pages say that it is coming.
"""

from __future__ import annotations

import csv
import fcntl
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from analysis.reports.threshold_table import at_or_above, lowest_accepting
from analysis.score_log.histograms import by_sighting
from analysis.stats.intervals import clopper_pearson
from reid.detecting import registry
from reid.imaging.crops import Box
from reid.importing.writing.overlaps import overlap
from reid.models import Deer, Detection, ReidRun, Threshold
from reid.storage.locks import lock_file
from reid.taxonomy import Sex
from reid.units import SCORE_UNITS
from thumper.herd import COLLECTION
from thumper.herd.detector import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from django.contrib.auth.models import AbstractBaseUser

    from reid.models import Detector, Scorer
    from thumper.herd import season

BEING_MADE: Final = (
    "The sample herd is still being made. Wait until its deer are on this page, then remove it."
)
FPIR_LIMIT: Final = 0.05
EVIDENCE_NOTE: Final = (
    "For demonstration on drawn pictures: the lowest threshold at which at most 5 % of the labelled "
    "sightings would go to another deer. A point estimate without a bound, and unproven by an audit."
)
_LOCK: Final = "sample-herd"


class StillBeingMade(Exception):
    """A herd that is in another's hands just now; the text says what to do."""


@dataclass(frozen=True, slots=True)
class TruthComparison:
    """Sightings without a given name: how many there are, got a deer, and got the right one."""

    unnamed: int
    assigned: int
    right: int


def is_loaded() -> bool:
    """Whether the herd was imported, and identified with a threshold."""
    imported = Detection.objects.filter(image__path__below=COLLECTION).exists()
    return (
        imported
        and ReidRun.objects.filter(
            kind=ReidRun.Kind.IDENTIFY,
            state=ReidRun.State.COMPLETED,
            threshold_used__isnull=False,
        ).exists()
    )


def holds_other_detections() -> bool:
    """Whether the store has photographs of its own, among which drawn deer have no place."""
    return Detection.objects.exclude(image__path__below=COLLECTION).exists()


def sample_detector() -> Detector:
    """The sample detector, registered. It is not put in use: on real photographs it would find nothing, or the wrong things.

    Raises ModelRefused.
    """
    return registry.register(shipped.write_folder(settings.MODEL_ROOT))


@transaction.atomic
def set_sexes(members: Iterable[season.SampleDeer]) -> int:
    """Give the imported deer their sex where nobody has; return how many got one."""
    names: dict[Sex, list[str]] = defaultdict(list)
    for member in members:
        names[member.look.sex].append(member.name)
    return sum(
        Deer.objects.filter(name__in=of_sex, sex=Sex.UNKNOWN.value).update(sex=sex.value)
        for sex, of_sex in names.items()
    )


def approve_for_demonstration(scorer: Scorer, approver: AbstractBaseUser) -> Threshold | None:
    """Approve the lowest threshold that the herd's own decoys allow, and write down that it is unproven.

    A threshold that is in force already stays. None where there is no decoy, or no threshold passes.
    """
    with transaction.atomic():
        # Locking the scorer makes two that start at once take turns.
        type(scorer).objects.select_for_update().get(pk=scorer.pk)
        active = Threshold.objects.in_force(scorer)
        if active is not None:
            return active
        decoys = by_sighting(scorer).decoys
        units = lowest_accepting(decoys, FPIR_LIMIT)
        if units is None:
            return None
        enrolled = Deer.objects.filter(detections__in=Detection.objects.references())
        return Threshold.objects.create(
            scorer=scorer,
            value=Decimal(units) / SCORE_UNITS,
            source=Threshold.Source.OPERATOR,
            evidence=_evidence(at_or_above(decoys, units), int(decoys.sum())),
            gallery_size=enrolled.distinct().count(),
            approved_by_id=approver.pk,
            approved_at=timezone.now(),
            is_active=True,
        )


def _evidence(hits: int, trials: int) -> dict[str, Any]:
    share = hits / trials
    ends = clopper_pearson(share, trials)
    return {
        "demonstration": True,
        "note": EVIDENCE_NOTE,
        "decoy_trials": trials,
        "decoy_hits": hits,
        "fpir": share,
        "fpir_low": ends.low,
        "fpir_high": ends.high,
        "limit": FPIR_LIMIT,
    }


def compare_with_truth(truth: Path) -> TruthComparison:
    """How the machine's assignments agree with who was drawn, in sightings that bore no name.

    A detection shows the deer whose drawn box overlaps its own most.
    """
    with truth.open(encoding="ascii", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["deer"] and row["named"] == "0"]
    drawn: defaultdict[str, list[tuple[Box, str]]] = defaultdict(list)
    for row in rows:
        box = Box(*(int(row[name]) for name in ("x", "y", "width", "height")))
        drawn[f"{COLLECTION}/{row['path']}"].append((box, row["deer"]))
    assigned = Detection.objects.filter(
        image__path__below=COLLECTION,
        identity_source=Detection.IdentitySource.AUTO,
    ).values_list("sighting", "image__path", "x", "y", "width", "height", "deer__name")
    is_right = {
        sighting: _drawn_at(Box(*box), drawn[path]) == name
        for sighting, path, *box, name in assigned
    }
    return TruthComparison(
        unnamed=len({row["sighting"] for row in rows}),
        assigned=len(is_right),
        right=sum(is_right.values()),
    )


def _drawn_at(box: Box, drawn: Iterable[tuple[Box, str]]) -> str:
    """The deer whose drawn box overlaps this one most; empty where none does."""
    shares = [(overlap(box, other), name) for other, name in drawn]
    share, name = max(shares, default=(0.0, ""))
    return name if share > 0 else ""


@contextmanager
def making() -> Iterator[None]:
    """While one process of this machine makes the herd. Others that want the same wait; the system ends it with the process."""
    with lock_file(_LOCK) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def not_being_made() -> Iterator[None]:
    """While nobody makes the herd, and it can be removed. Raises StillBeingMade."""
    with lock_file(_LOCK) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StillBeingMade(BEING_MADE) from error
        yield


def is_being_made() -> bool:
    """Whether a process of this machine makes the herd, or removes it, just now."""
    with lock_file(_LOCK) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
