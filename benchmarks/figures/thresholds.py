"""The threshold report as one whole command, beside bare SQL over the same score log.

`--ten-million` does it on 40,000 detections x 250 deer, which takes ten minutes to fill and some 5 GB.
"""

from __future__ import annotations

import sys
import time

from benchmarks._environment import arguments, command, table, temporary_installation
from benchmarks._store import log_scores, season

LIMIT = 5.0
WISH = 300.0


def main() -> int:
    options = arguments(__doc__, ten_million="40,000 detections x 250 deer")
    detections, deer = (2000, 20) if options.quick else (11_570, 20)
    if options.ten_million:
        detections, deer = 40_000, 250
    with temporary_installation():
        from django.db import connection

        print(f"filling {detections:,} detections x {deer} deer ...", flush=True)
        rows = log_scores(season(detections, deer))

        def bare(columns: str) -> float:
            start = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {columns}, COUNT(*), SUM(score) FROM reid_similarityscore s "
                    f"JOIN reid_detection d ON d.id = s.detection_id GROUP BY {columns}"
                )
                while cursor.fetchmany(5000):
                    pass
            return time.perf_counter() - start

        with connection.cursor() as cursor:
            start = time.perf_counter()
            cursor.execute("SELECT score, COUNT(*) FROM reid_similarityscore GROUP BY score")
            cursor.fetchall()
            by_score = time.perf_counter() - start
        by_sighting = bare("d.sighting_id, s.deer_id")
        whole = command("test_reid_thresholds", "--format", "json")
        labels = command("analyze_reid_performance", "--labels", "--format", "json")
        small = command("test_reid_thresholds", "--help")
        vendor = connection.vendor
    table(
        f"analysis on {vendor}, {rows:,} score rows",
        [
            ("bare GROUP BY score, s", f"{by_score:.2f}"),
            ("bare GROUP BY sighting, deer (what it replaces), s", f"{by_sighting:.2f}"),
            (f"test_reid_thresholds, whole command (limit {LIMIT:g}), s", f"{whole.seconds:.2f}"),
            ("  of it: starting Python and Django, s", f"{small.seconds:.2f}"),
            ("  its own CPU time, s", f"{whole.cpu:.2f}"),
            ("  its peak memory, MiB", f"{whole.peak_mib:.0f}"),
            ("analyze_reid_performance --labels, whole command, s", f"{labels.seconds:.2f}"),
            (
                "whole / bare by sighting and deer (target 1.2 at ten million)",
                f"{whole.seconds / by_sighting:.2f}",
            ),
            ("whole / bare by score", f"{whole.seconds / by_score:.2f}"),
        ],
    )
    return int(options.check and whole.seconds > WISH)


if __name__ == "__main__":
    sys.exit(main())
