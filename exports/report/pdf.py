"""PDF writer of reports, from a SeasonSummary: the only module that imports WeasyPrint, which fetches nothing here.

The page is one template whose text is escaped; pictures travel inside it as data: addresses, and the
fetcher refuses every other kind, so that no title or name can reach a file or a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from django.conf import settings
from django.template.loader import render_to_string
from PIL import ImageFile
from weasyprint import HTML
from weasyprint.urls import URLFetcher

from exports.report import sections
from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.crops import ImageProblem, encode_jpeg
from reid.imaging.frame import Frame
from reid.models import Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from exports.report.summary import SeasonSummary
    from exports.requests.specs import ReportSpec

# WeasyPrint lets Pillow accept cut-off files in the whole process when it is imported. Everywhere else here a
# photograph that ends too early is unreadable, and its crop is reported as missing.
ImageFile.LOAD_TRUNCATED_IMAGES = False

VARIANT: Final = "pdf/ua-1"
"""Tagged, with title and language, so that screen readers can read it."""
LANGUAGE: Final = "en"
PORTRAIT_SIDE: Final = 180
"""Pixels; about 230 dots an inch as the report prints it."""


def write_report(summary: SeasonSummary, spec: ReportSpec, out: BinaryIO) -> None:
    """Write the report on `summary`, with the parts that `spec` asks for, to `out`."""
    pictures = (
        portraits([deer.portrait for deer in summary.periods[0].deer])
        if spec.include_tables and len(summary.periods) == 1
        else {}
    )
    context = {
        "page": sections.compose(summary, spec, pictures),
        "ranch": settings.RANCH_NAME,
        "paper": settings.EXPORT_PAPER,
        "language": LANGUAGE,
    }
    html = render_to_string("exports/report.html", context)
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    HTML(string=html, url_fetcher=fetcher).write_pdf(out, pdf_variant=VARIANT)


def portraits(detections: Collection[UUID]) -> dict[UUID, bytes]:
    """Small pictures of `detections` by their id, from their stored crops and in one query.

    Those that cannot be made are left out.
    """
    rows = Detection.objects.public().select_related("image").in_bulk(detections)
    pictures = {}
    for row in rows.values():
        (cut,) = crops_of_image(Frame.of(row.image), [CropRequest.of(row)])
        if not isinstance(cut.crop, ImageProblem):
            cut.crop.thumbnail((PORTRAIT_SIDE, PORTRAIT_SIDE))
            pictures[cut.id] = encode_jpeg(cut.crop)
    return pictures
