"""Mathematical expressions: those that a text holds, and whether one equals a key's, by math-verify and SymPy.

They work in a process of their own, so that no expression takes longer than its limit, in a thread as anywhere.
From below: nothing.
"""

from harness.scorers.matching.expressions.checking import relation
from harness.scorers.matching.expressions.final import expressions_in, is_prose, last_words, shown, with_formulas

__all__ = ["expressions_in", "is_prose", "last_words", "relation", "shown", "with_formulas"]
