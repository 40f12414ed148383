"""Endpoints of these acts: each parses its request, calls one verb of `reid.reviewing`, and returns its result."""

from __future__ import annotations

from reid import reviewing
from reid.api.photographs import requests
from reid.api.review_requests import DetectionsRequest
from reid.api.review_views import VerbView, described


@described
class DrawBoxView(VerbView):
    summary = "Draw a box"
    description = (
        "There is an animal on the photograph that no detector found: a new detection. It joins the sightings of its "
        "encounter, and the next run identifies it."
    )
    verb = staticmethod(reviewing.draw_box)
    shape = requests.DrawBoxRequest


@described
class MoveBoxView(VerbView):
    summary = "Move a box"
    description = (
        "The animal is elsewhere, or its box was too large or too small. Its deer and class stay; its crop, its vectors "
        "and its scores are of the old box, so they go, and the next run makes them anew."
    )
    verb = staticmethod(reviewing.move_box)
    shape = requests.MoveBoxRequest


@described
class DeleteBoxesView(VerbView):
    summary = "Delete boxes"
    description = "There is no animal in these boxes. They are shown and counted no more, and no import brings them back."
    verb = staticmethod(reviewing.delete_boxes)
    shape = DetectionsRequest


@described
class AnnotateView(VerbView):
    summary = "Annotate photographs"
    description = "Writes a note about the photographs, puts tags on them or takes them off, or marks them as favourites or not."
    verb = staticmethod(reviewing.annotate)
    shape = requests.AnnotateRequest


@described
class SetCameraView(VerbView):
    summary = "Change the camera of photographs"
    description = (
        "They were imported as another camera's, or as nobody's. Their times, boxes and names stay; their encounters are "
        "built anew, there and where they were. Refused where the clocks of the two cameras are in different time zones."
    )
    verb = staticmethod(reviewing.set_camera)
    shape = requests.SetCameraRequest


@described
class AssignGroupView(VerbView):
    summary = "Assign sightings to a deer"
    description = "All of these sightings are this deer. Refused where two of them are on one photograph, or of two sexes."
    verb = staticmethod(reviewing.assign_group)
    shape = requests.AssignGroupRequest
