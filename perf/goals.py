"""What is asked of a card, by the key under which a visit's findings are kept."""

from __future__ import annotations

from dataclasses import dataclass

PRECISIONS = ("float32", "bfloat16")
_ENGINES = {"vllm": "vLLM on the card", "transformers": "Transformers on the card"}
_EQUAL = "every answer, or log-probabilities within rounding where it first differs"
_ALIVE = "log-probabilities are not the base's, and are PEFT's; in float32 on a card, refused in one line"
_METHODS = {"dpo": "DPO", "orpo": "ORPO", "skewed": "DPO on pairs of skewed lengths"}


@dataclass(frozen=True)
class Goal:
    """One thing that a visit finds out."""

    part: str
    what: str
    goal: str = ""
    """"" where nothing was promised."""


def _embedded() -> dict[str, Goal]:
    found: dict[str, Goal] = {}
    for precision in PRECISIONS:
        figures = "all equal" if precision == "float32" else "within 1e-3"
        for engine, words in _ENGINES.items():
            found[f"embedded/answers/{engine}/{precision}"] = Goal(
                "embedded", f"{words}, {precision}: answers beside the CPU's", _EQUAL
            )
            found[f"embedded/figures/{engine}/{precision}"] = Goal(
                "embedded", f"{words}, {precision}: figures beside those of lm-eval's own command", figures
            )
        found[f"embedded/alive/{precision}"] = Goal("embedded", f"vLLM, {precision}: adapters are alive", _ALIVE)
    found["embedded/again"] = Goal("embedded", "vLLM: the same questions in batches of another order", _EQUAL)
    found["embedded/alone"] = Goal(
        "embedded", "vLLM, bfloat16: the base in an engine of its own, beside one that adapters share", _EQUAL
    )
    return found


def _adapters() -> dict[str, Goal]:
    return {
        "adapters/speed": Goal("adapters", "base and four adapters in one engine: tokens a second"),
        "adapters/per-token": Goal("adapters", "base and four adapters: time a token beside base alone", "≤ 1.25 ×"),
        "adapters/processes": Goal("adapters", "one command beside five lm_eval processes", "≤ 0.40 ×"),
        "adapters/choices": Goal("adapters", "choices with five shots, base alone, beside lm_eval"),
        "adapters/memory": Goal("adapters", "the most memory of the card that was taken"),
    }


def _training() -> dict[str, Goal]:
    found: dict[str, Goal] = {}
    for method, words in _METHODS.items():
        faster = "≤ 0.67 ×" if method == "skewed" else "≤ 1.00 ×"
        found |= {
            f"training/{method}/speed": Goal("training", f"{words}: pairs a second", "≥ 35 % of the roofline"),
            f"training/{method}/ratio": Goal("training", f"{words}: seconds beside plain TRL", faster),
            f"training/{method}/losses": Goal("training", f"{words}: losses beside plain TRL", "within 1e-3"),
            f"training/{method}/memory": Goal(
                "training", f"{words}: the most memory that torch held", "≤ 12 GB" if method == "dpo" else ""
            ),
        }
    return found


GOALS: dict[str, Goal] = {
    "doctor/card": Goal("doctor", "the card, its driver and what is installed"),
    "doctor/says": Goal("doctor", "harness doctor"),
    **_embedded(),
    **_adapters(),
    **_training(),
    "together/sweep": Goal("together", "two trainings of a sweep on one card", "both end well"),
    "together/watch": Goal("together", "harness watch beside the training that it watches", "both end well"),
    "sharded/fsdp-qlora": Goal("sharded", "FSDP-QLoRA on two cards", "ends well"),
}

PARTS = {
    "doctor": "the card and what is installed",
    "embedded": "the embedded model: right answers and figures",
    "adapters": "a base of 7B with four adapters: how fast it is asked",
    "training": "a base of 7B in NF4: how fast it is trained",
    "together": "several on one card",
    "sharded": "one training on two cards",
}
"""What each part is about, most valuable first."""


VERDICTS = {True: "passed", False: "NOT passed", None: "found"}
"""What a finding is called, by whether its goal is met."""


@dataclass(frozen=True)
class Finding:
    """What was found, under the key of a goal."""

    key: str
    said: str
    """In words, with the figures."""
    met: bool | None = None
    """None where nothing was promised, or where what was found does not say."""
    figures: tuple[tuple[str, float | str | None], ...] = ()
    """The same as numbers."""
