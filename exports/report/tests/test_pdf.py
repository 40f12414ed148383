"""The PDF read back: its numbers are the database's, its text is text, and it fetches nothing."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from exports.report import portraits
from exports.report.collect import summarise
from exports.report.pdf import write_report
from exports.report.sections import NOTHING_SEEN
from exports.requests.specs import ReportPeriod, ReportType
from exports.tests import build
from reid.imaging import decoding
from reid.models import Deployment
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def report(**asked: Any) -> PdfReader:
    """The report as asked for (charts, which take time, only then), written and read back."""
    spec = build.spec(**{"include_charts": False} | asked)
    out = io.BytesIO()
    write_report(summarise(spec), spec, out)
    return PdfReader(out)


def text(of: PdfReader) -> str:
    """All words of all pages, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in of.pages).split())


def images(of: PdfReader) -> int:
    """Pixel pictures; charts are drawings. Pages share them, so they are told apart by name."""
    return len({image.name for page in of.pages for image in page.images})


def store(name: str = "Gus", camera: str = "North gate", **more: Any) -> None:
    """A buck sighted once and a doe twice within ten days of one camera's deployment."""
    place = make.camera(camera)
    Deployment.objects.create(
        camera=place, started_on=date(2025, 10, 1), ended_on=date(2025, 10, 10)
    )
    deer = make.deer(name, sex="buck")
    for number, kind in enumerate(("buck", "doe", "doe")):
        make.detection(
            image=make.image(camera=place, captured_at=make.later(days=number), with_file=True),
            classification=kind,
            deer=deer if kind == "buck" else None,
            **more,
        )


def test_the_numbers_of_the_page_are_those_of_the_database() -> None:
    store(confidence=0.83)
    page = text(report(include_charts=True))
    assert "October 2025 1 2 0 0 3 1 10 30.0 0.83" in page
    assert "November 2025 0 0 0 0 0 0 0 - -" in page
    assert "Whole period 1 2 0 0 3 1 10 30.0 0.83" in page
    assert "Doe 2 67% 20.0 2 0.83" in page
    assert "North gate 3 1 3 10 30.0" in page
    assert "0.50 bucks per doe by sightings (1 to 2)" in page
    assert "Gus" in page
    assert "1 Oct 2025, 12:0" in page


def test_a_report_is_tagged_and_has_title_language_and_page_numbers(settings) -> None:
    settings.RANCH_NAME = "Cedar Creek"
    store()
    made = report(title="Rut 2025")
    assert made.metadata is not None
    assert (made.metadata.title, made.metadata.author) == ("Rut 2025", "Cedar Creek")
    root: Any = made.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    last = len(made.pages)
    assert f"Page {last} of {last}" in text(made)
    assert "Cedar Creek" in made.pages[-1].extract_text()


@pytest.mark.parametrize(("paper", "points"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_the_paper_is_the_one_of_the_settings(settings, paper, points) -> None:
    settings.EXPORT_PAPER = paper
    box = report().pages[0].mediabox
    assert (round(box.width), round(box.height)) == points


def test_titles_and_names_are_text_and_never_markup(settings) -> None:
    settings.RANCH_NAME = "<i>Ranch</i>"
    store(name="<script>1</script>", camera="</table><h1>Camera")
    page = text(report(title="<b>Bold</b> & 'more'"))
    for words in ("<b>Bold</b> & 'more'", "<script>1</script>", "</table><h1>Camera"):
        assert words in page
    assert "<I>RANCH</I>" in page.upper()


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:9/x", "//host/x"])
def test_nothing_is_fetched_whatever_a_name_asks_for(monkeypatch, address) -> None:
    """Markup in names is text; and where it were not, the fetcher still refuses."""
    asked: list[str] = []
    monkeypatch.setattr(
        "urllib.request.OpenerDirector.open", lambda self, url, *_, **__: asked.append(str(url))
    )
    mark = f'<img src="{address}"><link rel="attachment" href="{address}">'
    made = report(title=f"{mark} url({address})")
    assert mark.replace(" ", "") in text(made).replace(" ", "")
    assert asked == []
    assert made.attachments == {}


def test_the_fetcher_takes_data_and_nothing_else(monkeypatch, tmp_path) -> None:
    """With a template that does name files and hosts, as if escaping had failed."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    asked: list[str] = []
    monkeypatch.setattr(
        "urllib.request.OpenerDirector.open", lambda self, url, *_, **__: asked.append(str(url))
    )
    page = "".join(
        f'<img src="{address}"><object data="{address}"></object>'
        f'<link rel=attachment href="{address}"><link rel=stylesheet href="{address}">'
        f'<p style="background: url({address})">x</p>'
        for address in (secret.as_uri(), "http://127.0.0.1:9/x", "ftp://127.0.0.1/x")
    )
    monkeypatch.setattr(
        "exports.report.pdf.render_to_string", lambda *_: f"<html><body>{page}</body>"
    )
    made = report()
    assert asked == []
    assert made.attachments == {}
    assert images(made) == 0


def test_charts_tables_and_insights_are_there_only_when_asked_for() -> None:
    store()
    none = {"include_charts": False, "include_tables": False, "include_insights": False}
    assert "What stands out" not in text(report(include_insights=False))
    bare = text(report(**none))
    assert "Summary" in bare
    assert not any(part in bare for part in ("Whole period", "Deer seen", "What stands out"))
    custom = report(**none | {"report_type": ReportType.CUSTOM, "include_insights": True})
    assert "What stands out" in text(custom)
    assert "Summary" not in text(custom)


def test_a_deer_is_shown_with_its_picture() -> None:
    store()
    assert images(report()) == 1
    assert images(report(include_tables=False)) == 0


def test_a_deer_whose_photograph_is_gone_is_listed_without_one() -> None:
    make.detection(image=make.image(), deer=make.deer("Ghost"))
    made = report()
    assert images(made) == 0
    assert "Ghost" in text(made)
    assert "no picture" in text(made)


def test_portraits_are_small_and_take_no_query_each(django_assert_num_queries) -> None:
    rows = [
        make.detection(
            image=make.image(with_file=True, width=900, height=700), width=600, height=500
        )
        for _ in range(3)
    ]
    with django_assert_num_queries(2):  # detections, and people beside them
        pictures = portraits.portraits([row.pk for row in rows])
    assert set(pictures) == {row.pk for row in rows}
    assert all(
        max(Image.open(io.BytesIO(one)).size) == portraits.PORTRAIT_SIDE
        for one in pictures.values()
    )


def test_a_long_word_is_cut_in_the_running_head_and_a_pictograph_is_left_out() -> None:
    word = "Rut" * 30
    made = report(title=f"\U0001f98c {word}")
    pages = [" ".join(page.extract_text().split()) for page in made.pages]
    assert word in pages[0].replace(" ", "")
    assert word not in pages[1].replace(" ", "")
    assert "RutRut" in pages[1]
    assert all("\U0001f98c" not in page for page in pages)


def test_an_empty_report_says_so() -> None:
    page = text(report())
    assert NOTHING_SEEN in page
    assert "October 2025 0 0 0 0 0 0 0 - -" in page


def test_a_comparison_has_its_periods_side_by_side() -> None:
    store()
    periods = (
        ReportPeriod("Early", date(2025, 10, 1), date(2025, 10, 2)),
        ReportPeriod("Late", date(2025, 10, 3), date(2025, 10, 10)),
    )
    page = text(report(report_type=ReportType.COMPARISON, periods=periods))
    assert "Sightings per 100 camera-days 100.0 12.5 (-88%)" in page
    assert "Early" in page
    assert "1 - 2 Oct 2025" in page
    assert "Gus (buck) 1 0" in page


def test_beside_a_report_a_cut_off_photograph_is_still_unreadable() -> None:
    """WeasyPrint, imported above, tells Pillow to fill what is missing with grey."""
    whole = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(whole, "JPEG")
    half = io.BytesIO(whole.getvalue()[: len(whole.getvalue()) // 2])
    with pytest.raises(decoding.ImageProblem, match="unreadable"):
        decoding.open_oriented(half, max_pixels=10**6, max_bytes=10**6)
