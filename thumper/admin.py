"""Tokens in the admin: the key is shown once, when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages

from thumper.models import ApiToken

if TYPE_CHECKING:
    from django.http import HttpRequest

admin.site.site_header = admin.site.site_title = "Thumper"


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ("name", "user", "scope", "created_at", "expires_at")
    list_select_related = ("user",)
    list_filter = ("scope",)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if not change:
            messages.success(request, f"The key, shown this once: {obj.new_key()}")
        super().save_model(request, obj, form, change)
