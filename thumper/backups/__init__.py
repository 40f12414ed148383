"""Backups: made while the server runs, verified, and restored into the same or another installation."""

from __future__ import annotations

__all__ = [
    "folder",
    "making",
    "manifest",
    "problems",
    "restoring",
    "running",
    "upgrading",
    "verifying",
]
