"""Adapters that were saved with a chat template of their own: asked with it where all can be, or named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.asking import Wishes, plan_evaluation
from harness.asking.own_templates import lend_template
from harness.config import Config
from harness.errors import HarnessError
from harness.models import find_base, load_tokenizer, read_adapter
from harness.pocket import pocket_path
from tests.conftest import run_harness
from tests.support.adapter_kinds import make_adapter

OURS = json.loads((pocket_path() / "tokenizer_config.json").read_text())["chat_template"]
OTHER = "{% for message in messages %}[{{ message['role'] }}] {{ message['content'] }}{% endfor %}"
Saved = Callable[..., Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    def make(name: str, template: str | None = None, jinja: bool = True, tokens: tuple[str, ...] = ()) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        save_file({"a.lora_A.weight": np.ones((1, 1))}, folder / "adapter_model.safetensors")
        config = {"peft_type": "LORA", "r": 1, "base_model_name_or_path": "pocket"}
        (folder / "adapter_config.json").write_text(json.dumps(config))
        settings: dict[str, object] = {} if template is None or jinja else {"chat_template": template}
        if tokens:
            settings["added_tokens_decoder"] = {str(767 - n): {"content": one} for n, one in enumerate(tokens)}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
        if template is not None and jinja:
            (folder / "chat_template.jinja").write_text(template)
        return folder

    return make


def lent(bare: bool, *folders: Path) -> tuple[str | None, tuple[str, ...]]:
    """(the chat template that is asked with, who is not asked with its own)."""
    tokenizer = load_tokenizer(find_base("pocket"))
    if bare:
        tokenizer.chat_template = None
    named = lend_template(tokenizer, [read_adapter(folder.name, folder) for folder in folders])
    return tokenizer.chat_template, named


def test_a_base_without_a_template_takes_the_one_that_all_adapters_agree_on(saved: Saved) -> None:
    a, b, silent = saved("a", OTHER), saved("b", OTHER, jinja=False), saved("silent")
    assert lent(True, a, b, silent) == (OTHER, ())
    assert lent(True, silent) == (None, ())
    assert lent(True, a, saved("c", OURS)) == (None, ("a", "c"))


def test_a_base_with_a_template_keeps_it_and_names_who_was_saved_with_another(saved: Saved) -> None:
    spaced = OURS.replace("{% for", "{%  for")
    assert lent(False, saved("same", OURS), saved("spaced", spaced), saved("none")) == (OURS, ())
    assert lent(False, saved("other", OTHER)) == (OURS, ("other",))


def test_a_template_of_tokens_that_the_base_does_not_know_is_not_taken(saved: Saved) -> None:
    strange = saved("strange", OTHER, tokens=("<|im_start|>",))
    assert lent(True, strange) == (None, ("strange",))
    assert lent(False, saved("same", OURS, tokens=("<|im_start|>",))) == (OURS, ("same",))
    assert lent(True, saved("known", OTHER, tokens=("</s>",))) == (OTHER, ())


def test_the_plan_says_who_is_not_asked_with_its_own_where_a_chat_template_is_asked_with(saved: Saved) -> None:
    place = saved("other", OTHER)
    wishes = Wishes((f"other={place}",), base="pocket", suite="pocket", tasks=(), limit=2)
    for prompt, named in (("chat", ("other",)), ("alpaca", ())):
        plan = plan_evaluation(Config(prompt=prompt), wishes, "")
        assert plan.notes["unasked_templates"] == named


def test_a_base_without_a_template_is_asked_by_its_adapters(saved: Saved, tmp_path: Path) -> None:
    bare = shutil.copytree(pocket_path(), tmp_path / "bare")
    settings = json.loads((bare / "tokenizer_config.json").read_text())
    del settings["chat_template"]
    (bare / "tokenizer_config.json").write_text(json.dumps(settings))
    place, config = saved("other", OTHER), Config(prompt="chat")
    plan = plan_evaluation(config, Wishes((f"other={place}",), str(bare), "pocket", (), limit=2), "")
    assert plan.template.render("Why?", "").startswith("[user] Why?") and plan.notes["unasked_templates"] == ()
    with pytest.raises(HarnessError, match="takes the chat template of a tokenizer, and there is none"):
        plan_evaluation(config, Wishes((), str(bare), "pocket", (), limit=2), "")


@pytest.mark.slow
def test_the_terminal_and_the_audit_name_the_adapter(tmp_path: Path) -> None:
    place = make_adapter(tmp_path / "other", pocket_path())
    (place / "chat_template.jinja").write_text(OTHER)
    (tmp_path / "harness.yaml").write_text("prompt: chat\n")
    done = run_harness(
        "evaluate", "--base", "pocket", "--adapters", "other=other", "--suite", "pocket", "--limit", "4", "--tasks", "",
        "--run", "chat", "--no-report", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0 and "Adapter 'other' was saved with a chat template" in done.stderr
    summary = json.loads((tmp_path / "runs/eval/chat/summary.json").read_text())
    assert [row["variants"] for row in summary["warnings"] if row["code"] == "adapter_template_unused"] == [["other"]]
