from __future__ import annotations

from django.apps import AppConfig


class ReidConfig(AppConfig):
    name = "reid"
