"""Accounts: roles and what they may do, the log of what happened to accounts, and who is being answered."""

from __future__ import annotations

__all__ = ["access_log", "addresses", "events", "jobs", "roles"]
