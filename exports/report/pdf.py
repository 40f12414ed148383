"""PDF writer of reports, from a ReportPage: the only module that imports WeasyPrint, which fetches nothing here.

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

from exports.report import page, wording

if TYPE_CHECKING:
    from exports.report.counting.summary import SeasonSummary
    from exports.report.sections import ReportPage
    from exports.report.surveys.numbers import SurveyNumbers
    from exports.requests.specs import ReportSpec

# WeasyPrint lets Pillow accept cut-off files in the whole process when it is imported. Everywhere else here a
# photograph that ends too early is unreadable, and its crop is reported as missing.
ImageFile.LOAD_TRUNCATED_IMAGES = False

VARIANT: Final = "pdf/ua-1"
"""Tagged, with title and language, so that screen readers can read it."""
LANGUAGE: Final = "en"


def write_report(summary: SeasonSummary | SurveyNumbers, spec: ReportSpec, out: BinaryIO) -> None:
    """Write the report on `summary`, with the parts that `spec` asks for, to `out`."""
    write_page(page.compose(summary, spec), out)


def write_page(report: ReportPage, out: BinaryIO) -> None:
    """Write a composed report to `out`."""
    context = {
        "page": report,
        "ranch": settings.RANCH_NAME,
        "paper": settings.EXPORT_PAPER,
        "language": LANGUAGE,
    }
    html = wording.printable(render_to_string("exports/report.html", context))
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    HTML(string=html, url_fetcher=fetcher).write_pdf(out, pdf_variant=VARIANT)
