"""JSON stream reader: it agrees with the standard one, wherever its chunks end."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid.importing.formats.detectors import json_stream
from reid.importing.formats.detectors.json_stream import TOO_DEEP, JsonStream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def whole(text: str) -> dict[str, Any]:
    """The object, its "images" read element by element."""
    stream, members = JsonStream(io.StringIO(text)), {}
    for name in stream.members():
        if name == "images":
            members[name] = [element for _, element in stream.elements()]
        else:
            members[name] = stream.value()
    return members


@given(st.dictionaries(st.text(), VALUES, max_size=3), st.lists(VALUES, max_size=4), st.booleans())
def test_it_reads_what_was_written(rest: dict[str, Any], images: list[Any], wide: bool) -> None:
    document = rest | {"images": images}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_CHUNK", 3)  # every value is cut somewhere
        assert whole(json.dumps(document, indent=1 if wide else None)) == document


def test_elements_know_their_lines() -> None:
    stream = JsonStream(io.StringIO('{\n "images": [\n  {"a": 1},\n\n  2, 3\n ]\n}'))
    assert list(stream.members().__next__()) == list("images")
    assert list(stream.elements()) == [(3, {"a": 1}), (5, 2), (5, 3)]


def test_nothing_in_it_is_nothing_out_of_it() -> None:
    assert whole("{}") == {}
    assert whole('{"images": []}') == {"images": []}


@pytest.mark.parametrize("number", ["9" * 400, "9" * 400 + ".5", "9" * 5_000 + ".5", "1e999"])
def test_a_number_that_no_float_can_hold_is_infinite(number: str) -> None:
    assert whole(f'{{"images": [{number}, -{number}]}}') == {
        "images": [float("inf"), float("-inf")]
    }


def test_the_longest_integers_that_a_float_can_hold_stay_integers() -> None:
    longest = int(sys.float_info.max)
    assert whole(f'{{"images": [{longest}, -{longest}, {longest * 2}]}}') == {
        "images": [longest, -longest, float("inf")]
    }


@pytest.mark.parametrize("member", ["info", "images"])
def test_brackets_without_end_are_refused(member: str) -> None:
    with pytest.raises(ValueError, match=f"^{TOO_DEEP.format(line=2)}$"):
        whole(f'{{\n"{member}": {"[" * 100_000}')


@pytest.mark.parametrize(
    ("text", "line"),
    [('{"a" 1}', 1), ("{1: 2}", 1), ('{"a": 1,\n "images": [1 2]}', 2), ('{\n"a": nul}', 2),
     ('{"a": "\\x", "b": 1, "c": 2}', 1)],
)  # fmt: skip
def test_what_is_not_json_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ValueError, match=f"^line {line}: this is not JSON$"):
        whole(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ('{"a": 1', 1), ('{"images": [1,\n2', 2), ('{"a": "tex', 1), ('{"a":\n tru', 2),
     ('{"a": {"b": [1, ', 1)],
)  # fmt: skip
def test_a_file_that_is_cut_off_is_refused_as_such(text: str, line: int) -> None:
    with pytest.raises(ValueError, match=f"^line {line}: the file ends in the middle"):
        whole(text)


@pytest.mark.parametrize("text", ["[1]", '"a"', "7", "null"])
def test_json_of_another_kind_is_named_as_such(text: str) -> None:
    with pytest.raises(ValueError, match=r"^line 1: an object is expected here"):
        whole(text)
    with pytest.raises(ValueError, match=r"^line 1: a list is expected here"):
        list(JsonStream(io.StringIO("{}")).elements())
    with pytest.raises(ValueError, match=r"^line 2: a list is expected here"):
        whole('{"images":\n {}}')


def test_a_value_that_is_broken_early_is_refused_without_reading_on() -> None:
    text = io.StringIO('{"a": {"b": nonsense ' + "x" * 1_000_000)
    stream = JsonStream(text)
    next(stream.members())
    with pytest.raises(ValueError, match="this is not JSON"):
        stream.value()
    assert text.tell() < 200_000


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        whole('{"a": ' + "[" * 100_000)


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("member", ["a", "images"])
def test_a_number_without_end_is_refused(member: str, sign: str) -> None:
    with pytest.raises(ValueError, match=r"^line 1: a number has too many digits$"):
        whole(f'{{"{member}": [{sign}{"9" * 5_000}]}}')
