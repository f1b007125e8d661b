"""What is said of a command that fails, and its exit code. Loaded when one does: it knows of what all commands import."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import InterlockError
from infra.cli.exits import Exit
from infra.cli.screen import print_error
from infra.client import ApiFailed, ApiForbidden, ApiRejected
from infra.delivery import EventRefused
from infra.errors import (
    BucketForeign,
    CredentialsMissing,
    LocalNotRunning,
    LocalStartFailed,
    ProfileMissing,
    RegionMissing,
    StackBusy,
    StackFailed,
    StackHidden,
    StackMissing,
    StillNeeded,
    ToolMissing,
)

_SURROUNDINGS = (
    ApiForbidden,
    CredentialsMissing,
    LocalNotRunning,
    LocalStartFailed,
    ProfileMissing,
    RegionMissing,
    StackHidden,
    ToolMissing,
)
_REFUSED = (
    ApiFailed, ApiRejected, BucketForeign, EventRefused, StackBusy, StackFailed, StackMissing, StillNeeded,
)  # fmt: skip


def exit_for(error: InterlockError) -> Exit:
    """Give the code that an error ends the command with."""
    if isinstance(error, _SURROUNDINGS):
        return Exit.SURROUNDINGS
    return Exit.REFUSED if isinstance(error, _REFUSED) else Exit.WRONG


def print_failure(error: Exception) -> Exit | None:
    """Print a failure that has a name as one line, and give its exit code; None for any other, which is a defect."""
    match error:
        case InterlockError():
            print_error(str(error))
            return exit_for(error)
        case BotoCoreError() | ClientError():
            print_error(f"AWS: {error}")
            return Exit.REFUSED
        case OSError():
            print_error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
            return Exit.WRONG
        case _:
            return None
