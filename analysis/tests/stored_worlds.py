"""Simulated herds in a store, carried by the real commands from photographs to names, with somebody who knows the truth.

The vectors are those of `analysis.tests.worlds`, written as embeddings; what scores, gates, audits and names them is what
an operator runs: identify_detections, backfill_similarity_scores, audit_threshold, test_reid_thresholds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from analysis.tests.worlds import DIMENSION, photographer
from reid.db import statistics
from reid.models import Deer, Detection, Image, Scorer
from reid.tests import make
from reid.tests.herds import photographed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

REFERENCES: Final = 5
JUDGE: Final = "oracle"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a world: how many sightings got a deer, how many of them a wrong one, and how many strangers later on."""

    assigned: int
    wrong: int
    strangers: int
    strangers_assigned: int

    @property
    def fdp(self) -> float:
        return self.wrong / self.assigned if self.assigned else 0.0

    @property
    def fpir(self) -> float:
        return self.strangers_assigned / self.strangers if self.strangers else 0.0


def output_of(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


class StoredWorld:
    """A herd in the store. Arguments as of `worlds.world`; `labelled` sightings each in an encounter of their own."""

    def __init__(
        self,
        generator: np.random.Generator,
        *,
        quality: float,
        enrolled: int = 30,
        labelled: int = 150,
        unreviewed: int = 300,
        known_share: float = 0.7,
        distinctiveness: float = 1.0,
    ) -> None:
        animals = enrolled + 200
        own = generator.normal(size=(animals, DIMENSION)) * quality
        own[:enrolled] *= distinctiveness
        self.generator, self.enrolled, self.animals = generator, enrolled, animals
        self.photograph: Callable[[NDArray[np.int64]], NDArray[np.float64]] = photographer(
            generator, own
        )
        get_user_model().objects.get_or_create(username=JUDGE)
        self.scorer: Scorer = make.scorer(DIMENSION, name="world")
        self.deer = Deer.objects.bulk_create(Deer(name=f"deer {n:02}") for n in range(enrolled))
        self.shown: dict[UUID, int] = {}  # sighting -> the animal that it shows

        often = generator.lognormal(0, 0.8, enrolled)
        herd = often / often.sum()
        first = np.repeat(np.arange(enrolled), REFERENCES)
        named = generator.choice(enrolled, labelled, p=herd)
        references = self.store(first, [self.deer[animal] for animal in first])
        Detection.objects.filter(sighting__in=references).update(is_reference=True)
        self.store(named, [self.deer[animal] for animal in named])
        is_known = generator.random(unreviewed) < known_share
        passing = generator.integers(enrolled, animals, unreviewed)
        who = np.where(is_known, generator.choice(enrolled, unreviewed, p=herd), passing)
        self.unreviewed = self.store(who, [None] * unreviewed)

    def store(self, who: NDArray[np.int64], owners: Sequence[Deer | None]) -> list[UUID]:
        """Photographs of the animals `who`, each a sighting of its own, a day apart; the sightings."""
        start = Image.objects.count()
        times = [make.NOON + timedelta(days=start + number) for number in range(len(who))]
        detections = photographed(
            self.scorer.vectors,
            owners,
            self.photograph(who).astype(np.float32),
            times=times,
        )
        # As an import does: PostgreSQL plans over tables that it believes empty else.
        statistics.refresh((*statistics.IMPORTED, "reid_embedding"))
        names = [item.sighting_id for item in detections if item.sighting_id]
        self.shown.update(zip(names, who.tolist(), strict=True))
        return names

    def carried_through(self, *, strangers: int = 200) -> Outcome:
        """The whole way by commands; then `strangers` photographs of animals that no one has named come in."""
        output_of("identify_detections")
        output_of("backfill_similarity_scores")
        if not self._is_proven():
            return Outcome(0, 0, 0, 0)
        output_of("test_reid_thresholds", "--propose")
        output_of("test_reid_thresholds", "--apply", "--user", JUDGE)
        given = self._given(self.unreviewed)
        wrong = sum(animal != self.shown[sighting] for sighting, animal in given.items())
        passing = self.generator.integers(self.enrolled, self.animals, strangers)
        later = self.store(passing, [None] * strangers)
        output_of("identify_detections")
        return Outcome(len(given), wrong, strangers, len(self._given(later)))

    def _is_proven(self) -> bool:
        """Whether the audit ends with a recommendation; the judge knows every animal."""
        try:
            output_of("audit_threshold", "plan")
        except CommandError:  # too few deer or decoys: it says so, and nothing can be proven
            return False
        animal_of = {str(deer.pk): number for number, deer in enumerate(self.deer)}
        while items := self._answer("next", "--count", "25")["items"]:
            for item in items:
                is_right = animal_of[item["deer"]] == self.shown[UUID(item["sighting"])]
                verdict = "right" if is_right else "wrong"
                output_of("audit_threshold", "record", str(item["item"]), verdict, "--user", JUDGE)
        return bool(self._answer("status")["verdict"] == "RECOMMEND")

    def _answer(self, *arguments: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            output_of("audit_threshold", *arguments, "--format", "json")
        )
        return answer

    def _given(self, sightings: Sequence[UUID]) -> dict[UUID, int]:
        """Sighting -> the animal whose name it was given without a person."""
        number_of = {deer.pk: number for number, deer in enumerate(self.deer)}
        rows = Detection.objects.filter(sighting__in=sightings, deer__isnull=False)
        return {
            sighting: number_of[deer]
            for sighting, deer in rows.values_list("sighting", "deer")
            if sighting and deer in number_of
        }
