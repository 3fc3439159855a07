"""Mathematical expressions: which one an answer settles on, and whether it equals a key's, by math-verify and SymPy.

They work in a process of their own, so that no expression takes longer than its limit, in a thread as anywhere.
From below: nothing.
"""

from harness.scorers.matching.expressions.checking import relation
from harness.scorers.matching.expressions.final import final_expression

__all__ = ["final_expression", "relation"]
