"""Antler seasons measured: whether references of bucks that show other antlers help, or harm."""

from __future__ import annotations

__all__ = ["measuring", "report"]
