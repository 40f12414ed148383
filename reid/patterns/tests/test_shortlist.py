"""Shortlists: a deer's own most alike references, whatever the others have."""

from __future__ import annotations

import numpy as np

from reid.patterns.shortlist import shortlist


def test_each_deer_has_its_own_list() -> None:
    owners = np.array([1, 0, 1, 0, 1])
    alike = np.array([0.9, 0.1, 0.8, 0.2, 0.7], np.float32)
    assert shortlist(alike, owners, 2).tolist() == [0, 1, 2, 3]


def test_another_deers_reference_changes_no_list() -> None:
    owners = np.array([0, 0, 0])
    alike = np.array([0.3, 0.2, 0.1], np.float32)
    before = shortlist(alike, owners, 2).tolist()
    after = shortlist(np.append(alike, 0.9).astype(np.float32), np.append(owners, 1), 2).tolist()
    assert after == [*before, 3]


def test_what_has_no_embedding_comes_last() -> None:
    alike = np.array([np.nan, -0.5, np.nan], np.float32)
    assert shortlist(alike, np.array([0, 0, 0]), 2).tolist() == [0, 1]


def test_nothing_gives_nothing() -> None:
    assert shortlist(np.empty(0, np.float32), np.empty(0, np.intp), 3).tolist() == []
