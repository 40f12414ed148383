"""Pages of long lists by key: each one starts where the last one ended, at any depth, without a count.

The rows come in the order of one field and then of their keys, both in one direction, so that an index over the two
serves it exactly, and so that rows with one value of that field (a run writes thousands of scores at one moment)
are distinguished. A cursor holds both values of the row beside which its page lies.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from json import dumps, loads
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Field, Func, Q, Value
from django.db.models.lookups import GreaterThan, LessThan
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable, OrderBy
    from rest_framework.request import Request

NO_SUCH_PAGE: Final = "This cursor is none of this list: begin again without one."


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row beside which a page lies: the page is before it where `is_backward`, else after it."""

    value: Any
    key: Any
    is_backward: bool = False

    def encoded(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        text = dumps([value, str(self.key), int(self.is_backward)], ensure_ascii=False)
        return urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def decode(cls, text: str, field: Field[Any, Any], key: Field[Any, Any]) -> Cursor:
        """Raises NotFound for what no page of a list in this order has given out."""
        try:
            raw, place, is_backward = loads(urlsafe_b64decode(text.encode()))
            value = None if raw is None and field.null else field.clean(raw, None)
            return cls(value, key.to_python(place), bool(is_backward))
        except (ValueError, TypeError, OverflowError, ValidationError) as error:
            raise NotFound(NO_SUCH_PAGE) from error


class Pages(CursorPagination):
    """The page that a view's `params` name: 100 rows in its `cursor_ordering` where they name no other."""

    page_size = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that the request asks for. Raises NotFound for a cursor of another list."""
        self.base_url = request.build_absolute_uri()
        size = view.params.get("page_size", self.page_size)
        self.ordering = self.get_ordering(request, queryset, view)
        name = self.ordering[0].lstrip("-")
        key = queryset.model._meta.pk
        field = key if name == "pk" else queryset.model._meta.get_field(name)
        if not isinstance(field, Field) or not isinstance(key, Field):
            raise TypeError(f"{name} is no column of {queryset.model.__name__}")
        text = view.params.get(self.cursor_query_param)
        cursor = Cursor.decode(text, field, key) if text else None
        is_backward = cursor is not None and cursor.is_backward
        descends = self.ordering[0].startswith("-") != is_backward
        rows = queryset.order_by(*_order(field, descends=descends))
        if cursor is not None:
            rows = rows.filter(_beyond(field, cursor, descends=descends))
        fetched_rows = list(rows[: size + 1])
        page, has_more = fetched_rows[:size], len(fetched_rows) > size
        if is_backward:
            page.reverse()
        self.has_next = bool(page) and (has_more or is_backward)
        self.has_previous = bool(page) and (has_more if is_backward else cursor is not None)
        self.display_page_controls = self.has_next or self.has_previous
        self.page = page
        return page

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return (view.params.get("ordering", view.cursor_ordering[0]),)

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        """None: the parameters of a list are described as a whole (`reid.api.filters`)."""
        return []

    def get_next_link(self) -> str | None:
        return self._link(-1, is_backward=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(0, is_backward=True) if self.has_previous else None

    def _link(self, number: int, *, is_backward: bool) -> str:
        row = (self.page or [])[number]
        cursor = Cursor(getattr(row, self.ordering[0].lstrip("-")), row.pk, is_backward)
        return replace_query_param(self.base_url or "", self.cursor_query_param, cursor.encoded())


def _order(field: Field[Any, Any], *, descends: bool) -> list[OrderBy]:
    """By the field, then by the key. Null is the largest value, as it is in PostgreSQL's indexes."""
    if field.primary_key:
        return [F("pk").desc() if descends else F("pk").asc()]
    nulls = {"nulls_first" if descends else "nulls_last": True} if field.null else {}
    if descends:
        return [F(field.name).desc(**nulls), F("pk").desc()]
    return [F(field.name).asc(**nulls), F("pk").asc()]


def _beyond(field: Field[Any, Any], cursor: Cursor, *, descends: bool) -> Combinable | Q:
    """What comes after the cursor's row."""
    side = "lt" if descends else "gt"
    later = Q(**{f"pk__{side}": cursor.key})
    if field.primary_key:
        return later
    if field.null:
        among = Q(**{field.name: cursor.value} if cursor.value is not None else {})
        unknown = Q(**{f"{field.name}__isnull": True})
        if cursor.value is None:
            return (unknown & later) | (~unknown if descends else Q(pk__in=()))
        beyond = Q(**{f"{field.name}__{side}": cursor.value}) | (among & later)
        return beyond if descends else beyond | unknown
    # A comparison of rows, which an index over both answers from the very place.
    row = _Row(F(field.name), F("pk"))
    end = _Row(Value(cursor.value, field), Value(cursor.key, field.model._meta.pk))
    return LessThan(row, end) if descends else GreaterThan(row, end)


class _Row(Func):
    template = "(%(expressions)s)"
    arg_joiner = ", "
    output_field = BooleanField()  # compared only with another of its kind, and never read
