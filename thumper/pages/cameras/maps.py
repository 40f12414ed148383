"""Backgrounds of the map of cameras: an aerial picture, a tile file, or a plain grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from reid.cameras import map_pictures, tiles
from reid.cameras.problems import MapProblem
from reid.models import Camera, MapPicture
from reid.storage.photo_store import photo_store
from thumper.pages.cameras.forms import EdgesForm, PictureForm
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

_NEVER_CHANGES: Final = "private, max-age=31536000, immutable"
_A_DAY: Final = "private, max-age=86400"
_EDGES: Final = ("north", "south", "west", "east")
MOST_SHOWN: Final = 20
"""Pictures that were used before, and are offered again."""


def background() -> dict[str, Any]:
    """What the map is drawn on, for its script: `picture` with its corners, else `tiles`, else neither."""
    if (used := map_pictures.in_use()) is not None:
        south_west, north_east = (used.south, used.west), (used.north, used.east)
        return {
            "picture": reverse("camera-map-picture", args=(used.pk,)),
            "corners": [
                [float(number) for number in corner] for corner in (south_west, north_east)
            ],
        }
    file, _problem = _tile_file()
    if file is None:
        return {}
    return {
        "tiles": reverse("camera-map-tile", args=(0, 0, 0)).removesuffix("0/0/0") + "{z}/{x}/{y}",
        "least": file.least_zoom,
        "most": file.most_zoom,
        "attribution": file.attribution,
    }


def has_map() -> bool:
    """Whether there is anything that a map could show: something that lies under it, or the place of a camera."""
    return bool(background()) or Camera.objects.placed().exists()


@require_safe
def under(request: HttpRequest) -> HttpResponse:
    """GET: what can lie under the map."""
    return _show(request)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """POST a picture with its edges: it lies under the map from now on."""
    form = PictureForm(request.POST, request.FILES, auto_id="add-%s")
    if form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("picture")
        try:
            map_pictures.add(file, file.name, actor=signed_in(request), **given)
        except MapProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("{name} lies under the map now.").format(name=file.name))
            return redirect("camera-map")
    return _show(request, form=form)


@require_POST
def move(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST other edges of a picture."""
    edges = EdgesForm(request.POST, auto_id="move-%s")
    if edges.is_valid():
        try:
            map_pictures.move(key, **edges.cleaned_data)
        except MapProblem as problem:
            edges.add_error(None, str(problem))
        else:
            messages.success(request, _("The picture lies between its new edges."))
            return redirect("camera-map")
    return _show(request, edges=edges)


@require_POST
def use(request: HttpRequest, key: UUID | None = None) -> HttpResponse:
    """POST: this picture lies under the map, or none does. The others are kept, and can be taken again."""
    try:
        map_pictures.use(key)
    except MapProblem as problem:
        messages.error(request, str(problem))
    else:
        said = _("The picture lies under the map.") if key else _("No picture lies under the map.")
        messages.success(request, said)
    return redirect("camera-map")


@require_safe
def picture(request: HttpRequest, key: UUID) -> FileResponse:
    """The JPEG of a picture that can lie under the map."""
    row = get_object_or_404(MapPicture, pk=key)
    try:
        file = photo_store.open(row.file)
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {"Cache-Control": _NEVER_CHANGES}
    return FileResponse(file, content_type="image/jpeg", headers=headers)


@require_safe
def tile(request: HttpRequest, zoom: int, column: int, row: int) -> HttpResponse:
    """One tile of the tile file; 204 where the file has none, so that its margins stay quiet."""
    try:
        file = tiles.tile_file()
        content = file.tile(zoom, column, row) if file else None
    except MapProblem as problem:
        raise Http404(str(problem)) from problem
    if file is None:
        raise Http404
    headers = {"Cache-Control": _A_DAY}
    if content is None:
        return HttpResponse(status=204, headers=headers)
    return HttpResponse(content, content_type=file.media_type, headers=headers)


def _show(
    request: HttpRequest, *, form: PictureForm | None = None, edges: EdgesForm | None = None
) -> HttpResponse:
    used = map_pictures.in_use()
    file, problem = _tile_file()
    if used is not None and edges is None:
        now = {name: getattr(used, name) for name in _EDGES}
        edges = EdgesForm(initial=now, auto_id="move-%s")
    context = {
        "has_map": has_map(),
        "form": form or PictureForm(auto_id="add-%s"),
        "edges": edges,
        "used": used,
        "others": MapPicture.objects.filter(is_used=False)[:MOST_SHOWN],
        "tiles": file,
        "tile_problem": problem,
    }
    return render(request, "pages/cameras/map.html", context)


def _tile_file() -> tuple[tiles.TileFile | None, str]:
    """The tile file, or what is wrong with it."""
    try:
        return tiles.tile_file(), ""
    except MapProblem as problem:
        return None, str(problem)
