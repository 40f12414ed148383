"""Captures of a survey as its audit draws and shows them: profiles on occasions, with the photographs that the frozen copy names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.score_log.session import AnalysisError
from analysis.surveys.collect import SurveyProblem
from analysis.surveys.services import thaw

if TYPE_CHECKING:
    from analysis.surveys.material import Captured
    from reid.models import Survey


@dataclass(frozen=True, slots=True)
class Profile:
    """A deer of the survey, by its name in the frozen copy, its key, and its class.

    `captures`: by occasion what was seen of it there, camera by camera and day by day.
    """

    name: str
    deer_id: str
    sex: str
    captures: dict[int, list[Captured]]

    def photographs(self, *, without: int | None = None) -> list[str]:
        """Keys of the detections that show it; none of the occasion `without`."""
        return [
            key
            for occasion, seen in self.captures.items()
            if occasion != without
            for item in seen
            for key in item.detections
        ]


def profiles_of(survey: Survey) -> dict[str, Profile]:
    """The survey's profiles by name, with the captures that its estimates rest on. Raises AnalysisError where the copy is broken."""
    try:
        material = thaw(survey)
    except SurveyProblem as problem:
        raise AnalysisError(str(problem)) from problem
    found: dict[str, Profile] = {}
    captures: defaultdict[str, defaultdict[int, list[Captured]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for item in material.counted(survey.occasion_days):
        captures[item.deer][(item.day - material.start).days // survey.occasion_days].append(item)
        sex = material.sexes.get(item.deer, "")
        found[item.deer] = Profile(item.deer, item.deer_id, sex, captures[item.deer])
    return found
