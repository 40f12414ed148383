"""Analysis: the score log as evidence, the threshold that it proves, and the history of identification."""

from __future__ import annotations

__all__ = ["jobs"]
