"""How much of a text says again what it said before, but for a counter, a name or a few words.

Pure: a text in, a share out.
From below: nothing.
"""

from harness.scorers.repeating.near_repetition import MANY, near_repetition

__all__ = ["MANY", "near_repetition"]
