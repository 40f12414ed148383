"""Line-up of a survey audit's item: the photographs of a capture without its name, beside other profiles of the survey.

Its own profile, by the photographs of its other occasions, is hidden among those that look most like it; which one it is, is not said.
A capture of a profile seen once has no other photograph of its own: there the right answer is that it is none of them, unless it is a
ghost. Whatever is not among the few that are shown is found among all of them (`search`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Avg

from analysis.stats.betting_test import draw_key
from analysis.surveys.audit.answering import version_of
from analysis.surveys.audit.captures import profiles_of
from reid.embedding.vectors import vectors_of
from reid.models import Detection, EmbeddingSpace, Scorer, SimilarityScore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from analysis.surveys.audit.captures import Profile
    from reid.models import SurveyAudit, SurveyAuditItem

CHOICES: Final = 6
"""Profiles that are shown of each capture, so that their number tells nobody whether its own is among them."""
PICTURES: Final = 3
"""Photographs of each."""
COMPARED: Final = 6
"""Photographs of each profile that are compared, drawn by chance: of hundreds of profiles all would take seconds."""
PAGE: Final = 24
"""Profiles of one page of a search."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A profile that it may be, with photographs of it, the side that the capture shows first."""

    name: str
    sex: str
    pictures: list[Detection]


@dataclass(frozen=True, slots=True)
class Lineup:
    """An item with the photographs of its capture, and the profiles to choose from."""

    item: SurveyAuditItem
    version: str
    detections: list[Detection]
    profiles: list[Shown]


class _Material:
    """Everything that the item is shown with: its photographs, and of each profile those that may be shown beside it."""

    def __init__(self, audit: SurveyAudit, item: SurveyAuditItem) -> None:
        self.item, self.version = item, version_of(audit, item)
        self.profiles = profiles_of(audit.survey)
        self.probes = _probes(item, self.profiles[item.profile])
        self.beside = {
            name: self._drawn(
                profile.photographs(without=item.occasion if name == item.profile else None)
            )
            for name, profile in self.profiles.items()
        }
        self.space = EmbeddingSpace.objects.active()

    def _drawn(self, keys: Iterable[str]) -> list[UUID]:
        chance = sorted(keys, key=lambda key: draw_key(self.version, key))
        return [UUID(key) for key in chance[:COMPARED]]

    def vectors(self, names: Iterable[str]) -> Mapping[UUID, NDArray[np.float32]]:
        if self.space is None:
            return {}
        keys = {key for name in names for key in self.beside[name]}
        return vectors_of([*keys, *(probe.pk for probe in self.probes)], self.space)

    def nearness(self, key: UUID, vectors: Mapping[UUID, NDArray[np.float32]]) -> float:
        """Best cosine of the photograph with the capture's; -1 where either has no vector."""
        probes = [vectors[probe.pk] for probe in self.probes if probe.pk in vectors]
        if key not in vectors or not probes:
            return -1.0
        return max(float(vectors[key] @ probe) for probe in probes)

    def shown(self, names: Sequence[str]) -> list[Shown]:
        """These profiles with their photographs, in this order; without those of which no photograph is left."""
        keys = [key for name in names for key in self.beside[name]]
        there = Detection.objects.select_related("image").in_bulk(keys)
        vectors = self.vectors(names)
        side = self.probes[0].flank if self.probes else ""

        def place(one: Detection) -> tuple[bool, float]:
            return one.flank != side, -self.nearness(one.pk, vectors)

        rows = []
        for name in names:
            pictures = sorted((there[key] for key in self.beside[name] if key in there), key=place)
            if pictures:
                rows.append(Shown(name, self.profiles[name].sex, pictures[:PICTURES]))
        return rows


def _probes(item: SurveyAuditItem, own: Profile) -> list[Detection]:
    """The photograph that stands for the capture, then others of the same animal in the same encounter."""
    keys = [key for one in own.captures[item.occasion] for key in one.detections]
    rows = Detection.objects.filter(pk__in=keys).select_related("image__camera")
    found = {row.pk: row for row in rows.order_by("image__captured_at", "pk")}
    first = found.pop(item.detection_id, None) if item.detection_id else None
    if first is None:
        return []
    same = [
        row for row in found.values() if first.sighting_id and row.sighting_id == first.sighting_id
    ]
    return [first, *same]


def lineup(audit: SurveyAudit, item: SurveyAuditItem) -> Lineup:
    """The item with its pictures. A fixed number of queries."""
    material = _Material(audit, item)
    own = [item.profile] if material.beside[item.profile] else []
    others = [name for name in _most_alike(material) if name != item.profile]
    shown = [*own, *others][:CHOICES]
    chance = sorted(shown, key=lambda name: draw_key(material.version, name))
    return Lineup(item, material.version, material.probes, material.shown(chance))


def search(
    audit: SurveyAudit, item: SurveyAuditItem, text: str = "", start: int = 0
) -> tuple[list[Shown], int]:
    """One page of all profiles whose name has this text in it, by name, from the place `start`; and how many there are.

    The item's own profile is among them where it was captured on another occasion.
    """
    material = _Material(audit, item)
    wanted = text.casefold().strip()
    names = sorted(
        name for name, keys in material.beside.items() if keys and wanted in name.casefold()
    )
    return material.shown(names[start : start + PAGE]), len(names)


def _most_alike(material: _Material) -> list[str]:
    """All profiles: those that the score log and the embeddings hold for most alike by turns, then the others by chance.

    Two measures, since a profile that was made yesterday is in no log, and a pattern is in no embedding.
    """
    chance = sorted(
        (name for name, keys in material.beside.items() if keys),
        key=lambda name: draw_key(material.version, name),
    )
    logged = _logged(material)
    by_log = sorted(logged.keys() & set(chance), key=lambda name: (-logged[name], name))
    vectors = material.vectors(chance)
    near = {
        name: max(material.nearness(key, vectors) for key in material.beside[name])
        for name in chance
    }
    by_vector = sorted((name for name in chance if near[name] > -1), key=lambda name: -near[name])
    turns = chain.from_iterable(zip_longest(by_log, by_vector))
    return list(dict.fromkeys(name for name in (*turns, *chance) if name is not None))


def _logged(material: _Material) -> dict[str, float]:
    """Mean score of the capture's photographs with each profile's deer, by the scorer in use."""
    scorer = Scorer.objects.active()
    if scorer is None:
        return {}
    names = defaultdict(list)
    for profile in material.profiles.values():
        names[profile.deer_id].append(profile.name)
    rows = SimilarityScore.objects.standing(scorer).filter(detection__in=material.probes)
    means = rows.order_by().values_list("deer").annotate(mean=Avg("score"))
    return {name: mean for deer, mean in means for name in names.get(str(deer), ())}
