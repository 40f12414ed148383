"""Profiles of deer: begun, edited, named, noted season by season, and put back by undo."""

from __future__ import annotations

from reid.reviewing.profiles.beginning import NAME_LENGTH, begin
from reid.reviewing.profiles.ending import end_idle
from reid.reviewing.profiles.facts import NOTES_LENGTH, edit_deer
from reid.reviewing.profiles.joining import complete, missing_facts
from reid.reviewing.profiles.restoring import lock_profiles, restore
from reid.reviewing.profiles.seasons import note_season

__all__ = [
    "NAME_LENGTH",
    "NOTES_LENGTH",
    "begin",
    "complete",
    "edit_deer",
    "end_idle",
    "lock_profiles",
    "missing_facts",
    "note_season",
    "restore",
]
