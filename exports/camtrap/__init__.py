"""The Camtrap DP package."""

from __future__ import annotations

__all__ = ["package_zip"]
