"""Layout of the figures of a page: one look for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go


def sized(figure: go.Figure, height: int = 380, legend: float = -0.2) -> go.Figure:
    """The figure, so many pixels high, its legend below the plot at that share of its height."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 60, "r": 20, "t": 30, "b": 50},
        legend={"orientation": "h", "y": legend},
        font={"family": "sans-serif"},
    )
    return figure
