"""watch"""

from harness.watch.plan import Watching, find_against
from harness.watch.trend import headline, line
from harness.watch.watching import publish, watch

__all__ = ["Watching", "find_against", "headline", "line", "publish", "watch"]
