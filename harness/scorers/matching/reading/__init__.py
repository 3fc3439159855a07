"""What of a text may be its answer: its own turn, sentences, clauses, markers, corrections; what a question asks.

It reads words of a dozen languages and knows neither numbers nor names.
From below: nothing.
"""

from harness.scorers.matching.reading.arithmetic import calculates
from harness.scorers.matching.reading.asking import AskedFor, asked_for, stem, stems
from harness.scorers.matching.reading.clauses import (
    contrasted,
    is_check,
    is_conceded,
    is_east_asian,
    is_note,
    is_offer,
    on_topic,
    speaks_of_before,
    without_late_reason,
    without_reasons,
)
from harness.scorers.matching.reading.corrections import corrections
from harness.scorers.matching.reading.denials import denials
from harness.scorers.matching.reading.markers import conclusions, is_conclusion, markers, without_opening_marker
from harness.scorers.matching.reading.passages import (
    ECHOED,
    WORD,
    bare_words,
    blank,
    own_turn,
    readable,
    sentences,
    without_echo,
)

__all__ = [
    "ECHOED",
    "WORD",
    "AskedFor",
    "asked_for",
    "bare_words",
    "blank",
    "calculates",
    "conclusions",
    "contrasted",
    "corrections",
    "denials",
    "is_check",
    "is_conceded",
    "is_conclusion",
    "is_east_asian",
    "is_note",
    "is_offer",
    "markers",
    "on_topic",
    "own_turn",
    "readable",
    "sentences",
    "speaks_of_before",
    "stem",
    "stems",
    "without_echo",
    "without_late_reason",
    "without_opening_marker",
    "without_reasons",
]
