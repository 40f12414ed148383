"""Places in metres by hand."""

from __future__ import annotations

import pytest

from reid.cameras.projection import in_metres


def test_a_thousandth_of_a_degree() -> None:
    """0.001 degrees of latitude are 111.2 m; of longitude, at 60 degrees, half of that."""
    places = in_metres({"a": (60.0, 10.0), "b": (60.001, 10.0), "c": (60.0005, 10.002)})
    assert places["b"][1] - places["a"][1] == pytest.approx(111.19, abs=0.01)
    assert places["c"][0] - places["a"][0] == pytest.approx(111.19, abs=0.01)


def test_the_date_line_is_a_place_like_others() -> None:
    """A hundredth of a degree of longitude at 60 degrees is 555.9 m, also from 179.995 E to 179.995 W."""
    places = in_metres({"a": (60.0, 179.995), "b": (60.0, -179.995), "c": (60.01, 179.995)})
    assert places["b"][0] - places["a"][0] == pytest.approx(555.9, abs=1)
    assert places["c"][0] == places["a"][0]
