"""Drawing library of the HTML reports: the part of plotly.js that draws lines and bars, a quarter of the whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from django.utils.safestring import SafeString, mark_safe

FILE: Final = Path(__file__).parent / "vendor" / "plotly-basic.min.js"
TRACES: Final = frozenset({"bar", "scatter"})
"""What our figures are made of; the library draws no others but pies."""


@cache
def plot_library() -> SafeString:
    """The library's own text, to stand in a page's script element."""
    return mark_safe(FILE.read_text(encoding="utf-8"))  # noqa: S308 - a checked file of ours
