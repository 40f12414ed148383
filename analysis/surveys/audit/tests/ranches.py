"""A stored ranch whose names are wrong in known places, a survey of it, and a judge who knows every animal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from django.contrib.auth import get_user_model

from analysis.surveys import services
from analysis.surveys.audit import answering, opening
from analysis.surveys.audit.lineup import lineup, search
from reid.models import Deployment, Survey
from reid.tests import make

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User

    from analysis.surveys.audit.lineup import Lineup, Shown
    from reid.models import Camera, Deer, Scorer, SurveyAudit

START: Final = date(2025, 10, 1)
DAYS: Final = 7


def judge(name: str = "ranger") -> User:
    user: User = get_user_model().objects.get_or_create(username=name)[0]
    return user


@dataclass
class Ranch:
    """Photographs of one camera, with the animal that each really shows."""

    camera: Camera
    scorer: Scorer | None = None
    animals: dict[UUID, int] = field(default_factory=dict)

    def see(self, deer: Deer, occasion: int, animal: int, hour: int = 17) -> UUID:
        """One photograph; its vector, where there is a scorer, points to its animal."""
        day = timedelta(days=DAYS * occasion + animal % DAYS)
        at = datetime(2025, 10, 1, hour, tzinfo=UTC) + day
        image = make.image(camera=self.camera, captured_at=at)
        shown = make.detection(image=image, deer=deer, flank="left", classification="doe")
        if self.scorer is not None:
            make.embedding(shown, self.scorer, np.cos(animal), np.sin(animal), 0.1, 0.1)
        self.animals[shown.pk] = animal
        return shown.pk

    def survey(self, occasions: int, name: str = "autumn") -> Survey:
        Deployment.objects.get_or_create(camera=self.camera, started_on=START)
        end = START + timedelta(days=DAYS * occasions - 1)
        return services.make(name=name, start=START, end=end, occasion_days=DAYS)

    def truth(self, audit: SurveyAudit, shown: Lineup) -> str:
        """The profile that one who knows every animal chooses, of those shown, else of all; empty for none."""
        animal = self.animals[shown.detections[0].pk]
        fits = [one.name for one in shown.profiles if self.is_of(one, animal)]
        if not fits:
            rows, count = search(audit, shown.item)
            while len(rows) < count:
                rows += search(audit, shown.item, start=len(rows))[0]
            fits = [one.name for one in rows if self.is_of(one, animal)]
        # Its own where that fits, as whoever looks at pictures can tell no better.
        return shown.item.profile if shown.item.profile in fits else next(iter(fits), "")

    def is_of(self, profile: Shown, animal: int) -> bool:
        return any(self.animals[one.pk] == animal for one in profile.pictures)

    def answer(self, audit: SurveyAudit, count: int, by: User | None = None) -> None:
        """So many true answers."""
        for _ in range(count):
            item = answering.next_item(audit)
            if item is None:
                return
            shown = lineup(audit, item)
            choice = self.truth(audit, shown)
            answering.record(audit, item.pk, by or judge(), version=shown.version, choice=choice)


def ranch(scorer: Scorer | None = None) -> Ranch:
    return Ranch(make.camera("Oak"), scorer)


def small_ranch() -> tuple[Ranch, Survey]:
    """Ada on occasions 0, 1 and 2; Bea on 0 and 1; Cid on 2, who is Ada as well: a ghost."""
    made = ranch()
    ada, bea, cid = (make.deer(name, sex="doe") for name in ("Ada", "Bea", "Cid"))
    for deer, occasion, animal in ((ada, 0, 0), (ada, 1, 0), (ada, 2, 0), (bea, 0, 1), (bea, 1, 1)):
        made.see(deer, occasion, animal)
    made.see(cid, 2, 0, hour=20)
    return made, made.survey(3)


def opened(survey: Survey) -> SurveyAudit:
    return opening.open_audit(survey, judge())
