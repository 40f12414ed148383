"""Export requests: a body checked by VR-001 to VR-005 and made into a specification."""

from __future__ import annotations

__all__ = [
    "build_spec",
    "errors",
    "fields",
    "naming",
    "parsing",
    "rules",
    "schedule_requests",
    "serializers",
    "specs",
    "targets",
]
