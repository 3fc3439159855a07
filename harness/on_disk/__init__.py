"""More than memory should hold, in temporary files without a name: rows, rows by key, columns of figures.

What is few stays in memory. The files are gone when nobody holds them any more, be it that the process was killed.
From below: nothing.
"""

from harness.on_disk.figures import Figures
from harness.on_disk.keyed import Keyed, repeated
from harness.on_disk.spool import Spool

__all__ = ["Figures", "Keyed", "Spool", "repeated"]
