"""What a recorded row says of its own asking: whether it failed, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ERRORS = ("error", "errors", "error_message", "exception", "traceback")
"""Columns that say what went wrong, and are empty where nothing did."""
_STATUSES = ("status", "state", "outcome")
_FAILED = {"failed", "failure", "error", "errored", "expired", "cancelled", "canceled", "timeout", "timed_out"}
_NOTHING = {"", "none", "null", "nan", "n/a", "no", "false", "0", "ok", "success"}
"""How a column says in words that nothing went wrong."""
_ASSERTED = {1, "1", "assert"}
"""promptfoo's reasons for a case that was answered and did not satisfy its assertions; 2 is an error."""
_HTTP_ERROR = 400


def failure_of(row: Mapping[str, Any], text: str | None) -> str | None:
    """Why there is no answer in the row, on one line; None where its text is one.

    An error counts whatever stands beside it, but for promptfoo's, which also says there why an answer was not right.
    What only says that it did not succeed counts where the text is empty, and so does a text that the provider's
    filter kept back: nobody knows what the model wrote.
    """
    empty = not (text or "").strip()
    if _plain(row.get("failureReason")) in _ASSERTED and not empty:
        return None
    for column in _ERRORS:
        if said := _said(row.get(column)):
            return said
    if _plain(row.get("failureReason")) in (2, "2", "error"):
        return "failureReason is ERROR"
    for column in _STATUSES:
        if _plain(row.get(column)) in _FAILED:
            return f"{column} is {row[column]}"
    for column in (*_STATUSES, "status_code"):
        if _is_http_error(row.get(column)):
            return f"{column} is {row[column]}"
    if empty and (row.get("success") is False or row.get("ok") is False):
        return "it did not succeed"
    return "content_filter" if empty and row.get("finish_reason") == "content_filter" else None


def _said(error: Any) -> str:
    """An error in words; "" where it is none."""
    if isinstance(error, Mapping):
        if isinstance(error.get("error"), Mapping):
            return _said(error["error"])
        parts = [error.get(key) for key in ("code", "type", "message") if isinstance(error.get(key), str | int)]
        return " ".join(" ".join(map(str, parts or error.values())).split()) if any(error.values()) else ""
    if isinstance(error, list):
        return next(filter(None, map(_said, error)), "")
    if isinstance(error, str):
        return "" if error.strip().casefold() in _NOTHING else " ".join(error.split())
    if error is True:
        return "error"
    # A figure between 0 and 1 under that name is a measure of the answer.
    return f"error {error}" if _is_http_error(error) else ""


def _is_http_error(value: Any) -> bool:
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    return isinstance(number, int) and not isinstance(number, bool) and _HTTP_ERROR <= number < 600


def _plain(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value
