"""Choice of classes, cameras and deer: all of them as tick boxes where they are few, else a search field and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy

from exports.requests.fields import EXPORTABLE
from exports.requests.naming import class_name
from reid.models import Camera, Deer
from reid.naming import clean_name, name_key
from reid.suggesting.near_names import find_deer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet
    from django.http import QueryDict
    from django.utils.functional import _StrPromise

MOST_TICKED: Final = 20
"""So many cameras, or deer, are all shown as tick boxes; of more those that were chosen."""
FIELDS: Final = ("classifications", "cameras", "deer")


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be chosen by its name: the form's field, what stands above it, and what is said of an unknown name."""

    field: str
    legend: _StrPromise
    add: _StrPromise
    unknown: _StrPromise
    rows: Callable[[], QuerySet[Any]]
    find: Callable[[str], Any]
    has_list: bool
    """Whether all names come with the page: of cameras there are some hundred at the most; deer are asked for."""

    @property
    def typed_in(self) -> str:
        """The search field's own name."""
        return f"{self.field}_named"


def _camera(text: str) -> Camera | None:
    key = name_key(clean_name(text))
    return Camera.by_keys([key]).get(key)


KINDS: Final = (
    Kind(
        "cameras",
        gettext_lazy("Cameras"),
        gettext_lazy("Add this camera"),
        gettext_lazy("There is no camera named {name}: choose one of the list."),
        lambda: Camera.objects.order_by("name"),
        _camera,
        True,
    ),
    Kind(
        "deer",
        gettext_lazy("Deer"),
        gettext_lazy("Add this deer"),
        gettext_lazy("There is no deer named {name}: choose one of the list."),
        lambda: Deer.objects.filter(merged_into__isnull=True).order_by("name"),
        find_deer,
        False,
    ),
)


def with_typed(sent: QueryDict) -> tuple[QueryDict, list[str]]:
    """The form's fields, where what was typed into a search field counts as chosen; and a sentence of each unknown name."""
    fields, wrong = sent.copy(), []
    for kind in KINDS:
        name = sent.get(kind.typed_in, "").strip().replace("\0", "")[:120]
        if not name:
            continue
        found = kind.find(name)
        if found is None:
            wrong.append(kind.unknown.format(name=name))
            continue
        fields[kind.typed_in] = ""
        if str(found.pk) not in fields.getlist(kind.field):
            fields.appendlist(kind.field, str(found.pk))
    return fields, wrong


def choices(values: dict[str, Any], wrong: Iterable[str] = ()) -> dict[str, Any]:
    """What the form offers. `values`: its fields, of which `chosen` holds classes and ids; `wrong`: of `with_typed`."""
    chosen: set[str] = values["chosen"]
    return {
        "classes": [(name, class_name(name)) for name in EXPORTABLE],
        "offers": [_offered(kind, chosen, values) for kind in KINDS if kind.rows().exists()],
        "not_found": list(wrong),
    }


def _offered(kind: Kind, chosen: set[str], values: dict[str, Any]) -> dict[str, Any]:
    rows = kind.rows()
    is_searched = rows.count() > MOST_TICKED
    ticked = rows.filter(pk__in=_keys(chosen)) if is_searched else rows
    return {
        "kind": kind,
        "typed": values.get(kind.typed_in, ""),
        "is_searched": is_searched,
        "rows": [(str(key), name) for key, name in ticked.values_list("pk", "name")],
        "names": rows.values_list("name", flat=True) if is_searched and kind.has_list else [],
    }


def _keys(chosen: set[str]) -> list[UUID]:
    """Those that are ids: classes are chosen too, and a browser may send anything."""
    keys = []
    for text in chosen:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys
