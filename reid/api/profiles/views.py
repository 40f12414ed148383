"""Endpoints of profiles: names looked up, facts and seasons edited. Each edit is an operation that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from reid import reviewing
from reid.api.profiles import requests
from reid.api.review_views import REFUSALS, ReviewerView, VerbView, described
from reid.suggesting import near_names

if TYPE_CHECKING:
    from rest_framework.request import Request


class DeerNamesView(ReviewerView):
    query = requests.NameQuery

    @extend_schema(
        operation_id="deer_names",
        summary="Look up a name",
        description=(
            "The deer of this name, or the deer whose names are so near to it that one of them may be meant: "
            "a letter or two apart, or different only in accents and signs. Ask before you make a new deer."
        ),
        responses={200: requests.KnownNameAnswer, 400: REFUSALS[400]},
    )
    def get(self, request: Request) -> Response:
        name = self.query().read(request.query_params).get("name", "")
        answer = requests.KnownNameAnswer(near_names.look_up(name))
        return Response(answer.data, headers={"Cache-Control": "no-store"})


@described
class EditDeerView(VerbView):
    summary = "Edit a deer"
    description = "Sets facts of a deer: name, sex, life, notes, tags, portrait. A name that it had leads to it further on."
    verb = staticmethod(reviewing.edit_deer)
    shape = requests.EditDeerRequest


@described
class NoteSeasonView(VerbView):
    summary = "Note a deer's season"
    description = "Notes a deer's antler points and age class of one year."
    verb = staticmethod(reviewing.note_season)
    shape = requests.NoteSeasonRequest
