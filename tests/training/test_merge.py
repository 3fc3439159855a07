"""Merged weights: a model of its own that answers as the adapter does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import run_harness


@pytest.mark.slow
def test_a_merged_model_answers_as_its_adapter_does(trained: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from harness.pocket import pocket_path
    from harness.pocket.corpus import as_prompt
    from harness.pocket.datasets import questions

    again = ["train", "orpo", "--set", "max_steps=12", "--set", "save_steps=4", "--merge"]
    done = run_harness(*again, folder=trained)
    merged = trained / "runs" / "train" / "orpo" / "merged"
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "runs/train/orpo/merged", done.stderr
    assert list(merged.glob("*.safetensors")) and not list(merged.glob("*.bin"))
    written = (merged / "merged_from.json").stat().st_mtime_ns

    tokenizer = AutoTokenizer.from_pretrained(merged, padding_side="left")
    prompts = [as_prompt(str(row["question"])) for row in questions()[:8]]
    batch = tokenizer(prompts, return_tensors="pt", padding=True)
    base = AutoModelForCausalLM.from_pretrained(pocket_path(), dtype="float32")
    adapted = PeftModel.from_pretrained(base, str(trained / "runs" / "train" / "orpo"))
    expected = adapted.generate(**batch, max_new_tokens=24, do_sample=False).tolist()
    alone = AutoModelForCausalLM.from_pretrained(merged, dtype="auto")
    assert alone.generate(**batch, max_new_tokens=24, do_sample=False).tolist() == expected
    untuned = AutoModelForCausalLM.from_pretrained(pocket_path(), dtype="float32")
    changed = (alone.get_parameter("model.layers.0.self_attn.q_proj.weight")
               - untuned.get_parameter("model.layers.0.self_attn.q_proj.weight"))  # fmt: skip
    assert float(changed.detach().abs().max()) > 0

    assert run_harness(*again, folder=trained).returncode == 0
    assert (merged / "merged_from.json").stat().st_mtime_ns == written
