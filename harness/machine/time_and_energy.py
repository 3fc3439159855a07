"""What a training takes: seconds, and joules where the device counts them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from harness.machine.cards import joules


class Meter:
    """Counts on from what earlier processes of the same training had spent up to the checkpoint it goes on from."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        self._seconds = float(before.get("seconds") or 0.0)
        self._joules = before.get("joules", 0.0)
        self._began = time.monotonic()
        self._counter = joules(_place())

    def read(self) -> dict[str, float | None]:
        """{"seconds", "joules"}; joules are None where no device counted all of them."""
        now = joules(_place())
        seconds = round(self._seconds + time.monotonic() - self._began, 1)
        if now is None or self._counter is None or self._joules is None:
            return {"seconds": seconds, "joules": None}
        return {"seconds": seconds, "joules": round(self._joules + now - self._counter, 1)}


def _place() -> int:
    """Which of the cards is this process's, where a launcher has started one for each."""
    return int(os.environ.get("LOCAL_RANK", "0"))
