"""Where another turn begins in a text: by a header of its own prompt template, or by another speaker's heading.

Pure: a text and the lines of its template in, places of the text out.
From below: scorers.thoughts.
"""

from harness.scorers.turns.headings import Heading
from harness.scorers.turns.leaks import leak_spans, written_leaks
from harness.scorers.turns.marks import ENDS, TURN_MARKS, text_start, user_turn, without_special_tokens
from harness.scorers.turns.roles import role_headings, told
from harness.scorers.turns.special_tokens import SpecialTokens, cut_written, place_shown, with_special

__all__ = [
    "ENDS",
    "TURN_MARKS",
    "Heading",
    "SpecialTokens",
    "cut_written",
    "leak_spans",
    "place_shown",
    "role_headings",
    "text_start",
    "told",
    "user_turn",
    "with_special",
    "without_special_tokens",
    "written_leaks",
]
