"""Foreign exceptions in our words: the one place where a failure becomes a line and an exit status."""

from __future__ import annotations

import errno
from dataclasses import dataclass

import typer

from harness.errors import HarnessError, Refused
from harness.foreign_errors import said
from harness.machine import noise_log
from harness.out_of_memory import out_of_memory
from harness.words import plain

_SYSTEM = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk quota is used up",
    errno.EFBIG: "The file grew past the size limit",
    errno.EACCES: "No permission",
    errno.EPERM: "No permission",
    errno.EROFS: "The file system is read-only",
}
_LESS_MEMORY = "What was written is kept. Free some (harness doctor), or take a smaller model; then run it again."


@dataclass(frozen=True)
class Ending:
    """How a command ends that does not end well."""

    said: str
    """What the user should know; "" where nothing needs saying."""
    status: int
    is_help: bool = False

    def text(self) -> str:
        """As the terminal shows it."""
        return self.said if self.is_help or not self.said else f"harness: {self.said}"


def explain(error: BaseException) -> Ending:
    """What a failure says to the user, and the exit status that it has."""
    if isinstance(error, typer.Exit):
        return Ending("", error.exit_code)
    if isinstance(error, HarnessError):
        return Ending(plain(f"{error}{_log_of(error)}"), error.exit_status)
    if type(error).__name__ == "NoArgsIsHelpError":
        return Ending(str(error), 2, is_help=True)
    if hasattr(error, "format_message"):  # Typer's usage errors, whichever click they come from.
        return Ending(f"{plain(error.format_message())} See: harness --help", 2)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Ending("interrupted; run the same command again to go on.", 130)
    if isinstance(error, SystemExit):
        return Ending("", error.code if isinstance(error.code, int) else 2)
    if isinstance(error, BrokenPipeError):
        return Ending("", 0)
    return Ending(plain(_foreign(error)), 2)


def _log_of(error: HarnessError) -> str:
    """Where a library refuses in the middle of the work, what it said before, unless the line names a file of that."""
    log = noise_log() if isinstance(error, Refused) and ".log" not in str(error) else None
    return f" What libraries said is in {log}" if log else ""


def _foreign(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        place = f": {error.filename}" if error.filename else ""
        return (
            f"{_SYSTEM[error.errno]}{place}. What was written before is kept; mend it and run the same command again."
        )
    text, first = str(error), said(error)
    if "No space left" in text or "os error 28" in text:
        return f"{_SYSTEM[errno.ENOSPC]} ({first}). What was written before is kept; run the same command again."
    if short := out_of_memory(error, "The command stopped", _LESS_MEMORY):
        return str(short)
    log = noise_log(lay_down=True)
    more = f"; what libraries said is in {log}" if log else "."
    return f"Something that nobody foresaw: {first.rstrip('.')}. The same command with --debug shows where{more}"
