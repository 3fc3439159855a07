"""Several variants asked at once, by generators that cannot share and in the order for those that can."""

from __future__ import annotations

from pathlib import Path

from harness.config import Generation, Serving
from harness.generators import PromptsOf, generate_all, open_generator
from harness.generators.sharing import SharesBatches, in_turn
from harness.models import Weights
from harness.records import Prompt, Response
from harness.store import RunFolder


def test_rows_take_turns_and_none_is_lost() -> None:
    rows = [
        [Prompt(f"{name}{number}", "") for number in range(count)] for name, count in (("a", 3), ("b", 1), ("c", 2))
    ]
    assert [(place, prompt.question_id) for place, prompt in in_turn(rows)] == [
        (0, "a0"), (1, "b0"), (2, "c0"), (0, "a1"), (2, "c1"), (0, "a2"),
    ]  # fmt: skip
    assert list(in_turn([])) == []


def test_who_cannot_share_is_asked_one_after_the_other(tmp_path: Path) -> None:
    names = ("1", "2")
    RunFolder(tmp_path).append_responses(Response("base", "s", name, f"own. {name}", "0") for name in names)
    generator = open_generator("recorded", Weights("recorded", str(tmp_path), ""), [], Serving())
    assert not isinstance(generator, SharesBatches)
    asked = [PromptsOf("base", [Prompt(name, "")], Generation()) for name in names]
    found = [(place, row.text) for place, batch in generate_all(generator, asked) for row in batch]
    assert found == [(0, "own. 1"), (1, "own. 2")]
