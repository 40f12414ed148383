"""Grouping by hand and by property: when a visit ends, and which detections are one animal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid.grouping.encounters import Mark, SightingPlan, encounters, linked, sightings

NOON = datetime(2025, 10, 1, 12, 0, tzinfo=UTC)


def cut(*seconds: float, gap: float = 300, longest: float = 1800) -> list[list[float]]:
    return filmed(*((second, second) for second in seconds), gap=gap, longest=longest)


def filmed(
    *frames: tuple[float, float], gap: float = 300, longest: float = 1800
) -> list[list[float]]:
    """Frames by their seconds, each with those of the last frame of its video."""
    timed = [
        (NOON + timedelta(seconds=second), NOON + timedelta(seconds=end), second)
        for second, end in frames
    ]
    return [[frame for _, frame in group] for group in encounters(timed, gap=gap, longest=longest)]


def test_a_gap_of_exactly_the_limit_still_joins() -> None:
    assert cut(0, 300, 601) == [[0, 300], [601]]


def test_a_long_visit_is_cut_from_its_first_frame() -> None:
    assert cut(*range(0, 2401, 300)) == [[0, 300, 600, 900, 1200, 1500, 1800], [2100, 2400]]


def test_frames_of_one_moment_belong_together_and_none_make_nothing() -> None:
    assert cut(5, 5) == [[5, 5]]
    assert cut() == []


def test_a_visit_of_exactly_the_longest_span_is_one_and_a_second_more_is_two() -> None:
    assert cut(0, 100, 200, gap=100, longest=200) == [[0, 100, 200]]
    assert cut(0, 100, 201, gap=101, longest=200) == [[0, 100], [201]]
    assert cut(0, 0.5, gap=0, longest=200) == [[0], [0.5]]


def test_a_video_is_never_cut_and_what_follows_it_counts_from_its_last_frame() -> None:
    """A film of 400 seconds with nothing in the middle; photographs 300 s and 601 s after its end."""
    video = [(0.0, 400.0), (400.0, 400.0)]
    assert filmed(*video, (700, 700), (1001, 1001)) == [[0, 400, 700], [1001]]
    assert filmed((0, 2000), (1900, 1900), (2000, 2000), (2001, 2001)) == [[0, 1900, 2000], [2001]]


def test_times_that_go_backwards_are_refused() -> None:
    with pytest.raises(ValueError, match="in order"):
        cut(10, 9)


@given(st.lists(st.integers(0, 20_000)), st.integers(0, 600), st.integers(0, 3600))
def test_encounters_are_a_cut_of_the_frames_as_coarse_as_the_limits_allow(
    seconds: list[int], gap: int, longest: int
) -> None:
    groups = cut(*sorted(seconds), gap=gap, longest=longest)
    assert [second for group in groups for second in group] == sorted(seconds)
    for group in groups:
        assert group[-1] - group[0] <= longest
        assert all(b - a <= gap for a, b in pairwise(group))
    for before, after in pairwise(groups):
        assert after[0] - before[-1] > gap or after[0] - before[0] > longest


def told_apart(*marks: Mark[str]) -> set[tuple[str, ...]]:
    return {group.keys for group in sightings(marks)}


def deer(key: str, frame: int, **fields: object) -> Mark[str]:
    return Mark(key, frame, eligible=True, **fields)  # type: ignore[arg-type]


def test_one_animal_a_frame_is_one_animal_throughout() -> None:
    assert told_apart(deer("a", 1), deer("b", 2), deer("c", 4)) == {("a", "b", "c")}


def test_two_in_any_frame_leave_each_by_itself() -> None:
    assert told_apart(deer("a", 1), deer("b", 1), deer("c", 2)) == {("a",), ("b",), ("c",)}


def test_labels_win_and_count_their_frames() -> None:
    marks = [deer("a", 1, label="x"), deer("b", 1), deer("c", 2, label="x"), deer("d", 2)]
    assert sightings(marks) == [
        SightingPlan("x", ("a", "c")),
        SightingPlan("", ("b",)),
        SightingPlan("", ("d",)),
    ]


def test_what_is_no_deer_joins_nobody_and_parts_nobody() -> None:
    marks = (
        deer("a", 1),
        Mark("cow", 1, eligible=False),
        deer("b", 2),
        Mark("pig", 2, eligible=False),
    )
    assert told_apart(*marks) == {("a", "b"), ("cow",), ("pig",)}


def test_what_a_person_ruled_out_to_be_the_known_deer_is_no_part_of_it() -> None:
    marks = (deer("a", 1, deer="Ada"), deer("b", 2), deer("c", 3, not_deer=frozenset({"Ada"})))
    assert told_apart(*marks) == {("a",), ("b",), ("c",)}
    nobody_known = (deer("a", 1), deer("b", 2, not_deer=frozenset({"Ada"})))
    assert told_apart(*nobody_known) == {("a", "b")}


def test_one_known_deer_names_the_only_animal_there_was() -> None:
    assert told_apart(deer("a", 1, deer="Ada"), deer("b", 2), deer("c", 3, deer="Ada")) == {
        ("a", "b", "c")
    }


def test_nothing_seen_is_no_animal() -> None:
    assert sightings([]) == []
    assert sightings([Mark("cow", 1, eligible=False)]) == [SightingPlan("", ("cow",))]


def test_labelled_detections_count_in_their_frames() -> None:
    # the frame holds two deer, one of them named: the other detections may be either
    assert told_apart(deer("a", 1, label="x"), deer("b", 1), deer("c", 2)) == {
        ("a",),
        ("b",),
        ("c",),
    }


def test_a_part_comes_before_a_name_and_a_name_before_a_chain() -> None:
    marks = (
        *(deer("a", 1, part="x", deer="Ada", chain=1), deer("b", 2, deer="Ada", chain=2)),
        *(
            deer("c", 3, part="x", chain=2),
            deer("d", 4, deer="Ada", chain=3),
            deer("e", 5, chain=2),
        ),
    )
    assert told_apart(*marks) == {("a", "c"), ("b", "d"), ("e",)}


def test_a_part_with_one_deer_named_twice_is_one_animal() -> None:
    marks = (deer("a", 1, part="x", deer="Ada"), deer("b", 2, part="x", deer="Ada"), deer("c", 3))
    assert told_apart(*marks) == {("a", "b"), ("c",)}


def test_two_known_deer_are_never_one_animal() -> None:
    assert told_apart(deer("a", 1, deer="Ada"), deer("b", 2, deer="Bob"), deer("c", 3)) == {
        ("a",),
        ("b",),
        ("c",),
    }


def test_a_known_deer_is_one_animal_among_others() -> None:
    marks = (
        deer("a", 1, deer="Ada"),
        deer("b", 1, deer="Bob"),
        deer("c", 2, deer="Ada"),
        deer("d", 2),
    )
    assert told_apart(*marks) == {("a", "c"), ("b",), ("d",)}


def test_a_deer_twice_in_a_frame_joins_nothing() -> None:
    marks = (deer("a", 1, deer="Ada"), deer("b", 1, deer="Ada"), deer("c", 2, deer="Ada"))
    assert told_apart(*marks) == {("a",), ("b",), ("c",)}


MARKS = st.lists(
    st.tuples(
        st.integers(1, 4), st.booleans(), st.sampled_from(["", "", "x", "y"]), st.sampled_from([None, "A", "B"])
    ),
    max_size=8,
)  # fmt: skip


@given(MARKS)
def test_every_detection_is_in_one_sighting_and_no_unnamed_one_holds_two_of_a_frame_or_two_deer(
    drawn: list[tuple[int, bool, str, str | None]],
) -> None:
    marks = {number: Mark(number, *fields) for number, fields in enumerate(drawn)}
    groups = sightings(list(marks.values()))
    assert sorted(key for group in groups for key in group.keys) == sorted(marks)
    for group in groups:
        members = [marks[key] for key in group.keys]
        assert {mark.label for mark in members} == {group.label}
        if not group.label:
            assert len({mark.frame for mark in members}) == len(members)
            assert len({mark.deer for mark in members if mark.deer}) <= 1


@given(st.permutations(range(6)))
def test_grouping_does_not_depend_on_the_order(order: list[int]) -> None:
    marks = [deer(str(n), n % 3, deer="Ada" if n < 2 else None) for n in range(6)]
    shuffled = told_apart(*(marks[n] for n in order))
    assert {frozenset(keys) for keys in shuffled} == {
        frozenset(keys) for keys in told_apart(*marks)
    }


def test_frames_are_linked_by_shared_labels_even_through_others() -> None:
    words = linked([("1", ["a"]), ("2", ["b", "a"]), ("3", ["b"]), ("4", ["c"]), ("5", [])])
    assert words == {"1": "a", "2": "a", "3": "a", "4": "c"}


def test_of_linked_labels_the_first_in_the_alphabet_is_the_word() -> None:
    frames = [("1", ["d", "c"]), ("2", ["b", "a"]), ("3", ["c", "b"]), ("4", ["d"])]
    for order in (frames, frames[::-1]):
        assert linked(order) == dict.fromkeys("1234", "a")
    assert linked([]) == {}


def test_a_chain_joins_what_nobody_named_where_several_animals_met() -> None:
    marks = [
        Mark("a0", 0, True, chain=1), Mark("b0", 0, True, chain=2),
        Mark("a1", 1, True, chain=1), Mark("b1", 1, True), Mark("c1", 1, True, deer="x", chain=2),
    ]  # fmt: skip
    assert {group.keys for group in sightings(marks)} == {("a0", "a1"), ("b0",), ("b1",), ("c1",)}


def test_a_chain_that_holds_two_of_one_frame_joins_nothing() -> None:
    marks = [Mark("a", 0, True, chain=1), Mark("b", 0, True, chain=1), Mark("c", 1, True, chain=1)]
    assert {group.keys for group in sightings(marks)} == {("a",), ("b",), ("c",)}


def test_parts_that_a_person_split_are_groups_and_what_is_of_neither_is_by_itself() -> None:
    marks = (
        *(deer("a", 1, part="x"), deer("b", 2, part="y"), deer("c", 3, part="x", chain=1)),
        *(deer("d", 4, chain=1), deer("e", 5)),
    )
    assert told_apart(*marks) == {("a", "c"), ("b",), ("d",), ("e",)}
    named = (deer("a", 1, part="x", label="7"), deer("b", 2, part="x", label="7"))
    assert told_apart(*named) == {("a", "b")}


def test_a_part_whose_animals_turn_out_to_be_two_holds_nothing_together() -> None:
    marks = (deer("a", 1, part="x", deer="Ada"), deer("b", 2, part="x", deer="Bea"))
    assert told_apart(*marks) == {("a",), ("b",)}
    assert told_apart(marks[0], deer("b", 2, part="x")) == {("a", "b")}
