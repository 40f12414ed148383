"""Antler seasons: whose antlers a photograph shows, and which references show other ones. Pure numpy.

A buck sheds its antlers every winter and grows new ones from spring on, which look alike from year to year at most. So
a photograph belongs to an antler year, which is named by the calendar year in which those antlers grew: with April as
its first month, one of February 2026 is of the antler year 2025. In arrays a season is a whole number, year and first
month as YYYYMM, so that seasons that begin in another month are never taken for the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

ANY_SEASON: Final = 0
"""Season of whatever is compared with every season: no antlers, or no time."""


def antler_season(day: date | None, first_month: int) -> int:
    """The antler season of a day.

    Parameters
    ----------
    day : date or None
        The ranch's day of the photograph; None where its time is not known.
    first_month : int
        The month in which antlers begin to grow, 1 to 12.

    Returns
    -------
    int
        Year and first month of the season as YYYYMM; ANY_SEASON without a day.

    Raises
    ------
    ValueError
        Where the month is none.

    Examples
    --------
    >>> from datetime import date
    >>> antler_season(date(2026, 3, 31), 4), antler_season(date(2026, 4, 1), 4)
    (202504, 202604)
    >>> antler_season(None, 4)
    0
    """
    if not 1 <= first_month <= 12:
        raise ValueError(f"there is no month {first_month}")
    if day is None:
        return ANY_SEASON
    return (day.year - (day.month < first_month)) * 100 + first_month


def antler_year(season: int) -> int | None:
    """The year that names a season.

    Parameters
    ----------
    season : int
        As `antler_season` has it.

    Returns
    -------
    int or None
        The calendar year in which the antlers grew; None of ANY_SEASON.

    Examples
    --------
    >>> antler_year(202504), antler_year(ANY_SEASON)
    (2025, None)
    """
    return season // 100 or None


def is_other_season(probes: NDArray[np.int64], references: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The pairs that are known to be of two seasons.

    Parameters
    ----------
    probes : ndarray of int64, shape (n,)
        Season of each probe.
    references : ndarray of int64, shape (r,)
        Season of each reference.

    Returns
    -------
    ndarray of bool, shape (n, r)
        False wherever one of the two is of ANY_SEASON.

    Examples
    --------
    >>> is_other_season(np.array([202504]), np.array([202504, 202404, 0])).tolist()
    [[False, True, False]]
    """
    here, there = probes[:, None], references[None, :]
    other: NDArray[np.bool_] = (here != there) & (here != ANY_SEASON) & (there != ANY_SEASON)
    return other


def of_one_season(
    allowed: NDArray[np.bool_],
    probes: NDArray[np.int64],
    references: NDArray[np.int64],
    owners: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """The pairs that count where references of other seasons are left out.

    Parameters
    ----------
    allowed : ndarray of bool, shape (n, r)
        Pairs that count at all.
    probes : ndarray of int64, shape (n,)
        Season of each probe.
    references : ndarray of int64, shape (r,)
        Season of each reference.
    owners : ndarray of intp, shape (r,)
        Deer of each reference, from 0 on; -1 of nobody's.

    Returns
    -------
    ndarray of bool, shape (n, r)
        Of each deer the allowed pairs that are not of two seasons, or all of its allowed pairs where it has none of
        those: a buck that is not enrolled with these antlers yet would else never be found.

    Examples
    --------
    The first deer has references of two seasons, the second one of another season alone:

    >>> allowed, probe = np.ones((1, 3), bool), np.array([202504])
    >>> references, owners = np.array([202504, 202404, 202404]), np.array([0, 0, 1])
    >>> of_one_season(allowed, probe, references, owners).tolist()
    [[True, False, True]]
    """
    near = allowed & ~is_other_season(probes, references)
    # The last column is nobody's, which -1 is.
    has_some = np.zeros((len(probes), int(owners.max(initial=-1)) + 2), np.bool_)
    rows, columns = np.nonzero(near)
    has_some[rows, owners[columns]] = True
    return np.where(has_some[:, owners], near, allowed)
