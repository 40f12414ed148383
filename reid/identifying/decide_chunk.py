"""One chunk of a run: some whole encounters read, scored, logged, decided and written.

Identification and the application of a threshold decide by the same function and write by the same one; they
differ in where scores come from (`Scores`). Everything happens in the caller's transaction on locked rows, so that
two workers on one sighting take turns and the later one sees what the earlier one wrote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from django.db import transaction

from reid.grouping.locks import hold_off
from reid.identifying import assignments, auto_enrol
from reid.identifying.run_lifecycle import ChunkResult
from reid.matching.decide import DecisionOutcome, Probe, decide
from reid.matching.eligibility import EligibleDeer
from reid.matching.similarity import fuse
from reid.matching.stored_gallery import load_gallery
from reid.models import KNOWN, SETTLED, Detection, IdentityEvent, Sighting
from reid.scoring import compare, read_log
from reid.strata import Stratum

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from reid.matching.decide import SightingDecision
    from reid.matching.similarity import Gallery, Key
    from reid.models import ReidRun, Scorer
    from reid.scoring.compare import ScoreMatrix


class Read(Protocol):
    """Scores of some detections, those that do not hold named `outdated`."""

    def __call__(
        self,
        detections: Sequence[Detection],
        encounters: Mapping[UUID, UUID],
        gallery: Gallery,
        scorer: Scorer,
        /,
    ) -> ScoreMatrix: ...


class Log(Protocol):
    """Choices written into the score log; what was counted. Of `standing` detections earlier choices stay."""

    def __call__(
        self,
        compared: ScoreMatrix,
        gallery: Gallery,
        run: ReidRun,
        scorer: Scorer,
        /,
        *,
        chosen: Mapping[UUID, Key],
        standing: Collection[UUID],
    ) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class Scores:
    """Where a chunk's scores come from, and how its choices are logged."""

    read: Read
    log: Log


ANEW: Final = Scores(compare.compare, compare.log)
"""Computed from the stored vectors."""
LOGGED: Final = Scores(read_log.read, read_log.mark)
"""Read from the score log: nothing is computed."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Some whole encounters as a threshold (score units) decides them; nothing of it is written yet.

    `kept` are their detections, but for those of encounters that are `left` because the scores are out of date.
    """

    scorer: Scorer
    threshold: int | None
    gallery: Gallery
    kept: list[Detection]
    left: list[Detection]
    compared: ScoreMatrix
    verdicts: dict[Key, SightingDecision]
    changes: list[tuple[Detection, Key | None]]


def identify(encounters: Sequence[UUID], run: ReidRun) -> ChunkResult:
    """Identify every sighting of the encounters, which the caller has embedded. One transaction."""
    scorer = run.scorer
    if scorer is None or not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a chunk needs its run's scorer and the caller's transaction")
    threshold = run.threshold_used
    decided = decide_encounters(encounters, scorer, threshold, run.only, ANEW)
    counts = Counter(verdict.outcome.value for verdict in decided.verdicts.values())
    detections = sum(item.is_identifiable for item in decided.kept)
    counts.update(sightings=len(decided.verdicts), detections=detections)
    counts.update(write(decided, ANEW, run))
    return ChunkResult(counts, decided.gallery.fingerprint)


def decide_encounters(
    encounters: Sequence[UUID],
    scorer: Scorer,
    threshold: int | None,
    only: Stratum | None,
    scores: Scores,
    *,
    lock: bool = True,
) -> Decided:
    """Decide every sighting of some whole encounters. Unlocked rows are for those who write nothing."""
    scene = Sighting.objects.filter(encounter__in=encounters).order_by("pk")
    rows = Detection.objects.all()
    if lock:
        hold_off()
        # Sightings first: an import that rebuilds an encounter waits, and none vanishes from under us.
        scene = scene.select_for_update()
        rows = rows.select_for_update(of=("self",))
    encounter_of = dict(scene.values_list("pk", "encounter"))
    rows = rows.filter(sighting__in=encounter_of)
    everything = list(rows.select_related("image").order_by("pk"))
    gallery = load_gallery(scorer)
    detections = [item for item in everything if item.is_identifiable]
    compared = scores.read(detections, encounter_of, gallery, scorer)
    waiting = {
        encounter_of[item.sighting_id]
        for item in detections
        if item.pk in compared.outdated and item.sighting_id
    }

    def is_left(item: Detection) -> bool:
        return item.sighting_id is not None and encounter_of[item.sighting_id] in waiting

    left = [item for item in everything if is_left(item)]
    kept = [item for item in everything if not is_left(item)]
    if left:
        compared = compared.without({item.pk for item in left})
    probes = probes_of([item for item in detections if not is_left(item)], compared)
    verdicts = {item.sighting: item for item in decide(probes, gallery.deer, threshold, only)}
    changes = planned(verdicts, kept, gallery, threshold)
    return Decided(scorer, threshold, gallery, kept, left, compared, verdicts, changes)


def write(decided: Decided, scores: Scores, run: ReidRun) -> Counter[str]:
    """Log the choices, change identities and record the decisions; what was counted."""
    chosen: dict[UUID, Key] = {}
    standing = []
    for item in decided.compared.detections:
        verdict = decided.verdicts.get(item.sighting_id) if item.sighting_id else None
        if verdict is None:
            continue
        if verdict.outcome is DecisionOutcome.ASSIGNED and verdict.deer is not None:
            chosen[item.pk] = verdict.deer
        elif verdict.outcome in assignments.SETTLED_ALREADY:
            # A review or a certificate does not rewrite what the machine chose; nor does a run that comes after it.
            standing.append(item.pk)
    counts = Counter(
        scores.log(
            decided.compared, decided.gallery, run, decided.scorer, chosen=chosen, standing=standing
        )
    )
    assigned, withdrawn = assignments.apply(decided.changes, run)
    assignments.record(decided.verdicts.values(), run, decided.threshold)
    counts.update(assigned_detections=assigned, withdrawn_detections=withdrawn)
    return counts


def planned(
    verdicts: Mapping[Key, SightingDecision],
    everything: Sequence[Detection],
    gallery: Gallery,
    threshold: int | None,
) -> list[tuple[Detection, Key | None]]:
    """Which detections of some whole encounters get another deer, or none, by these verdicts."""
    automatic = {item.deer_id for item in everything if item.deer_id} - set(gallery.deer)
    judges = automatic and threshold is not None
    unjudged = auto_enrol.without_reference(automatic) if judges else ()
    return assignments.plan(verdicts, everything, unjudged)


def probes_of(detections: Sequence[Detection], compared: ScoreMatrix) -> list[Probe]:
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
                    if item.deer_id and item.identity_source in SETTLED
                ),
                is_certified=_is_certified(members),
                stratum=_stratum(members, compared.with_pattern),
            )
        )
    return probes


def _stratum(members: Sequence[Detection], patterned: frozenset[UUID] | None) -> Stratum | None:
    if patterned is None:
        return None
    return Stratum.of(any(item.pk in patterned for item in members))


def _is_certified(members: Sequence[Detection]) -> bool:
    sources = {item.identity_source for item in members}
    return Detection.IdentitySource.CERTIFIED in sources and not sources & set(KNOWN)
