"""Whatever a row holds, it is read or dropped with a reason."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.preferences.columns import PAIRS, SYSTEMS, TALKS, TEXTS
from harness.data.preferences.preference import Unusable
from harness.data.preferences.shapes import read_row

NAMES = sorted({
    *TALKS, *TEXTS, *SYSTEMS, *(name for pair in PAIRS for name in pair), "generations", "ratings", "answers", "output",
    "response_a", "response_b", "winner", "winner_model_a", "response_0", "response_1", "score_0", "score_1", "label",
    "overall_preference", "completion", "rejected_response", "margin", "score_chosen", "score_rejected", "responses",
})  # fmt: skip
SAID = st.sampled_from(
    ["", "q", "a", "\n\nHuman: q\n\nAssistant: a", "Human: q\n\nAssistant:", "[1]", "model_a", "tie"]
)
ROLES = st.sampled_from(["user", "assistant", "system", "human", "gpt", "tool", None, 5])
SCALARS = (
    SAID | st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([float("nan"), float("inf"), 1e300, 0.5])
)
MESSAGES = st.fixed_dictionaries({"role": ROLES, "content": SAID | st.none()}) | st.fixed_dictionaries(
    {"from": ROLES, "value": SAID}
)
VALUES = st.recursive(
    SCALARS | MESSAGES | st.lists(MESSAGES, max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["messages", "text", "answer", "score", "rank", "content"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=1500, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6) | VALUES)
def test_a_row_is_a_preference_or_has_a_reason(row: Any) -> None:
    try:
        said = read_row(row).preference
    except Unusable as reason:
        assert str(reason)
        return
    assert said.turns[-1][0] == "user" and (said.chosen, said.rejected) != (None, None)
    assert all(isinstance(text, str) for text in (*(text for _, text in said.turns), said.chosen or said.rejected))
    assert [role for role, _ in said.turns].count("system") == (said.turns[0][0] == "system")


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "q", "answers": [{"rank": 1}, {"answer": "a", "rank": 2}]},
        {"prompt": "q", "output": [None, "a"]},
        {"prompt": "q", "responses": [None, None], "chosen": 0},
        {"instruction": "q", "history": [5], "chosen": "a", "rejected": "b"},
        {"instruction": "q", "history": [["a"]], "chosen": "a", "rejected": "b"},
        {"prompt": "q", "response_0": "a", "response_1": "b", "better_response_id": float("inf")},
        {"prompt": "q", "responses": ["a", "b"], "chosen": float("inf")},
    ],
)
def test_what_lacks_an_answer_is_dropped(row: dict[str, Any]) -> None:
    with pytest.raises(Unusable):
        read_row(row)
