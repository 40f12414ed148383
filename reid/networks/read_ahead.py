"""Reading ahead: threads prepare what a network is to be shown, so that it never waits for the disk."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

_Item = TypeVar("_Item")
_Prepared = TypeVar("_Prepared")


def read_ahead(
    prepare: Callable[[_Item], _Prepared], items: Iterable[_Item], window: int
) -> Iterator[_Prepared]:
    """What `prepare` makes of the items, in their order, by as many threads as there are cores.

    At most `window` items are in hand, which bounds the memory however many there are. Raises what `prepare` raises.
    """
    left = iter(items)
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="photographs") as pool:
        waiting: deque[Future[_Prepared]] = deque(
            pool.submit(prepare, item) for item in islice(left, window)
        )
        try:
            while waiting:
                done = waiting.popleft().result()
                waiting.extend(pool.submit(prepare, item) for item in islice(left, 1))
                yield done
        finally:
            # The consumer failed or stopped: what is queued is not worth reading any more.
            pool.shutdown(wait=True, cancel_futures=True)
