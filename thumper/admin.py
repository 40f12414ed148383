"""Tokens in the admin: seen and revoked there. They are made by their owners, on their account page, which alone shows a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from thumper.accounts.roles import Permission, is_granted
from thumper.models import AccountEvent, ApiToken

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

admin.site.site_header = admin.site.site_title = "Thumper"


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ("name", "user", "scope", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("scope",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Everybody's for administrators, one's own for others."""
        rows = super().get_queryset(request)
        if is_granted(request.user, Permission.ADMINISTER):
            return rows
        return rows.filter(user=request.user.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False


@admin.register(AccountEvent)
class AccountEventAdmin(admin.ModelAdmin[AccountEvent]):
    """The audit log, which nobody edits."""

    list_display = ("at", "kind", "about_name", "actor_name", "detail", "address", "request_id")
    list_filter = ("kind",)
    search_fields = ("about_name", "actor_name", "request_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccountEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AccountEvent | None = None) -> bool:
        return False
