"""Full models beside adapters: each in a load of its own, in one run, one comparison and one report."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.asking import Wishes, missing, plan_evaluation
from harness.config import Config, Serving
from harness.errors import HarnessError
from harness.evaluate import evaluate
from harness.gate import check_run, load_policy
from harness.models import find_base, find_tuned, load_model, load_tokenizer
from harness.pocket import pocket_path
from harness.records import Variant
from harness.report import render_report
from harness.store import AskedModel, RunFolder, read_jsonl, read_run
from harness.training import merge, plan_training
from tests.conftest import run_harness

QUICK = Config(generation={"max_new_tokens": 24})


@pytest.fixture(scope="module")
def folder(trained: Path) -> Iterator[Path]:
    """The working folder of the trained adapters, with orpo merged into its base as well."""
    before = Path.cwd()
    os.chdir(trained)
    merge(plan_training("orpo", None, Config(), {}), Path("runs/train/orpo"))
    yield trained
    os.chdir(before)


@pytest.fixture(scope="module")
def run(folder: Path) -> RunFolder:
    """Base, an adapter, its merged model, and the base once more as a full model."""
    wishes = Wishes(
        adapters=("merged=runs/train/orpo/merged", "orpo", "again=pocket"), tasks=("pocket_choice",), limit=48,
        task_limit=48,
        noise_floor=True,
    )  # fmt: skip
    found = RunFolder(Path("runs/eval/models").resolve())
    evaluate(plan_evaluation(QUICK, wishes, "harness evaluate"), found)
    return found


def answers(run: RunFolder, variant: str) -> dict[str, str]:
    return {question: row.text for (name, question), row in read_run(run).responses.items() if name == variant}


def asked_model(run: RunFolder, variant: str) -> AskedModel:
    return (read_run(run).manifest.models or {})[variant]


def agreement(run: RunFolder, first: str, second: str) -> float:
    a, b = answers(run, first), answers(run, second)
    assert a.keys() == b.keys() and a
    return sum(a[key] == b[key] for key in a) / len(a)


@pytest.mark.slow
def test_a_merged_model_answers_as_its_adapter_and_the_base_as_itself(run: RunFolder) -> None:
    assert [(one.name, one.kind) for one in read_run(run).summary.variants] == [
        ("base", "base"), ("orpo", "adapter"), ("merged", "model"), ("again", "model"),
    ]  # fmt: skip
    assert agreement(run, "merged", "orpo") >= 0.98
    assert agreement(run, "again", "base") == 1
    assert agreement(run, "merged", "base") < 1, "merged is the base under another name"
    found = read_run(run).summary
    assert found.benchmarks["again"] == found.benchmarks["base"]
    assert found.benchmarks["merged"] == found.benchmarks["orpo"]
    assert set(found.noise) == {"base", "orpo", "merged", "again"}
    pairs = {(row.baseline, row.variant) for row in found.comparisons if row.metric == "words"}
    assert {("base", "orpo"), ("base", "merged"), ("base", "again"), ("orpo", "merged")} <= pairs


@pytest.mark.slow
def test_the_manifest_says_what_each_model_is_and_how_it_was_loaded(run: RunFolder) -> None:
    manifest = read_run(run).manifest
    merged, again = asked_model(run, "merged"), asked_model(run, "again")
    assert merged.digest == find_base(merged.path).digest == manifest.identity["model merged"]
    assert merged.merged_from.base.digest == manifest.base.digest == again.digest
    assert merged.precision == again.precision == manifest.base.precision == "float32"


@pytest.mark.slow
def test_reports_and_the_gate_take_full_models_as_they_take_adapters(run: RunFolder) -> None:
    for template in ("summary", "assignment"):
        (page,) = render_report(read_run(run), template, "en", ["html"])
        assert "merged" in page.read_text() and "a full model, loaded on its own" in page.read_text()
    found = check_run(read_run(run), read_run(run), load_policy(None))
    assert ("merged", "merged") in found.pairs and {row.variant for row in found.findings} == {
        "orpo",
        "merged",
        "again",
    }


@pytest.mark.slow
def test_a_stopped_run_goes_on_and_loads_only_the_model_that_lacks_something(run: RunFolder, folder: Path) -> None:
    part = RunFolder(shutil.copytree(run.path, folder / "runs" / "eval" / "part"))
    path = part.path / "responses.jsonl"
    rows = list(read_jsonl(path))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if (row["variant"], row["question_id"]) not in {
        ("again", rows[0]["question_id"]), ("again", rows[1]["question_id"]),
    }))  # fmt: skip
    (part.path / "benchmarks" / "again.json").unlink()
    # Without a tokenizer a model cannot be loaded: whoever tries is found out. It is no part of the weights' digest.
    moved = shutil.copytree(folder / "runs" / "train" / "orpo" / "merged", folder / "moved")
    (moved / "tokenizer.json").write_text("none")
    wishes = Wishes(
        ("merged=moved", "orpo", "again=pocket"), tasks=("pocket_choice",), limit=48, noise_floor=True, task_limit=48
    )
    plan = plan_evaluation(QUICK, wishes, "harness evaluate")
    gaps = missing(plan, read_run(part))
    assert (gaps.questions, gaps.tasks) == (2, (("again", "pocket_choice"),))
    assert evaluate(plan, part).summary.metrics == read_run(run).summary.metrics
    assert len(list(read_jsonl(path))) == len(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row["variant"] != "merged"))
    with pytest.raises(HarnessError, match="tokenizer of .*moved does not load"):
        evaluate(plan, part)


@pytest.mark.slow
def test_a_model_with_a_chat_template_of_its_own_is_asked_by_it_and_compared(folder: Path) -> None:
    chatty = shutil.copytree(pocket_path(), folder / "chatty")
    settings = json.loads((chatty / "tokenizer_config.json").read_text())
    settings["chat_template"] = settings["chat_template"].replace("<|assistant|>", "[its turn]")
    (chatty / "tokenizer_config.json").write_text(json.dumps(settings))
    found = RunFolder(folder / "runs" / "eval" / "chat")
    config = QUICK.model_copy(update={"prompt": "chat"})
    wishes = Wishes(("chatty=chatty", "same=pocket"), base="pocket", tasks=(), limit=6)
    summary = evaluate(plan_evaluation(config, wishes, "harness evaluate"), found).summary
    prompts = {key: row.prompt_sha256 for key, row in read_run(found).responses.items()}
    ids = [question.id for question in read_run(found).questions]
    assert all(prompts["chatty", id] != prompts["base", id] == prompts["same", id] for id in ids)
    assert "[its turn]" in read_run(found).manifest.headers("chatty")
    assert read_run(found).manifest.own_prompt("same") is None
    for prompt, same in (("alpaca", True), ("chat", False)):
        asked = QUICK.model_copy(update={"prompt": prompt, "suite": "pocket"})
        plans = [plan_evaluation(asked, Wishes((), base=base, tasks=(), limit=6), "") for base in ("pocket", "chatty")]
        assert (plans[0].identity() == plans[1].identity()) is same, "a run goes on with the prompts that it began with"
    words = next(row for row in summary.comparisons if (row.variant, row.metric) == ("chatty", "words"))
    assert (words.n, words.unpaired) == (6, 0)
    codes = {row.code: row.variants for row in summary.warnings}
    assert codes["own_chat_template"] == ("chatty",) and "prompts_differ" not in codes


@pytest.mark.slow
def test_a_quantized_model_is_served_as_it_is_kept_and_that_is_said(folder: Path) -> None:
    pytest.importorskip("bitsandbytes")
    base = find_base("pocket")
    load_model(base, "float32", "nf4").save_pretrained(folder / "four")
    load_tokenizer(base).save_pretrained(folder / "four")
    found = RunFolder(folder / "runs" / "eval" / "four")
    wishes = Wishes(("four=four",), base="pocket", tasks=(), limit=6)
    summary = evaluate(plan_evaluation(QUICK, wishes, "harness evaluate"), found).summary
    assert asked_model(found, "four").precision == "bitsandbytes nf4"
    assert "model_precision_differs" in {row.code for row in summary.warnings}
    # The base asked in 4 bits is the same weights, quantized while they are loaded.
    config = QUICK.model_copy(update={"serving": Serving(quantization="nf4")})
    other = RunFolder(folder / "runs" / "eval" / "fours")
    summary = evaluate(plan_evaluation(config, wishes, "harness evaluate"), other).summary
    assert "model_precision_differs" not in {row.code for row in summary.warnings}
    assert agreement(other, "four", "base") == 1
    assert answers(other, "four") == answers(found, "four")


@pytest.mark.slow
def test_models_and_adapters_of_the_hub_are_told_apart_by_what_they_hold(folder: Path, tmp_path: Path) -> None:
    into_cache(tmp_path, "models--org--tiny", pocket_path())
    into_cache(tmp_path, "models--org--lora", folder / "runs" / "train" / "orpo")
    done = run_harness(
        "evaluate", "--adapters", "full=org/tiny,lora=org/lora,dpo", "--limit", "4", "--tasks", "", "--run", "hub",
        "--no-report", folder=folder, HF_HUB_CACHE=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = RunFolder(folder / "runs" / "eval" / "hub")
    kinds = [(variant.name, variant.kind) for variant in read_run(found).summary.variants]
    assert kinds == [("base", "base"), ("lora", "adapter"), ("dpo", "adapter"), ("full", "model")]
    assert asked_model(found, "full").digest == "commit:abc123"
    assert answers(found, "full") == answers(found, "base")


def into_cache(cache: Path, repository: str, source: Path) -> None:
    """Lays a folder down as the hub's client would have, had it downloaded it."""
    snapshot = cache / repository / "snapshots" / "abc123"
    shutil.copytree(source, snapshot, ignore=shutil.ignore_patterns("checkpoints", "merged"))
    (cache / repository / "refs").mkdir()
    (cache / repository / "refs" / "main").write_text("abc123")


def test_what_lies_at_a_place_decides_what_it_is(tmp_path: Path) -> None:
    model = shutil.copytree(pocket_path(), tmp_path / "model")
    _, (found,) = find_tuned({"mine": str(model)})
    assert found.variant() == Variant("mine", "model", None, find_base(str(model)).digest, str(model))
    # A folder with both files is the adapter: some keep their base's configuration beside it.
    (model / "adapter_config.json").write_text("{}")
    with pytest.raises(HarnessError, match="Adapter 'mine'"):
        find_tuned({"mine": str(model)})


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere/at/all", "there is no folder nowhere/at/all"),
        ("no/model", r"'x': there is no folder no/model\. No model 'no/model' on the hub or in its cache"),
        (".", "has no adapter_model.safetensors. Give the folder that PEFT saved, or one of a full model"),
    ],
)
def test_what_is_neither_is_refused_in_one_line(
    place: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HarnessError, match=said) as refusal:
        find_tuned({"x": place})
    assert "\n" not in str(refusal.value)


def test_a_models_torn_or_pickled_weights_are_refused(tmp_path: Path) -> None:
    torn = shutil.copytree(pocket_path(), tmp_path / "torn")
    (torn / "model.safetensors").write_bytes((pocket_path() / "model.safetensors").read_bytes()[:-9])
    with pytest.raises(HarnessError, match="Model 'x': .* is corrupt or was cut short"):
        find_tuned({"x": str(torn)})
    (torn / "model.safetensors").rename(torn / "pytorch_model.bin")
    with pytest.raises(HarnessError, match="only a pickle"):
        find_tuned({"x": str(torn)})


def test_a_model_that_names_no_base_needs_one_to_be_compared_with(tmp_path: Path) -> None:
    lone = shutil.copytree(pocket_path(), tmp_path / "lone")

    def plan(**more: Any) -> Any:
        return plan_evaluation(QUICK, Wishes((f"lone={lone}",), suite="pocket", tasks=(), **more), "")

    with pytest.raises(HarnessError, match="'lone' does not name the base that it was made of. Give it with --base"):
        plan()
    assert plan(base="pocket").base.is_pocket
    (lone / "merged_from.json").write_text(json.dumps({"base": {"name": "pocket"}}))
    assert plan().base.is_pocket
