"""lm-eval's options are read as its own command reads them; what makes no sense is refused with its name."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.asking import Wishes, plan_evaluation
from harness.cli.task_options import task_settings
from harness.config import Config
from harness.errors import HarnessError
from harness.task_settings import SEEDS, TaskSettings, parse_gen_kwargs

WRITTEN = [
    "temperature=0",
    "temperature=0.7,top_p=0.9,do_sample=true",
    "do_sample=False,max_gen_toks=64",
    'until=["\\n","Question:"]',
    "until=['a,b','c']",
    'until="stop, here",max_gen_toks=5',
    "max_gen_toks=1e2",
    "top_p=None",
    "seed=-3",
    "stop=</s>",
    "until=##",
    "a={'x': [1, 2]},b=(3, 4)",
    "name=value=with=signs",
    "system=Réponds,max_gen_toks=7",
    "until=句號。",
    "max_gen_toks=007",
    "x=1,,y=2",
    "x=",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_settings_of_generation_are_read_as_lm_eval_reads_them(text: str) -> None:
    from lm_eval._cli.utils import key_val_to_dict

    assert parse_gen_kwargs(text) == key_val_to_dict(text)


def test_an_object_of_json_is_taken_too_and_later_options_beat_earlier_ones() -> None:
    assert parse_gen_kwargs('{"until": ["\\n"], "temperature": 0.5}') == {"until": ["\n"], "temperature": 0.5}
    given = task_settings(["max_gen_toks=4,temperature=0", "max_gen_toks=9"], num_fewshot=None, samples=None)
    assert given == {"gen_kwargs": {"max_gen_toks": 9, "temperature": 0}}
    assert task_settings(None, num_fewshot=0, seed=None) == {"num_fewshot": 0}


@pytest.mark.parametrize("text", ["temperature", "=3", "a=1,b", '{"a": ', "[1]", "{'a': 1}"])
def test_what_is_no_setting_is_refused_with_what_it_should_be(text: str) -> None:
    with pytest.raises(HarnessError, match="Write it as temperature=0"):
        task_settings([text])


def test_a_megabyte_of_settings_takes_no_time() -> None:
    started = time.perf_counter()
    for text in ("a=" + "[" * 10**6, "a=" + "'," * 10**6, "," * 10**6, "a=1," * 10**5):
        with suppress(ValueError):
            parse_gen_kwargs(text)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("given", "seeds"),
    [
        ("42", (42,) * 4),
        (42, (42,) * 4),
        ("0,None,8,52", (0, None, 8, 52)),
        ("1,2,3", (1, 2, 3, 1234)),
        ([5, None, 7], (5, None, 7, 1234)),
        ("none", (None,) * 4),
        (None, (None,) * 4),
        (" 1 , 2 , 3 , 4 ", (1, 2, 3, 4)),
    ],
)
def test_seeds_are_one_or_four(given: object, seeds: tuple[int | None, ...]) -> None:
    assert TaskSettings.model_validate({"seed": given}).seed == seeds


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"fewshot_as_multiturn": True}, "needs apply_chat_template"),
        ({"num_fewshot": -1}, "num_fewshot"),
        ({"num_fewshots": 1}, "did you mean num_fewshot"),
        ({"seed": "1,2"}, "one number for all, or four"),
        ({"seed": "x"}, "no whole number"),
        ({"samples": '{"a": [0'}, "is no JSON"),
        ({"samples": "nowhere.json"}, "no file of it"),
        ({"samples": {"pocket_skill": []}}, "needs numbers of documents"),
        ({"samples": {"pocket_skill": [-1]}}, "counted from 0"),
        ({"samples": {"pocket_skill": [120]}}, "has 120, counted from 0"),
        ({"samples": {"pocket_skil": [0]}}, "Did you mean 'pocket_skill'"),
        ({"samples": {"pocket_choice": [0]}}, "No task among those asked named 'pocket_choice'"),
        ({"gen_kwargs": 3}, "gen_kwargs"),
        ({"gen_kwargs": "temperature"}, "is no key=value"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(row: dict[str, Any], said: str) -> None:
    from harness.asking import load_tasks

    with pytest.raises(HarnessError, match=said.replace("(", "\\(")):
        load_tasks((found := plan(row)).tasks, found.tasks.names)


def plan(row: dict[str, Any], config: Config | None = None, **wishes: Any) -> Any:
    wished = {"suite": "pocket", "base": "pocket", "tasks": ("pocket_skill",), **wishes}
    return plan_evaluation(config or Config(), Wishes(**wished, lm_eval=row), "harness evaluate")


def test_documents_are_chosen_in_one_way() -> None:
    with pytest.raises(HarnessError, match="--samples or by --task-limit"):
        plan({"samples": {"pocket_skill": [0]}}, task_limit=3)


def test_samples_lie_in_a_file_or_stand_in_the_option(tmp_path: Path) -> None:
    wanted = {"pocket_skill": [7, 2, 2]}
    (tmp_path / "samples.json").write_text(json.dumps(wanted))
    for given in (wanted, json.dumps(wanted), str(tmp_path / "samples.json")):
        assert TaskSettings.model_validate({"samples": given}).samples == {"pocket_skill": (2, 7)}


def test_the_command_line_beats_the_configuration_key_by_key() -> None:
    config = Config.model_validate({"lm_eval": {"num_fewshot": 5, "gen_kwargs": "temperature=0", "seed": 3}})
    settings = plan({"num_fewshot": 1}, config).tasks.settings
    assert (settings.num_fewshot, settings.gen_kwargs, settings.seed) == (1, {"temperature": 0}, (3,) * 4)


def test_a_run_is_another_under_other_settings_and_the_same_under_lm_evals_defaults() -> None:
    usual = plan({})
    spelled: dict[str, Any] = {
        "num_fewshot": None,
        "apply_chat_template": False,
        "gen_kwargs": {},
        "samples": {},
        "seed": list(SEEDS),
    }
    assert plan(spelled).identity() == usual.identity() and not usual.tasks.settings.told()
    others: list[dict[str, Any]] = [
        {"num_fewshot": 0}, {"num_fewshot": 2}, {"apply_chat_template": True}, {"system_instruction": ""},
        {"apply_chat_template": True, "fewshot_as_multiturn": False}, {"gen_kwargs": {"max_gen_toks": 3}},
        {"samples": {"pocket_skill": [1]}}, {"seed": 1}, {"confirm_run_unsafe_code": True},
    ]  # fmt: skip
    ids = {plan(row).default_id() for row in others} | {usual.default_id()}
    assert len(ids) == len(others) + 1
    chat = plan({"apply_chat_template": True}).identity()
    assert chat == plan({"apply_chat_template": True, "fewshot_as_multiturn": True}).identity()
    # A run without tasks is not touched by how they would be asked.
    assert plan({"num_fewshot": 2}, tasks=()).identity() == plan({}, tasks=()).identity()
    # What the manifest keeps says the same again.
    told = plan(random.Random(0).choice(others)).tasks.settings
    assert TaskSettings.model_validate(json.loads(json.dumps(told.told()))) == told
