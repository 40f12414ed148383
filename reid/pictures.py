"""Pictures of detections for people: the stored canonical crops. Nothing is cut in a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.views import APIView

from reid.canonical import crop_name
from reid.models import Detection

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

NO_CROP: Final = "There is no crop of this detection yet: manage.py identify_detections makes it."
NOT_SHOWN: Final = "There is no detection of this id that may be shown."
A_DAY: Final = 86_400
"""Seconds a browser keeps a crop. It never changes; only this long is it shown to who may see it no more."""


class JpegRenderer(BaseRenderer):
    """Lets `Accept: image/jpeg` in; the answer is the file itself."""

    media_type = "image/jpeg"
    format = "jpg"
    charset = None

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return bytes(data)


class CropView(APIView):
    """A detection's canonical crop: turned upright, padded by 5 %, longest side 512 pixels."""

    renderer_classes = [JpegRenderer, JSONRenderer]

    @extend_schema(
        operation_id="detections_crop",
        summary="The picture of a detection",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, detection: UUID) -> HttpResponseBase:
        # Nobody's face and nobody's car: what was corrected to a person has a crop from before.
        if not Detection.objects.public().filter(pk=detection).exists():
            raise NotFound(NOT_SHOWN)
        try:
            file = default_storage.open(crop_name(detection))
        except FileNotFoundError as error:
            raise NotFound(NO_CROP) from error
        headers = {"Cache-Control": f"private, max-age={A_DAY}"}
        return FileResponse(file, content_type="image/jpeg", headers=headers)
