"""Reports and deer shown to people without an account: links with an end, and mails."""

from __future__ import annotations

__all__ = ["deer_page", "frozen", "links", "mails", "openings"]
