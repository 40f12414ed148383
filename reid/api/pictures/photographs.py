"""Whole photographs over HTTP: the file itself, in ranges of bytes where they are asked for, and a small one for lists."""

from __future__ import annotations

from http import HTTPStatus
from typing import IO, TYPE_CHECKING, BinaryIO, Final, cast

from django.http import FileResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound

from reid.api.pictures.byte_ranges import FileSlice, RangeOutside, parse_range
from reid.api.pictures.crops import AN_HOUR, JPEG, RenderedView, sentence
from reid.imaging.decoding import ImageProblem
from reid.models import Image
from reid.showing.photographs import Showable
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponseBase
    from rest_framework.request import Request

NO_IMAGE: Final = "There is no photograph of this id."


class PhotographView(RenderedView):
    """Base of both: the row, what its browser has already, and what is wrong with the file as a sentence."""

    cached = ""
    """Way in which a browser keeps the answer: a person may be found on a photograph that it has."""

    def answer(self, request: Request, image: UUID) -> HttpResponseBase:
        row = Image.objects.filter(pk=image).first()
        if row is None:
            raise NotFound(NO_IMAGE)
        photograph = Showable.of(row)
        etag = f'"{photograph.version}"'
        answer: HttpResponseBase | None = get_conditional_response(request._request, etag=etag)
        if answer is None:
            try:
                answer = self.picture(request, photograph)
            except ImageProblem as problem:
                raise NotFound(sentence(problem)) from problem
        if answer.status_code == HTTPStatus.FOUND:  # a signed address is over after a while
            answer["Cache-Control"] = "no-store"
            return answer
        answer["ETag"] = etag
        answer["Cache-Control"] = f"private, {self.cached}"
        return answer

    def picture(self, request: Request, photograph: Showable) -> HttpResponseBase:
        """The answer with the picture. Raises ImageProblem."""
        raise NotImplementedError


class PhotographFileView(PhotographView):
    """The whole photograph."""

    cached = "no-cache"  # kept, and asked for each time whether it is the same still

    def picture(self, request: Request, photograph: Showable) -> HttpResponseBase:
        shown = photograph.whole()
        if address := photo_store.address(shown.name, shown.media_type):
            shown.file.close()
            return HttpResponseRedirect(address)
        wanted = request.headers.get("Range", "")
        if request.headers.get("If-Range", "") not in ("", f'"{photograph.version}"'):
            wanted = ""  # a part of another picture, to be put together with what the browser has
        return _part_of(shown.file, shown.media_type, wanted)

    @extend_schema(
        operation_id="images_file",
        summary="Get a whole photograph",
        description=(
            "The file as it was imported, or a JPEG made of it where browsers do not show its format (HEIC, TIFF) or "
            "would not turn it upright. Where people or vehicles were found on it, it is a JPEG too, in which they are blurred "
            "(PEOPLE_BLUR). A range of its bytes is served where Range asks for one. Where photographs lie in a "
            "bucket and S3_SIGNED_SECONDS is set, 302 leads to a signed address there."
        ),
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER)],
        responses={
            (200, "image/*"): OpenApiTypes.BINARY,
            (206, "image/*"): OpenApiTypes.BINARY,
            302: None,
        },
    )
    def get(self, request: Request, image: UUID) -> HttpResponseBase:
        return self.answer(request, image)


class PhotographThumbnailView(PhotographView):
    """The same, longest side 320 pixels."""

    cached = f"max-age={AN_HOUR}"

    def picture(self, request: Request, photograph: Showable) -> HttpResponseBase:
        return FileResponse(photograph.small(), content_type="image/jpeg")

    @extend_schema(
        operation_id="images_thumbnail",
        summary="Get the thumbnail of a photograph",
        description="The whole photograph, upright, with a longest side of 320 pixels, for lists.",
        responses=JPEG,
    )
    def get(self, request: Request, image: UUID) -> HttpResponseBase:
        return self.answer(request, image)


def _part_of(file: IO[bytes], media_type: str, wanted: str) -> HttpResponseBase:
    """The file, or the one range of it. Raises RangeOutside, with the file closed."""
    size = file.seek(0, 2)
    try:
        span = parse_range(wanted, size)
    except RangeOutside:
        file.close()
        raise
    first, last = span or (0, size - 1)
    body = FileSlice(cast("BinaryIO", file), first, last - first + 1)
    answer = StreamingHttpResponse(body, status=206 if span else 200, content_type=media_type)
    answer["Content-Length"] = str(last - first + 1)
    if span:
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    answer["Accept-Ranges"] = "bytes"
    return answer
