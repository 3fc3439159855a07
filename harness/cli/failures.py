"""Foreign exceptions in our words: the one place where a failure becomes a line and an exit status."""

from __future__ import annotations

import errno

import typer

from harness.errors import HarnessError
from harness.words import plain

_SYSTEM = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk quota is used up",
    errno.EFBIG: "The file grew past the size limit",
    errno.EACCES: "No permission",
    errno.EPERM: "No permission",
    errno.EROFS: "The file system is read-only",
}


def explain(error: BaseException) -> tuple[str, int]:
    """(line for the user, exit status); the line is empty where nothing needs saying."""
    if isinstance(error, typer.Exit):
        return "", error.exit_code
    if isinstance(error, HarnessError):
        return f"harness: {plain(str(error))}", error.exit_status
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error), 2
    if hasattr(error, "format_message"):  # Typer's usage errors, whichever click they come from.
        return f"harness: {plain(error.format_message())} See: harness --help", 2
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "harness: interrupted; run the same command again to go on.", 130
    if isinstance(error, SystemExit):
        return "", error.code if isinstance(error.code, int) else 2
    if isinstance(error, BrokenPipeError):
        return "", 0
    return f"harness: {plain(_foreign(error))}", 2


def _foreign(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        place = f": {error.filename}" if error.filename else ""
        return (
            f"{_SYSTEM[error.errno]}{place}. What was written before is kept; mend it and run the same command again."
        )
    text = str(error).strip()
    first = text.splitlines()[0] if text else type(error).__name__
    if "No space left" in text or "os error 28" in text:
        return f"{_SYSTEM[errno.ENOSPC]} ({first}). What was written before is kept; run the same command again."
    if "out of memory" in text.lower():
        return f"Out of memory ({first}). Ask with a smaller serving.batch_size or with quantization: nf4."
    return f"{type(error).__name__}: {first}. The same command with --debug shows where."
