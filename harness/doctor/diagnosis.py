"""One thing that was looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnosis:
    """One thing that is there or not."""

    what: str
    there: bool
    says: str
    mend: str = ""
    blocking: bool = False
    """Without it, a command of the harness cannot work at all."""

    def line(self) -> str:
        """As the command prints it: ok, without (some command does with less) or MISSING, and what mends it."""
        mark = "ok     " if self.there else "MISSING" if self.blocking else "without"
        return f"{mark}  {self.what:<22} {self.says}" + (f"  →  {self.mend}" if self.mend and not self.there else "")
