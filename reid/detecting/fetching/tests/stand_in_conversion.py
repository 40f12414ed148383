"""Stand-in for the conversion's process: a tiny network in place of those that packages of others read."""

from __future__ import annotations

import pytest

from reid.detecting.fetching import conversion
from reid.detecting.fetching.tests.tiny import Tiny

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversion, "build", lambda detector, path: Tiny(8).eval())
        conversion.main()
