"""One chunk of a run: some whole encounters read, scored, logged, decided and written.

Everything happens in the caller's transaction on locked rows, so that two workers on one sighting take
turns and the later one sees what the earlier one wrote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction
from django.utils import timezone

from reid.grouping.locks import hold_off
from reid.identifying import assignments, auto_enrol
from reid.identifying.assignments import KNOWN, is_identifiable
from reid.matching.decide import Outcome, Probe, decide
from reid.matching.eligibility import alive_on, sex_matches
from reid.matching.similarity import fuse
from reid.matching.stored_gallery import load_gallery
from reid.models import Detection, IdentityEvent, Sighting
from reid.scoring import compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.matching.decide import Verdict
    from reid.matching.similarity import Gallery, Key
    from reid.models import Deer, ReidRun
    from reid.scoring.compare import Chosen, Compared


@dataclass(frozen=True, slots=True)
class Done:
    """What a chunk did, by name, and the gallery that it compared with."""

    counts: Counter[str]
    gallery_fingerprint: str


def identify(encounters: Sequence[UUID], run: ReidRun) -> Done:
    """Identify every sighting of the encounters, which the caller has embedded. One transaction."""
    space = run.space
    if space is None or not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a chunk needs its run's space and the caller's transaction")
    hold_off()
    # Sightings first: an import that rebuilds an encounter waits, and none vanishes from under us.
    locked = Sighting.objects.select_for_update().filter(encounter__in=encounters).order_by("pk")
    sightings = {item.pk: item for item in locked}
    everything = list(
        Detection.objects.select_for_update(of=("self",))
        .filter(sighting__in=sightings)
        .select_related("image")
        .order_by("pk")
    )
    gallery = load_gallery(space)
    detections = [item for item in everything if is_identifiable(item)]
    encounter_of = {key: item.encounter_id for key, item in sightings.items()}
    compared = compare.compare(detections, encounter_of, gallery, space)
    threshold = run.threshold.units if run.threshold else None
    probes = probes_of(detections, compared)
    verdicts = {item.sighting: item for item in decide(probes, gallery.deer, threshold)}

    counts = Counter(verdict.outcome.value for verdict in verdicts.values())
    counts.update(sightings=len(verdicts), detections=len(detections))
    chosen: Chosen = {}
    reviewed = []
    for item in compared.detections:
        verdict = verdicts[item.sighting_id]  # type: ignore[index] # compared ones have a sighting
        if verdict.outcome is Outcome.ASSIGNED and verdict.deer is not None:
            chosen[item.pk, verdict.deer] = threshold
        elif verdict.outcome is Outcome.REVIEWED:
            # A review does not rewrite what the machine chose; nor does a run that comes after it.
            reviewed.append(item.pk)
    counts.update(compare.log(compared, gallery, run, space, chosen=chosen, standing=reviewed))
    changes = planned(verdicts, everything, gallery, threshold)
    assigned, withdrawn = assignments.apply(changes, run)
    assignments.record(verdicts.values(), run, threshold)
    counts.update(assigned_detections=assigned, withdrawn_detections=withdrawn)
    return Done(counts, gallery.fingerprint)


def planned(
    verdicts: Mapping[Key, Verdict],
    everything: Sequence[Detection],
    gallery: Gallery,
    threshold: int | None,
) -> list[tuple[Detection, Key | None]]:
    """Which detections of some whole encounters get another deer, or none, by these verdicts."""
    automatic = {item.deer_id for item in everything if item.deer_id} - set(gallery.deer)
    judges = automatic and threshold is not None
    unjudged = auto_enrol.without_reference(automatic) if judges else ()
    return assignments.plan(verdicts, everything, unjudged)


def probes_of(detections: Sequence[Detection], compared: Compared) -> list[Probe]:
    """One a sighting; a deer is eligible where no detection of the sighting rules it out."""
    lives = compared.lives
    eligible = sex_matches([item.effective_class for item in detections], lives)
    eligible &= alive_on([_local_day(item) for item in detections], lives)
    _strike_rejected(eligible, detections, compared.deer)
    row_of = {item.pk: row for row, item in enumerate(compared.detections)}
    of_sighting: dict[UUID, list[int]] = defaultdict(list)
    for number, item in enumerate(detections):
        if item.sighting_id is not None:
            of_sighting[item.sighting_id].append(number)
    probes = []
    for sighting, numbers in of_sighting.items():
        members = [detections[number] for number in numbers]
        rows = [row_of[item.pk] for item in members if item.pk in row_of]
        probes.append(
            Probe(
                sighting=sighting,
                frames=frozenset(item.image_id for item in members),
                scores=fuse(compared.scores[rows]) if rows else None,
                eligible=np.logical_and.reduce(eligible[numbers]),
                known=frozenset(
                    item.deer_id
                    for item in members
                    if item.deer_id and item.identity_source in KNOWN
                ),
            )
        )
    return probes


def _strike_rejected(
    eligible: NDArray[np.bool_], detections: Sequence[Detection], deer: Sequence[Deer]
) -> None:
    """What a person has rejected, no run says again."""
    rows = {item.pk: number for number, item in enumerate(detections)}
    columns = {item.pk: number for number, item in enumerate(deer)}
    for detection, rejected in IdentityEvent.objects.rejected_pairs(rows):
        if rejected in columns:
            eligible[rows[detection], columns[rejected]] = False


def _local_day(item: Detection) -> date | None:
    captured_at = item.image.captured_at
    return timezone.localtime(captured_at).date() if captured_at else None
