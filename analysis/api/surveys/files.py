"""Files of a survey for R, as a ZIP archive over HTTP."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.views import APIView

from analysis.surveys import services
from analysis.surveys.collect import SurveyProblem
from analysis.surveys.for_r import NotWritable, Package, files_for, zipped
from reid.api.problems import ReviewProblem
from reid.models import Survey

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

PACKAGES: Final = ", ".join(item.value for item in Package)
NO_PACKAGE: Final = "Files are written for {packages}: {name} is none of them."
ARCHIVE: Final = "application/zip"


class ZipRenderer(BaseRenderer):
    """Lets `Accept: application/zip` in; the answer is the file itself."""

    media_type = ARCHIVE
    format = "zip"
    charset = None

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return bytes(data)


class SurveyFilesView(APIView):
    """What a survey froze, for one package of R."""

    renderer_classes = [ZipRenderer, JSONRenderer]
    # OPTIONS would describe the address in JSON, as an archive to who asks for one.
    metadata_class = None

    @extend_schema(
        operation_id="surveys_files",
        summary="Download a survey's files for R",
        description=(
            "The frozen captures and the effort as files for secr, camtrapR or unmarked, with a script read.R that reads them, as a "
            "ZIP archive. secr needs a place of every camera that ran."
        ),
        parameters=[
            OpenApiParameter(
                "package", str, OpenApiParameter.PATH, enum=[item.value for item in Package]
            )
        ],
        responses={
            (200, ARCHIVE): OpenApiTypes.BINARY,
            400: OpenApiResponse(
                ReviewProblem, "The survey lacks what the package needs; detail says what."
            ),
            404: OpenApiResponse(ReviewProblem, "There is no such survey, or no such package."),
        },
    )
    def get(self, request: Request, id: UUID, package: str) -> HttpResponseBase:
        survey = get_object_or_404(Survey, pk=id)
        if package not in list(Package):
            raise NotFound(NO_PACKAGE.format(packages=PACKAGES, name=package))
        try:
            material = services.thaw(survey)
            files = files_for(Package(package), material, survey.occasion_days, survey.name)
        except (NotWritable, SurveyProblem) as problem:
            raise ValidationError(str(problem)) from problem
        return FileResponse(
            io.BytesIO(zipped(files)),
            as_attachment=True,
            filename=f"{survey.name} {package}.zip",
            content_type=ARCHIVE,
            headers={"Cache-Control": "no-store"},
        )
