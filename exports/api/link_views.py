"""Views of shared links: made, listed, revoked, opened again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import redis
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from exports.api.base_view import ExportView
from exports.api.more_answers import LinkAnswer, LinkRequest, NewLinkAnswer, SharedLinksAnswer
from exports.api.openapi import NEW, ONE
from exports.history import keeping
from exports.models import SharedLink
from exports.requests.specs import ReportSpec
from exports.sharing import frozen, links, mails

if TYPE_CHECKING:
    from rest_framework.request import Request


class LinkListView(ExportView):
    @extend_schema(
        operation_id="shared_links_list",
        summary="List your shared links",
        description="Those that work, have ended or were taken back, the newest first, with their last use. No key is among them.",
        responses={200: SharedLinksAnswer},
    )
    def get(self, request: Request) -> Response:
        rows = SharedLink.objects.of(self.owner_id).defer("spec")
        return Response({"results": LinkAnswer(rows, many=True).data})

    @extend_schema(
        operation_id="shared_links_create",
        summary="Share a report or a deer",
        description=(
            "A read-only address that needs no account, until its end. It is answered once: only its hash is kept. "
            "A report is frozen as it is now; a deer is shown without cameras and hours."
        ),
        request=LinkRequest,
        responses={201: NewLinkAnswer} | ONE | NEW,
    )
    def post(self, request: Request) -> Response:
        asked = LinkRequest(data=self.body())
        asked.is_valid(raise_exception=True)
        days = asked.validated_data["days"]
        if "deer" in asked.validated_data:
            deer = links.deer_named(str(asked.validated_data["deer"]))
            if deer is None:
                raise ValidationError({"deer": "There is no such deer."})
            new = links.of_deer(deer, self.owner_id, days)
        else:
            row = keeping.of_owner(asked.validated_data["job_id"], self.owner_id)
            spec = keeping.spec_of(row)
            if not isinstance(spec, ReportSpec):
                raise ValidationError({"job_id": "This is an archive: only reports are shared."})
            new = links.of_report(spec, self.owner_id, days)
            with suppress(
                redis.RedisError
            ):  # the periodic round builds it; its key is told now or never
                frozen.freeze_later(new.link)
        body = LinkAnswer(new.link).data | {"address": mails.address_of(new.key)}
        return Response(body, status=201)


class LinkView(ExportView):
    @extend_schema(
        operation_id="shared_links_revoke",
        summary="Take a shared link back",
        description="The address shows nothing any more, at once.",
        responses={204: None} | ONE,
    )
    def delete(self, request: Request, pk: int) -> Response:
        links.revoke(pk, self.owner_id)
        return Response(status=204)


class LinkReopenView(ExportView):
    @extend_schema(
        operation_id="shared_links_reopen",
        summary="Let a link that was taken back work again",
        description="It works until its last day, by the key that it had.",
        request=None,
        responses={200: LinkAnswer} | ONE,
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(LinkAnswer(links.reopen(pk, self.owner_id)).data)
