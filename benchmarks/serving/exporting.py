"""Exports: a season's PDF, and a ZIP of crops beside bare reading and resizing of the same photographs.

Each export is built in a process of its own, as a worker's work-horse does it: its time, and its memory.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image as PILImage

from benchmarks._environment import arguments, process, table, temporary_installation
from benchmarks._store import season

FRAME, CROP = (1920, 1080), 300
BOX = (500, 300, 1200, 860)  # left, top, right, bottom: the box of every stored detection


def build(kind: str, count: int) -> None:
    """In the process that is measured: load what exports need, and build one of this kind to nowhere."""
    import django

    django.setup()
    from datetime import date

    from exports.archive import crops_zip
    from exports.report import collect, pdf
    from exports.requests.specs import (
        ArchiveSpec,
        DetectionSelection,
        GroupBy,
        ReportPeriod,
        ReportSpec,
        ReportType,
    )
    from reid.models import Detection

    with Path("/dev/null").open("wb") as out:
        if kind == "pdf":
            period = ReportPeriod("2025", date(2025, 1, 1), date(2025, 12, 31))
            spec = ReportSpec(
                report_type=ReportType.SEASONAL_ACTIVITY,
                periods=(period,),
                group_by=GroupBy.MONTH,
                selection=DetectionSelection(),
                include_charts=True,
                include_tables=True,
                include_insights=True,
                title="Season",
                notify=False,
            )
            pdf.write_report(collect.summarise(spec), spec, out)
        if kind == "zip":
            paths = [f"{number}.jpg" for number in range(count)]
            rows = Detection.objects.filter(image__path__in=paths).order_by("pk")
            keys = tuple(rows.values_list("pk", flat=True))
            crops_zip.write_archive(
                ArchiveSpec(keys, True, True, CROP), out, lambda done, total: None
            )


def main() -> None:
    options = arguments(__doc__)
    detections, crops = (1000, 200) if options.quick else (11_570, 1500)
    with temporary_installation():
        from django.conf import settings

        noise = np.random.default_rng(0).integers(
            0, 255, (FRAME[1] // 8, FRAME[0] // 8, 3), np.uint8
        )
        photograph = io.BytesIO()
        PILImage.fromarray(noise).resize(FRAME).save(photograph, "JPEG", quality=85)
        for number in range(crops):
            (settings.MEDIA_ROOT / f"{number}.jpg").write_bytes(photograph.getvalue())
        # The first photographs are there, and the detections of these alone are cut out.
        season(detections, 20, path="{}.jpg")
        start = time.perf_counter()
        for number in range(crops):
            with PILImage.open(settings.MEDIA_ROOT / f"{number}.jpg") as image:
                image.draft(None, (FRAME[0] * CROP // 700, FRAME[1] * CROP // 700))
                across = image.width / FRAME[0]
                left, top, right, bottom = (round(edge * across) for edge in BOX)
                image.crop((left, top, right, bottom)).resize((CROP, CROP * 4 // 5)).save(
                    io.BytesIO(), "JPEG", quality=90
                )
        bare = crops / (time.perf_counter() - start)
        empty = process(
            sys.executable, "-m", "benchmarks.serving.exporting", "build", "nothing", "0"
        )
        report = process(sys.executable, "-m", "benchmarks.serving.exporting", "build", "pdf", "0")
        archive = process(
            sys.executable, "-m", "benchmarks.serving.exporting", "build", "zip", str(crops)
        )
    rate = crops / (archive.seconds - empty.seconds)
    table(
        f"exports of {detections:,} detections, {crops:,} crops of {CROP} px",
        [
            (
                "PDF of the season, s without starting (target 3)",
                f"{report.seconds - empty.seconds:.2f}",
            ),
            ("PDF, peak memory, MiB", f"{report.peak_mib:.0f}"),
            ("bare reading and resizing, crops/s", f"{bare:.1f}"),
            ("ZIP, crops/s", f"{rate:.1f}"),
            ("ZIP / bare (target 0.80)", f"{rate / bare:.2f}"),
            ("ZIP, peak memory, MiB (target 250)", f"{archive.peak_mib:.0f}"),
        ],
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        build(sys.argv[2], int(sys.argv[3]))
    else:
        main()
