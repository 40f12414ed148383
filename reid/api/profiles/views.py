"""Endpoints of profiles: names looked up, facts and seasons edited. Each edit is an operation that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from reid import reviewing
from reid.api.profiles import requests
from reid.api.review_views import REFUSALS, ReviewerView, VerbView, described
from reid.models import Deer
from reid.suggesting import near_names
from reid.watching import watches

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

NO_DEER: Final = "There is no deer of this id."


class DeerNamesView(ReviewerView):
    query = requests.NameQuery

    @extend_schema(
        operation_id="deer_names",
        summary="Look up a name",
        description=(
            "The deer of this name, or the deer whose names are so near to it that one of them may be meant: "
            "a letter or two apart, different only in accents and signs, or names of which this is the beginning or a "
            "part. Ask before you make a new deer."
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


class WatchView(ReviewerView):
    """Whether the user is told when a deer is seen."""

    @extend_schema(
        operation_id="deer_watch",
        summary="Watch a deer",
        description="You are told of its new sightings: on the home page, and by mail where your account has an address.",
        request=None,
        responses={204: None, 404: REFUSALS[404]},
    )
    def put(self, request: Request, deer: UUID) -> Response:
        watches.begin(self.reviewer, self._deer(deer))
        return Response(status=204)

    @extend_schema(
        operation_id="deer_unwatch",
        summary="Watch a deer no longer",
        description="You are no longer told of its sightings.",
        request=None,
        responses={204: None, 404: REFUSALS[404]},
    )
    def delete(self, request: Request, deer: UUID) -> Response:
        watches.stop(self.reviewer, self._deer(deer))
        return Response(status=204)

    def _deer(self, key: UUID) -> Deer:
        found = Deer.objects.filter(pk=key).first()
        if found is None:
            raise NotFound(NO_DEER)
        return found
