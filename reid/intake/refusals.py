"""Refusals of uploads and imports in the browser: each is one sentence that says what to do."""

from __future__ import annotations


class IntakeRefused(Exception):
    """What was asked for cannot be; str() is the sentence for whoever asked."""


class BadName(IntakeRefused):
    """A path that no file of an upload may have."""


class NotTaken(IntakeRefused):
    """A kind of file that an import does not read."""


class TooLarge(IntakeRefused):
    """More bytes or files than the settings allow, or than the sender said."""


class NoRoom(IntakeRefused):
    """The disk would be filled."""


class NameTaken(IntakeRefused):
    """Another file of the upload has this name."""


class NotNow(IntakeRefused):
    """The import is at another step."""


class Unknown(IntakeRefused):
    """There is no such import, file or folder, or no longer."""


class Expired(IntakeRefused):
    """It was not gone on with in time."""


class WrongOffset(IntakeRefused):
    """Bytes for another place than the one where the file ends."""


class Busy(IntakeRefused):
    """Another request writes to the file just now."""


class BadChecksum(IntakeRefused):
    """The bytes are not those that were sent."""
