"""Pictures of detections for people: the canonical crop, and a small one for lists.

People and vehicles are not cut out of a photograph, and are blurred on the pictures of others.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from django.http import FileResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.views import APIView

from reid.imaging.decoding import ImageProblem
from reid.models import Detection
from reid.showing import crops

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

_SENTENCES: Final = {
    "missing": "The file of this photograph is not there: is its disk mounted?",
    "changed": "The file of this photograph has been overwritten: it is another picture by now.",
    "too_large": "The file of this photograph is larger than the limits of this server allow.",
    "outside": "The box of this detection is outside its photograph: correct it in the review.",
}
UNREADABLE: Final = "The file of this photograph cannot be read."
NO_TORSO: Final = "There is no torso of this detection: manage.py find_torsos looks for it."
NOT_SHOWN: Final = "There is no detection of this id that may be shown."
JPEG: Final = {(200, "image/jpeg"): OpenApiTypes.BINARY}
AN_HOUR: Final = 3_600
"""Seconds a browser keeps a picture. Only this long is it shown to who may see it, or what is on it, no more."""


class JpegRenderer(BaseRenderer):
    """Lets `Accept: image/jpeg` in; the answer is the file itself."""

    media_type = "image/jpeg"
    format = "jpg"
    charset = None

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return bytes(data)


def sentence(problem: ImageProblem) -> str:
    """What is wrong with a photograph, for who wants to see it."""
    return _SENTENCES.get(problem.reason, UNREADABLE)


class RenderedView(APIView):
    """Base of every endpoint of pictures: what the answer is negotiated among."""

    renderer_classes = [JpegRenderer, JSONRenderer]
    # OPTIONS would describe the address in JSON, as a JPEG to who asks for one.
    metadata_class = None


class PictureView(RenderedView):
    """Base of these endpoints: who may be shown, and for how long a browser keeps it."""

    seconds = AN_HOUR

    def picture(self, detection: Detection) -> bytes:
        """The JPEG. Raises ImageProblem where the photograph cannot be read, FileNotFoundError where there is no torso."""
        raise NotImplementedError

    def answer(self, detection: UUID) -> HttpResponseBase:
        # Nobody's face and nobody's car: what was corrected to a person has a crop from before.
        row = Detection.objects.public().select_related("image").filter(pk=detection).first()
        if row is None:
            raise NotFound(NOT_SHOWN)
        try:
            file = io.BytesIO(self.picture(row))
        except ImageProblem as problem:
            raise NotFound(sentence(problem)) from problem
        except FileNotFoundError as error:
            raise NotFound(NO_TORSO) from error
        headers = {"Cache-Control": f"private, max-age={self.seconds}"}
        return FileResponse(file, content_type="image/jpeg", headers=headers)


class CropView(PictureView):
    """A detection's canonical crop: turned upright, padded by 5 %, longest side 512 pixels."""

    def picture(self, detection: Detection) -> bytes:
        return crops.crop(detection)

    @extend_schema(
        operation_id="detections_crop",
        summary="Get the crop of a detection",
        description=(
            "A JPEG of the animal: cut out with a margin of 5 %, turned upright, longest side 512 pixels; where no run has "
            "made it yet, it is made now. "
            "Detections of people and vehicles have none."
        ),
        responses=JPEG,
    )
    def get(self, request: Request, detection: UUID) -> HttpResponseBase:
        return self.answer(detection)


class TorsoView(PictureView):
    """A detection's torso turned upright, above its mask."""

    seconds = 60  # another mask head makes another one

    def picture(self, detection: Detection) -> bytes:
        return crops.torso(detection)

    @extend_schema(
        operation_id="detections_torso",
        summary="Get the torso of a detection",
        description=(
            "A JPEG of 432 x 576 pixels: above the torso, turned upright, and below, as large, its mask, white where the "
            "torso is. Also of a torso that cannot be compared; `torso` of the detection says why."
        ),
        responses=JPEG,
    )
    def get(self, request: Request, detection: UUID) -> HttpResponseBase:
        return self.answer(detection)


class ThumbnailView(PictureView):
    """The same, longest side 160 pixels."""

    def picture(self, detection: Detection) -> bytes:
        return crops.thumbnail(detection)

    @extend_schema(
        operation_id="detections_thumbnail",
        summary="Get the thumbnail of a detection",
        description="The crop with a longest side of 160 pixels, for lists.",
        responses=JPEG,
    )
    def get(self, request: Request, detection: UUID) -> HttpResponseBase:
        return self.answer(detection)
