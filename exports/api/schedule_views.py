"""Views of scheduled reports: made, listed, paused, sent by hand, deleted, put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from exports.api.base_view import ExportView
from exports.api.more_answers import RunAnswer, ScheduleAnswer, SchedulesAnswer
from exports.api.openapi import NEW, ONE
from exports.requests.schedule_requests import ScheduleRequest
from exports.scheduling import rounds, schedules

if TYPE_CHECKING:
    from rest_framework.request import Request

    from exports.models import ReportSchedule


class ScheduleListView(ExportView):
    @extend_schema(
        operation_id="schedules_list",
        summary="List your scheduled reports",
        description="Each with its days, its recipients and what was sent last.",
        responses={200: SchedulesAnswer},
    )
    def get(self, request: Request) -> Response:
        rows = schedules.with_runs(self.owner_id)
        return Response({"results": ScheduleAnswer(rows, many=True).data})

    @extend_schema(
        operation_id="schedules_create",
        summary="Have a report sent regularly",
        description=(
            "A seasonal report, built and mailed each week or month in the morning of its day. Recipients get the PDF "
            "where it is small enough (EXPORT_MAIL_ATTACH_BYTES), else a link that needs no account."
        ),
        request=ScheduleRequest,
        responses={201: ScheduleAnswer} | NEW,
    )
    def post(self, request: Request) -> Response:
        row = schedules.make(self.body(), self.owner_id, self.mail_address, timezone.localdate())
        return Response(ScheduleAnswer(row).data, status=201)


class ScheduleView(ExportView):
    @extend_schema(
        operation_id="schedules_delete",
        summary="Delete a scheduled report",
        description="Nothing is sent any more. It can be put back.",
        responses={204: None} | ONE,
    )
    def delete(self, request: Request, pk: int) -> Response:
        schedules.remove(schedules.of_owner(pk, self.owner_id))
        return Response(status=204)


class _ActView(ExportView):
    def _answer(self, row: ReportSchedule) -> Response:
        return Response(ScheduleAnswer(row).data)


class SchedulePauseView(_ActView):
    @extend_schema(
        operation_id="schedules_pause",
        summary="Pause a scheduled report",
        description="Nothing is sent until it goes on. What falls due meanwhile is not made up for.",
        request=None,
        responses={200: ScheduleAnswer} | ONE,
    )
    def post(self, request: Request, pk: int) -> Response:
        row = schedules.of_owner(pk, self.owner_id)
        schedules.pause(row)
        return self._answer(row)


class ScheduleResumeView(_ActView):
    @extend_schema(
        operation_id="schedules_resume",
        summary="Go on with a paused report",
        description="It is due next on a day from tomorrow on; what fell into the pause is not sent.",
        request=None,
        responses={200: ScheduleAnswer} | ONE,
    )
    def post(self, request: Request, pk: int) -> Response:
        row = schedules.of_owner(pk, self.owner_id)
        schedules.go_on(row, timezone.localdate())
        return self._answer(row)


class ScheduleRestoreView(_ActView):
    @extend_schema(
        operation_id="schedules_restore",
        summary="Put a deleted scheduled report back",
        description="It goes on with the next day that is due.",
        request=None,
        responses={200: ScheduleAnswer} | ONE,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self._answer(schedules.restore(pk, self.owner_id, timezone.localdate()))


class ScheduleSendView(ExportView):
    @extend_schema(
        operation_id="schedules_send",
        summary="Send a scheduled report now",
        description="Builds and mails the report that would be due today. Where too many exports run, it waits.",
        request=None,
        responses={202: RunAnswer} | ONE,
    )
    def post(self, request: Request, pk: int) -> Response:
        row = schedules.of_owner(pk, self.owner_id)
        run = schedules.send_now(row, timezone.localdate())
        rounds.queue(run)
        return Response(RunAnswer(run).data, status=202)
