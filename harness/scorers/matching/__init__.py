"""scorers.matching"""

from harness.scorers.matching.judge import Grade, grade
from harness.scorers.matching.names import mention
from harness.scorers.matching.normal import plain
from harness.scorers.matching.passages import own_turn, without_echo

__all__ = ["Grade", "grade", "mention", "own_turn", "plain", "without_echo"]
