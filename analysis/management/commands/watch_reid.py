"""`manage.py watch_reid`: how identification has been doing, and the alerts that are on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from analysis.management.arguments import add_output, chosen_scorer, deliver
from analysis.monitoring import alert_mail
from analysis.monitoring.formats import FORMATS, NOTHING_YET
from analysis.monitoring.schedule import begin_baseline, record
from analysis.monitoring.serializers import PerformanceSnapshotSerializer
from analysis.score_log.session import AnalysisError
from reid.identifying.thresholds import override_note
from reid.management.base import CheckedCommand
from reid.management.scorer_arguments import add_scorer
from reid.models import PerformanceSnapshot

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

RECORDED = "Recorded the snapshot of {period}."
RECORDED_ALREADY = "This period has its snapshot: nothing was written."
NEW_BASELINE = "What came in until {period} is what is usual from now on."
OVERRIDDEN = "Rates are at the approved threshold, but {override}."
NO_LIMIT = "--limit must be 1 or more."


class Command(CheckedCommand):
    help = (
        "Show the history of how well identification works: assignment rate with its control limits, drift of "
        "the scores (PSI), verdicts and alerts. A snapshot is taken by itself once a period; --record takes "
        "this period's now. Apart from that the command only reads."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--record",
            action="store_true",
            help="take this period's snapshot now, if there is none",
        )
        parser.add_argument(
            "--new-baseline",
            action="store_true",
            help="compare from now on with everything that came in until the newest snapshot",
        )
        parser.add_argument(
            "--limit", type=int, default=30, help="snapshots shown, newest first (%(default)s)"
        )
        add_scorer(parser)
        add_output(parser, FORMATS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError(NO_LIMIT, returncode=2)
        try:
            scorer = chosen_scorer(options)
            if options["record"]:
                snapshot = record(scorer)
                alert_mail.deliver()
                message = RECORDED.format(period=snapshot.period) if snapshot else RECORDED_ALREADY
                self.stderr.write(message)
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        if options["new_baseline"]:
            baseline = begin_baseline(scorer)
            if baseline is None:
                raise CommandError(NOTHING_YET)
            self.stderr.write(NEW_BASELINE.format(period=baseline.period))
        history = PerformanceSnapshot.objects.of(scorer)[: options["limit"]]
        records = [dict(item) for item in PerformanceSnapshotSerializer(history, many=True).data]
        deliver(FORMATS[options["format"]](records), options["output"], self.stdout.write)
        if override := override_note():
            self.stderr.write(OVERRIDDEN.format(override=override))
