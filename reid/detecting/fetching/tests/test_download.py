"""Downloads from a server of the tests on the loopback: cut off, moved, pages instead of files, and none at all."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

from reid.detecting.fetching.download import (
    A_PAGE,
    CUT_OFF,
    KEPT,
    NO_ROOM,
    NotToBeHad,
    download,
)
from reid.hub.tests.stand_in_hub import Hub, serving
from reid.networks.model_card import ModelRefused

CONTENT = bytes(range(256)) * 12_000  # 3,072,000: longer than two pieces


def fetched(hub: Hub, path: Path) -> list[tuple[int, int | None]]:
    told: list[tuple[int, int | None]] = []
    download(f"{hub.address}/weights.pt", path, lambda done, total: told.append((done, total)))
    return told


def ranges(hub: Hub) -> list[str]:
    return [asked for _, _, asked in hub.asked]


def test_a_file_comes_whole_and_its_progress_is_told(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    with serving(Hub(CONTENT)) as hub:
        told = fetched(hub, path)
    assert path.read_bytes() == CONTENT
    assert told[0] == (0, 3_072_000)
    assert told[-1] == (3_072_000, 3_072_000)
    assert [place.name for place in tmp_path.iterdir()] == ["weights.pt"]


def test_a_download_that_is_cut_off_goes_on_at_once(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    with serving(Hub(CONTENT, cuts=[1_000_000, 500_000])) as hub:
        fetched(hub, path)
        assert ranges(hub) == ["", "bytes=1000000-", "bytes=1500000-"]
    assert path.read_bytes() == CONTENT


def test_one_that_brings_nothing_more_is_said_and_goes_on_with_the_next_command(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    with serving(Hub(CONTENT, cuts=[1_000_000, 0])) as hub:
        with pytest.raises(ModelRefused) as refusal:
            fetched(hub, path)
        said = CUT_OFF.format(url=f"{hub.address}/weights.pt", done=1_000_000, total=3_072_000)
        assert str(refusal.value) == said + KEPT
        assert not path.exists()
        fetched(hub, path)
        assert ranges(hub)[-1] == "bytes=1000000-"
    assert path.read_bytes() == CONTENT


def test_a_server_that_cannot_go_on_sends_it_anew(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    path.with_name("weights.pt.part").write_bytes(b"half of something else")
    with serving(Hub(CONTENT, goes_on=False)) as hub:
        fetched(hub, path)
    assert path.read_bytes() == CONTENT


def test_what_was_whole_already_is_not_fetched_again(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    path.with_name("weights.pt.part").write_bytes(CONTENT)
    with serving(Hub(CONTENT)) as hub:
        fetched(hub, path)
        assert ranges(hub) == ["bytes=3072000-"]
    assert path.read_bytes() == CONTENT


def test_half_of_a_longer_file_than_there_is_now_is_thrown_away(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    path.with_name("weights.pt.part").write_bytes(CONTENT + b"more")
    with serving(Hub(CONTENT)) as hub:
        fetched(hub, path)
        assert ranges(hub) == ["bytes=3072004-", ""]
    assert path.read_bytes() == CONTENT


def test_an_address_that_leads_to_another_is_followed(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    with serving(Hub(CONTENT, moved_from="/weights.pt")) as hub:
        fetched(hub, path)
        assert [place for _, place, _ in hub.asked] == ["/weights.pt", "/moved"]
    assert path.read_bytes() == CONTENT


def test_a_server_that_does_not_say_the_size_is_taken_at_its_end(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    with serving(Hub(CONTENT, says_size=False)) as hub:
        assert fetched(hub, path)[-1] == (3_072_000, None)
    assert path.read_bytes() == CONTENT


def test_a_page_instead_of_the_file_is_said_and_not_kept(tmp_path) -> None:
    with serving(Hub(b"", is_page=True)) as hub, pytest.raises(NotToBeHad) as refusal:
        fetched(hub, tmp_path / "weights.pt")
    assert str(refusal.value) == A_PAGE.format(url=f"{hub.address}/weights.pt")
    assert not list(tmp_path.iterdir())


def test_a_server_that_refuses_is_said(tmp_path) -> None:
    with serving(Hub(b"", status=404)) as hub, pytest.raises(NotToBeHad) as refusal:
        fetched(hub, tmp_path / "weights.pt")
    said = f"The server refuses {hub.address}/weights.pt (404 Not Found)"
    assert str(refusal.value) == said


def test_no_network_is_said(tmp_path) -> None:
    with pytest.raises(NotToBeHad) as refusal:
        download("http://127.0.0.1:9/weights.pt", tmp_path / "weights.pt", lambda *_: None)
    assert re.fullmatch(
        r"There is no way to http://127\.0\.0\.1:9/weights\.pt from here \(.*refused\)",
        str(refusal.value),
    )


def test_a_full_disk_is_said_and_what_came_is_kept(tmp_path, monkeypatch) -> None:
    path = tmp_path / "weights.pt"
    whole = Path.open

    def full(self, mode="r", *args, **kwargs):
        if "b" in mode and self.name.endswith(".part"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with serving(Hub(CONTENT)) as hub, pytest.raises(ModelRefused) as refusal:
        fetched(hub, path)
    part = path.with_name("weights.pt.part")
    assert str(refusal.value) == NO_ROOM.format(path=part, error="No space left on device")
