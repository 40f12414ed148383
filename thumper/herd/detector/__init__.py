"""The sample detector: a small network that finds the drawn herd, trained on other drawings, and its folder with the card."""

from __future__ import annotations

__all__ = ["exporting", "fit", "judging", "pictures", "shipped"]
