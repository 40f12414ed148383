"""Pattern gallery: the references of all enrolled deer and the background, as they stand in the database."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from uuid import UUID

import numpy as np
from django.db.models.functions import Coalesce

from reid.antlers import ANY_SEASON
from reid.models import KNOWN, Detection
from reid.models.antlers import reference_season, seasons_count
from reid.patterns.backgrounds import members_of, usable
from reid.patterns.blocks import Block
from reid.patterns.lnbnn import NO_ENCOUNTER, NOBODY, Photographs, Probe
from reid.patterns.stored import stored_keypoints
from reid.taxonomy import SIDE_OF_FLANK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    from reid.models import PatternBackground
    from reid.patterns.card import MatcherCard
    from reid.patterns.keypoints import Keypoints

_Row = tuple[UUID, UUID, "UUID | None", str, int]
"""Detection, deer, encounter, flank and antler season of a reference."""


def deer_fingerprint(
    matcher: str,
    references: Iterable[tuple[UUID, int, int]],
    own_members: Iterable[UUID],
    company: Iterable[UUID] = (),
) -> str:
    """Fingerprint of what a deer's pattern scores depend on, beside the probe: 16 hex digits.

    `matcher` is the card's fingerprint with its background, `references` are the deer's with their sides
    and antler seasons, `own_members` those of the background's photographs that are known as the deer's, `company` those
    of an encounter with one of its references, which do not count for its spread.
    """
    facts: list[object] = [
        matcher,
        sorted(
            f"{id_} {side:+d}" + (f" antlers {season}" if season else "")
            for id_, side, season in references
        ),
        sorted(map(str, own_members)),
    ]
    if named := sorted(map(str, company)):
        facts.append(named)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PatternGallery:
    """All that probes are compared with.

    `deer` are the columns of all scores, sorted; `ids` are the detections of `references`, in their order;
    `deer_fingerprints` are one a deer; `codes` are those of the encounters; `is_whole` says of each deer whether all its
    references are here; `spreads` are what its sums are counted in, 1 where none were measured.
    """

    card: MatcherCard
    deer: tuple[UUID, ...]
    ids: tuple[UUID, ...]
    references: Photographs
    background: Photographs
    deer_fingerprints: tuple[str, ...]
    fingerprint: str
    codes: dict[UUID, int]
    is_whole: tuple[bool, ...]
    spreads: NDArray[np.float64]

    def probe(
        self, found: Keypoints, flank: str, encounter: UUID | None, season: int = ANY_SEASON
    ) -> Probe:
        """A photograph to compare with this gallery; of ANY_SEASON it is compared with all seasons."""
        code = NO_ENCOUNTER if encounter is None else self.codes.get(encounter, NO_ENCOUNTER)
        return Probe(found, SIDE_OF_FLANK.get(flank, 0), code, season)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the database says of a gallery: enough for its fingerprints, and no file is read for it.

    `references` are detection, deer, encounter, flank and antler season of each one with keypoints, by deer; `known` is the deer and
    the encounter of each of the background's photographs that is still there. `base` is the spread of that background, 1
    of cards that measure none. `made` says when the torso of each reference was made: another one has other keypoints.
    """

    background: PatternBackground
    card: MatcherCard
    base: float
    references: list[_Row]
    known: dict[UUID, tuple[UUID | None, UUID | None]]
    made: list[datetime | None]

    @classmethod
    def read(cls, background: PatternBackground, card: MatcherCard, base: float) -> Self:
        """By two queries."""
        found = sorted(_references(), key=lambda item: (item[0][1], item[0][0]))
        listed, made = [row for row, _ in found], [at for _, at in found]
        return cls(background, card, base, listed, _known(background), made)

    def of_deer(self, deer: UUID) -> Self:
        """Of this deer alone."""
        return replace(self, references=[row for row in self.references if row[1] == deer])

    @property
    def deer_fingerprints(self) -> dict[UUID, str]:
        """`deer_fingerprint` of each deer that has a reference with keypoints."""
        matcher = self.card.fingerprint(self.background.fingerprint)
        references: dict[UUID, list[tuple[UUID, int, int]]] = {}
        encounters: dict[UUID, set[UUID | None]] = {}
        for id_, deer, encounter, flank, season in self.references:
            facts = (id_, SIDE_OF_FLANK.get(flank, 0), season)
            references.setdefault(deer, []).append(facts)
            encounters.setdefault(deer, set()).add(encounter)
        own: dict[UUID | None, list[UUID]] = {}
        at: dict[UUID | None, list[UUID]] = {}
        for id_, (owner, encounter) in self.known.items():
            own.setdefault(owner, []).append(id_)
            at.setdefault(encounter, []).append(id_)
        measured = self.card.probes > 0
        company = {
            deer: [id_ for one in met if one is not None for id_ in at.get(one, ())]
            for deer, met in encounters.items()
            if measured
        }
        return {
            deer: deer_fingerprint(matcher, named, own.get(deer, ()), company.get(deer, ()))
            for deer, named in references.items()
        }


def background_of(drawn: PatternBackground) -> Photographs:
    """The photographs of a background, nobody's. Raises NoKeypoints where its file is lost or damaged."""
    return _behind(drawn, _known(drawn), {}, {})


def read_gallery(listing: Listing) -> PatternGallery:
    """The gallery of a listing, without spreads. References whose file is lost are left out, and deer without any others.

    Raises NoKeypoints where the background's file is lost or damaged.
    """
    card, background, known = listing.card, listing.background, listing.known
    listed = listing.references
    found = {id_: item for id_, *_ in listed if (item := stored_keypoints(id_)) is not None}
    listed = [row for row in listed if row[0] in found]
    deer = tuple(sorted({row[1] for row in listed}))
    column_of: dict[UUID, int] = {id_: column for column, id_ in enumerate(deer)}
    codes: dict[UUID, int] = {}
    behind = _behind(background, known, column_of, codes)
    references = Photographs(
        Block.of([found[row[0]] for row in listed]),
        np.array([column_of[row[1]] for row in listed], np.intp),
        np.array([SIDE_OF_FLANK.get(row[3], 0) for row in listed], np.int8),
        np.array([_code(row[2], codes) for row in listed], np.int64),
        np.array([row[4] for row in listed], np.int64),
    )
    torn = {row[1] for row in listing.references if row[0] not in found}
    print_of = listing.deer_fingerprints
    prints = tuple(print_of[id_] for id_ in deer)
    whole = hashlib.sha256(json.dumps([list(map(str, deer)), prints]).encode()).hexdigest()
    ids = tuple(row[0] for row in listed)
    is_whole = tuple(id_ not in torn for id_ in deer)
    ones = np.ones(len(deer))
    return PatternGallery(card, deer, ids, references, behind, prints, whole, codes, is_whole, ones)


def _behind(
    drawn: PatternBackground,
    known: dict[UUID, tuple[UUID | None, UUID | None]],
    column_of: dict[UUID, int],
    codes: dict[UUID, int],
) -> Photographs:
    """The photographs of a background, with the deer and encounters that are known; new codes are added to `codes`."""
    members = members_of(drawn)
    of = [known.get(id_, (None, None)) for id_, _, _ in members]
    return Photographs(
        Block.of([item for _, _, item in members]),
        np.array(
            [NOBODY if deer is None else column_of.get(deer, NOBODY) for deer, _ in of], np.intp
        ),
        np.array([side for _, side, _ in members], np.int8),
        np.array([_code(encounter, codes) for _, encounter in of], np.int64),
    )


def _code(encounter: UUID | None, codes: dict[UUID, int]) -> int:
    return NO_ENCOUNTER if encounter is None else codes.setdefault(encounter, len(codes))


def _references() -> Iterable[tuple[_Row, datetime | None]]:
    """Of each reference that has keypoints, and when its torso was made."""
    counts = seasons_count()
    rows = (
        Detection.objects.references()
        .filter(pk__in=usable().values("detection"))
        .annotate(encounter=Coalesce("sighting__encounter_id", "image__encounter_id"))
    )
    for id_, deer, encounter, flank, made, *shown in rows.values_list(
        *("pk", "deer_id", "encounter", "flank", "torso__made_at"),
        *("image__captured_at", "deer__sex", "effective_class"),
    ):
        season = reference_season(*shown) if counts else ANY_SEASON
        yield (id_, deer, encounter, flank, season), made


def _known(background: PatternBackground) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Detection -> its deer and encounter as they are known today; detections that are gone are left out.

    A deer that a run has given is not known: else a run would make the scores stale by which it decides.
    """
    members = [UUID(id_) for id_, _ in background.members]
    rows = Detection.objects.filter(pk__in=members).annotate(
        encounter=Coalesce("sighting__encounter_id", "image__encounter_id")
    )
    listed = rows.values_list("pk", "deer_id", "identity_source", "encounter")
    return {
        id_: (deer if source in KNOWN else None, encounter)
        for id_, deer, source, encounter in listed
    }
