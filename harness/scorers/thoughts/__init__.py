"""Where a text thinks and where it answers: the tags of thoughts, used and spoken of.

Pure: a text and its tags in, places of the text out.
From below: records.
"""

from harness.scorers.thoughts.blocks import Thinking, find_thinking
from harness.scorers.thoughts.mentions import is_mention
from harness.scorers.thoughts.tags import KNOWN, holds_tag

__all__ = ["KNOWN", "Thinking", "find_thinking", "holds_tag", "is_mention"]
