"""Document of a survey's estimates: JSON that pages, reports and programs read. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.population.occasions import accumulation
from analysis.surveys.estimating.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.surveys.estimating.estimates import SurveyEstimates
    from analysis.surveys.estimating.figures import Figure
    from analysis.surveys.material import Basis, CameraEffort


def survey_document(
    found: SurveyEstimates,
    basis: Basis,
    *,
    habitat_km2: float | None = None,
    survey: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """JSON of the estimates. `survey`: its "id" and "name", None where none was made. Shapes stand in docs/surveys.md.

    `captures`: one deer on one occasion is one. `left_out_captures`: days on which a deer was at a camera, and that do not count.

    `interval` is the honest one: null while nobody measured the errors of identification.
    """
    material, cut = found.material, found.occasions
    closed = found.closure
    return {
        "survey": None if survey is None else dict(survey),
        "period": {"start": material.start.isoformat(), "end": material.end.isoformat()},
        "basis": basis.value,
        "side": material.side,
        "habitat_km2": habitat_km2,
        "occasions": {
            "count": len(cut.starts),
            "days": cut.days,
            "starts": [day.isoformat() for day in cut.starts],
        },
        "captures": cut.captured,
        "deer": len(cut.deer),
        "left_out_captures": cut.left_out,
        "camera_days": material.camera_days,
        "cameras": [_camera(camera) for camera in material.cameras],
        "closure": None
        if closed is None
        else {"z": closed.z, "p": closed.p, "deer": closed.animals},
        "identification": None if found.rates is None else asdict(found.rates),
        "histories": list(_histories(found)),
        "accumulation": [
            {"camera_days": float(days), "deer": int(deer)}
            for days, deer in zip(*accumulation(cut), strict=True)
        ],
        "assumptions": [asdict(item) for item in found.assumptions],
        "sentences": sentences(found, habitat_km2),
        "estimates": [_estimate(figure) for figure in found.figures],
        "refused": found.refused,
    }


def _histories(found: SurveyEstimates) -> Iterator[dict[str, Any]]:
    cut = found.occasions
    for row, deer in enumerate(cut.deer):
        seen = cut.captures[row]
        yield {
            "deer": deer,
            "class": found.material.sexes[deer],
            "captures": np.flatnonzero(seen.any(axis=1)).tolist(),
            "cameras": [cut.cameras[place] for place in np.flatnonzero(seen.any(axis=0))],
        }


def _camera(camera: CameraEffort) -> dict[str, Any]:
    return {
        "name": camera.name,
        "days": len(camera.days),
        "estimated": camera.is_estimated,
        "place": None if camera.place is None else list(camera.place),
        "left_out": [
            {"first": item.first.isoformat(), "last": item.last.isoformat(), "reason": item.reason}
            for item in camera.left_out
        ],
    }


def _estimate(figure: Figure) -> dict[str, Any]:
    return {
        "estimator": figure.estimator,
        "class": figure.of,
        "unit": figure.unit,
        "n": figure.n,
        "interval": None if figure.interval is None else list(figure.interval),
        "naive_interval": None if figure.naive is None else list(figure.naive),
        "honest_n": figure.honest_n,
        "note": figure.note,
        "why_not": figure.why_not,
    }
