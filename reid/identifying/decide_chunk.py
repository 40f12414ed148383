"""One chunk of a run: some whole encounters read, scored, logged, decided and written.

Everything happens in the caller's transaction on locked rows, so that two workers on one sighting take
turns and the later one sees what the earlier one wrote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from reid.grouping.locks import hold_off
from reid.identifying import assignments, auto_enrol
from reid.matching.decide import Outcome, Probe, decide
from reid.matching.eligibility import EligibleDeer
from reid.matching.similarity import fuse
from reid.matching.stored_gallery import load_gallery
from reid.models import KNOWN, Detection, IdentityEvent, Sighting
from reid.scoring import compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from reid.matching.decide import Verdict
    from reid.matching.similarity import Gallery, Key
    from reid.models import ReidRun
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
    detections = [item for item in everything if item.is_identifiable]
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
    eligible = EligibleDeer([item.pk for item in compared.deer], compared.lives)
    rejected: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for detection, deer in IdentityEvent.objects.rejected_pairs(item.pk for item in detections):
        rejected[detection].add(deer)
    row_of = {item.pk: row for row, item in enumerate(compared.detections)}
    of_sighting: defaultdict[UUID, list[Detection]] = defaultdict(list)
    for item in detections:
        if item.sighting_id is not None:
            of_sighting[item.sighting_id].append(item)
    probes = []
    for sighting, members in of_sighting.items():
        rows = [row_of[item.pk] for item in members if item.pk in row_of]
        probes.append(
            Probe(
                sighting=sighting,
                frames=frozenset(item.image_id for item in members),
                scores=fuse(compared.scores[rows]) if rows else None,
                eligible=eligible.of(
                    [item.effective_class for item in members],
                    [item.image.local_day for item in members],
                    {deer for item in members for deer in rejected[item.pk]},
                ),
                known=frozenset(
                    item.deer_id
                    for item in members
                    if item.deer_id and item.identity_source in KNOWN
                ),
            )
        )
    return probes
