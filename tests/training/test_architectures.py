"""Any causal language model: every architecture of the table is estimated, trained, merged and asked."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config, Generation, Serving
from harness.errors import HarnessError
from harness.generators import Generator, open_generator
from harness.models import Weights, check_fit, find_base, load_model, load_tokenizer, read_adapter, switch_off_dropout
from harness.records import Prompt
from harness.store import Certificate, read_jsonl
from harness.training import Plan, dry_run, merge, plan_training, train
from harness.training.dry_run import DryRun
from tests.conftest import ROOT
from tests.support.adapter_kinds import changed
from tests.support.architectures import ARCHITECTURES, make_model, make_pairs

NAMES = list(ARCHITECTURES)
METHODS = ("dpo", "orpo", "kto", "simpo")
SERVING = Serving(dtype="float32", batch_size=4)
PROMPTS = [(5, 6, 7), tuple(range(20, 60)), tuple(range(100, 113)), tuple(range(60, 91))]
PAIRS = [(ids[:1], ids[1:]) for ids in PROMPTS]


@pytest.fixture(scope="module")
def base_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Weights]:
    folder = tmp_path_factory.mktemp("architectures")
    return lambda name: find_base(str(make_model(folder / name.replace(" ", "-"), name)))


@pytest.fixture(scope="module")
def plan_of(base_of: Callable[[str], Weights], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Plan]:
    """(architecture, method, settings) → a training of two steps on a few pairs."""
    pairs = make_pairs(tmp_path_factory.mktemp("pairs") / "pairs.jsonl")

    def plan(name: str, method: str, **settings: Any) -> Plan:
        targets = ARCHITECTURES[name].targets
        given = {
            "base": base_of(name).path, "data": str(pairs), "max_steps": 2, "per_device_train_batch_size": 4,
            "gradient_accumulation_steps": 1, "max_length": 96, "r": 4, "learning_rate": 1e-3, "prompt": "chat",
            "target_modules": targets if isinstance(targets, str) else list(targets),
        }  # fmt: skip
        return plan_training(method, None, Config(), {**given, **settings})

    return plan


@pytest.fixture(scope="module")
def trained(
    plan_of: Callable[..., Plan], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Plan, Path, Certificate]]:
    """Architecture → a finished training of it, each method by turns, made once."""
    folder, made = tmp_path_factory.mktemp("trained"), dict[str, tuple[Plan, Path, Certificate]]()

    def get(name: str) -> tuple[Plan, Path, Certificate]:
        if name not in made:
            plan, place = plan_of(name, METHODS[NAMES.index(name) % 4]), folder / name.replace(" ", "-")
            made[name] = plan, place, train(plan, place, "harness train")
        return made[name]

    return get


def looked_ahead(plan: Plan, folder: Path, **changed: Any) -> DryRun:
    """The dry run of the same training where the base's weights are not: nothing is timed."""
    folder.mkdir(exist_ok=True)
    for file in Path(plan.base.path).iterdir():
        if file.suffix != ".safetensors":
            (folder / file.name).write_bytes(file.read_bytes())
    base = replace(plan.base, path=str(folder))
    return dry_run(replace(plan, base=base, arguments={**plan.arguments, **changed}))


def peft_model(base: Weights, adapter: Path | None) -> Any:
    """Plain Transformers and PEFT, with nothing else loaded: the oracle."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base.path, dtype=torch.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (model if adapter is None else PeftModel.from_pretrained(model, str(adapter))).eval()


def says(model: Any) -> list[float]:
    import torch

    found = []
    with torch.inference_mode():
        for context, continuation in PAIRS:
            rows = torch.log_softmax(model(torch.tensor([[*context, *continuation]])).logits[0, :-1].float(), dim=-1)
            found.append(float(rows.gather(1, torch.tensor(continuation)[:, None]).sum()))
    return found


def writes(model: Any, ends: Sequence[int]) -> list[list[int]]:
    import torch
    from transformers import GenerationConfig

    model.generation_config = GenerationConfig(eos_token_id=list(ends), pad_token_id=0)
    answers = []
    for ids in PROMPTS:
        row = torch.tensor([ids])
        out = model.generate(input_ids=row, attention_mask=torch.ones_like(row), max_new_tokens=12, do_sample=False)
        answers.append(out[0, len(ids) :].tolist())
    return answers


def answers_of(engine: Generator, variant: str) -> list[str]:
    prompts = [Prompt(str(number), "", ids) for number, ids in enumerate(PROMPTS)]
    rows = [row for batch in engine.generate(variant, prompts, Generation(max_new_tokens=12)) for row in batch]
    return [str(row.text) for row in sorted(rows, key=lambda row: row.question_id)]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_trained_is_what_the_dry_run_counts(name: str, trained: Callable[..., Any], tmp_path: Path) -> None:
    plan, _, certificate = trained(name)
    seen = looked_ahead(plan, tmp_path / "x", max_length=64)
    assert seen.shape.trainable == certificate.trainable_parameters
    assert f"{certificate.trainable_parameters:,} trained" in seen.lines() and seen.idle == ()
    left_out = ARCHITECTURES[name].left_out
    assert seen.shape.left_out == left_out == tuple(certificate.hyperparameters.get("experts_left_out", ()))
    assert ("left out" in seen.lines()) == bool(left_out)
    assert "base_layer" not in certificate.hyperparameters["target_modules"]


@pytest.mark.parametrize("name", NAMES)
def test_base_and_adapter_answer_as_plain_transformers_and_peft_do_and_so_does_the_merged_model(
    name: str, trained: Callable[..., Any]
) -> None:
    plan, folder, _ = trained(name)
    adapter = read_adapter("tuned", folder)
    check_fit([adapter], plan.base, "transformers")
    engine = open_generator("transformers", plan.base, [adapter], SERVING)
    tokenizer = load_tokenizer(plan.base)
    ends = sorted(engine._decoder.ends)  # type: ignore[attr-defined]
    said = {}
    for variant, place in (("base", None), ("tuned", folder)):
        alone = peft_model(plan.base, place)
        said[variant] = says(alone)
        found = [row.total for row in engine.loglikelihoods(variant, PAIRS)]
        assert found == pytest.approx(said[variant], abs=1e-3), variant
        texts = [tokenizer.decode(ids, skip_special_tokens=True) for ids in writes(alone, ends)]
        assert answers_of(engine, variant) == texts, variant
    engine.close()
    assert max(abs(a - b) for a, b in zip(said["base"], said["tuned"], strict=True)) > 1e-3
    merged = find_base(str(merge(plan, folder)))
    assert says(peft_model(merged, None)) == pytest.approx(said["tuned"], abs=1e-2)


@pytest.mark.parametrize("name", NAMES)
def test_continuations_that_are_judged_alone_are_as_probable_as_in_whole_texts(
    name: str, base_of: Callable[[str], Weights]
) -> None:
    import torch

    base, pairs = base_of(name), [(ids[:-2], ids[-2:]) for ids in PROMPTS]
    engine = open_generator("transformers", base, [], SERVING)
    found = [row.total for row in engine.loglikelihoods("base", pairs)]
    engine.close()
    model = load_model(base, "float32", None).eval()
    expected = []
    for context, continuation in pairs:
        with torch.no_grad():
            rows = model(torch.tensor([[*context, *continuation]])).logits[0].float().log_softmax(-1)
        expected.append(sum(float(rows[len(context) - 1 + n, token]) for n, token in enumerate(continuation)))
    assert found == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_that_changes_its_base_is_refused_by_name_on_each(
    name: str, trained: Callable[..., Any], tmp_path: Path
) -> None:
    plan, folder, _ = trained(name)
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    adapters = [read_adapter("tuned", folder), read_adapter("moved", changed(tmp_path, init_lora_weights="pissa"))]
    with pytest.raises(HarnessError, match="'moved' was made by PiSSA"):
        check_fit(adapters, plan.base, "transformers")


@contextmanager
def kept_by(model: Any) -> Iterator[dict[str, int]]:
    """What PyTorch keeps for the backward pass beside the weights: bytes up to the head, and all."""
    import torch

    own = {one.untyped_storage().data_ptr() for one in (*model.parameters(), *model.buffers())}
    storages: dict[int, Any] = {}
    found: dict[str, int] = {}

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            storages[storage.data_ptr()] = storage
        return tensor

    def total() -> int:
        return sum(storage.nbytes() for storage in storages.values())

    head = model.get_base_model().get_output_embeddings()
    hook = head.register_forward_pre_hook(lambda *_: found.setdefault("to the head", total()) and None)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        yield found
    found["all"] = total()
    hook.remove()


@pytest.mark.parametrize("name", NAMES)
def test_the_estimate_is_what_a_step_on_a_cpu_holds(name: str, plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    import torch

    from harness.data import chat_template_of, load_template
    from harness.training.guards import Guard
    from harness.training.memory.step import _Ledger
    from harness.training.train import rows_of, training_arguments
    from harness.training.trainers import build_trainer, split_arguments

    method = METHODS[NAMES.index(name) % 4]
    plan = plan_of(name, method, max_steps=1)
    tokenizer, model = load_tokenizer(plan.base), load_model(plan.base, "float32", None)
    model.config.use_cache = False
    template = load_template("chat", (), chat_template_of(tokenizer, plan.day))
    pairs = rows_of(plan, plan.read(), template, tokenizer).train
    given, lora = split_arguments(method, plan.arguments)
    training = {**training_arguments(plan, given, False, False), "output_dir": str(tmp_path), "report_to": "none",
                "save_strategy": "no"}  # fmt: skip
    trainer = build_trainer(
        method, model, tokenizer, lora, training, (pairs, []), [], Guard("t", tmp_path, plan.data, pairs)
    )
    batch = trainer._prepare_inputs(next(iter(trainer.get_train_dataloader())))
    length = max(value.shape[1] for key, value in batch.items() if key.endswith("input_ids"))
    estimate = looked_ahead(plan, tmp_path / "x", max_length=length).memory

    own = [one for key, one in trainer.model.named_parameters() if ".lora_" not in key]
    lora_weights = [one for one in trainer.model.parameters() if one.requires_grad]
    assert estimate["weights"] == sum(one.nbytes for one in own)
    assert estimate["LoRA weights"] == sum(one.nbytes for one in lora_weights)

    # Up to the head, what PyTorch says that it keeps; nearly all of it is known exactly.
    ids = torch.randint(5, 300, (2 * 4 if method in ("dpo", "orpo", "simpo") else 4, length))
    mask = torch.ones_like(ids)
    mask[0, -9:] = 0
    with kept_by(trainer.model) as kept:
        trainer.model(input_ids=ids, attention_mask=mask, use_cache=False)
    assert kept["to the head"] <= estimate["activations"] <= 1.25 * kept["to the head"]

    # A step by TRL: what waits for the backward pass, and the most that is there at once.
    with kept_by(trainer.model) as kept:
        trainer.compute_loss(trainer.model, batch)
    beside = estimate["activations"] + estimate["their gradients, or logits"]
    assert kept["all"] <= beside
    for one in lora_weights:
        one.grad = torch.zeros_like(one)
    with _Ledger([*own, *lora_weights, *(one.grad for one in lora_weights), *trainer.model.buffers()]) as ledger:
        trainer.compute_loss(trainer.model, batch).backward()
    assert ledger.peak <= beside
    trainer.create_optimizer()
    trainer.optimizer.step()
    states = [value for state in trainer.optimizer.state.values() for key, value in state.items() if key != "step"]
    assert estimate["optimizer"] == sum(value.nbytes for value in states)


@pytest.mark.parametrize("name", NAMES)
def test_the_log_probabilities_that_dpo_trains_on_are_the_models_own(
    name: str, base_of: Callable[[str], Weights]
) -> None:
    import torch
    from trl.trainer.utils import add_fused_lm_head

    model = peft_model(base_of(name), None)
    add_fused_lm_head(model)
    ids = torch.randint(5, 300, (2, 24))
    with torch.no_grad():
        fused = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids, fused_lm_head=True).log_probs
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[:, :-1]
    own = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    assert torch.allclose(fused[:, -23:], own, atol=1e-4)


@pytest.mark.parametrize("name", ["GPT-2", "Llama", "Phi-3", "Mixtral", "OPT", "Falcon", "Mamba"])
def test_what_nf4_packs_is_what_transformers_quantizes(name: str, plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    plan = plan_of(name, "orpo", quantization="nf4")
    seen = looked_ahead(plan, tmp_path / "x", max_length=64)
    model = load_model(plan.base, "float32", "nf4")
    packed = {key: one for key, one in model.named_modules() if type(one).__name__ == "Linear4bit"}
    assert seen.shape.packed.keys() == packed.keys()
    held = 0
    for one in packed.values():
        state = one.weight.quant_state
        parts = [one.weight, state.absmax, state.code, state.offset, state.state2.absmax, state.state2.code]
        held += sum(part.nbytes for part in parts)
    rest = 4 * sum(one.numel() for one in model.parameters() if type(one).__name__ != "Params4bit")
    # Falcon's layers are of a class of its own.
    assert ("packs nothing" in seen.lines()) == (not packed) == (name == "Falcon")
    expected = {"weights": held, "weights that NF4 leaves": rest} if packed else {"weights": rest}
    assert {key: seen.memory[key] for key in expected} == expected


def test_mamba_is_not_adapted_where_peft_cannot_and_another_way_is_named(
    plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    plan = plan_of("Mamba", "dpo", target_modules="all-linear")
    refusals = []
    for begin in (lambda: train(plan, tmp_path / "x", ""), lambda: dry_run(plan)):
        with pytest.raises(
            HarnessError, match=r"all-linear is more than PEFT adapts .* a mamba: .*out_proj"
        ) as refusal:
            begin()
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1] and "\n" not in refusals[0] and not (tmp_path / "x").exists()
    named = re.search(r"--set 'target_modules=\[(.*)\]'", refusals[0])
    assert named is not None and {"in_proj", "x_proj"} <= set(named[1].split(","))
    # dt_proj's weight is read past its LoRA.
    other = plan_of("Mamba", "dpo", target_modules=named[1].split(","))
    assert looked_ahead(other, tmp_path / "y", max_length=64).idle == ("dt_proj",)


@pytest.mark.parametrize(
    ("kind", "sizes", "said"),
    [
        ("t5", {"d_model": 32, "num_layers": 1, "vocab_size": 64}, "Transformers makes none of a t5"),
        ("bert", {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 64}, "an encoder"),
    ],
)
def test_what_does_not_write_on_from_a_prompt_is_refused_before_work_begins(
    kind: str, sizes: dict[str, Any], said: str, plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    from transformers import AutoConfig, AutoModel

    model = AutoModel.from_config(AutoConfig.for_model(kind, **sizes))
    model.save_pretrained(tmp_path / "model")
    load_tokenizer(find_base("pocket")).save_pretrained(tmp_path / "model")
    base = find_base(str(tmp_path / "model"))
    plan = plan_of("Llama", "dpo", base=base.path)
    for begin in (
        lambda: train(plan, tmp_path / "x", ""), lambda: dry_run(plan),
        lambda: open_generator("transformers", base, [], SERVING),
    ):  # fmt: skip
        with pytest.raises(HarnessError, match=f"no causal language model: .*{said}") as refusal:
            begin()
        assert "\n" not in str(refusal.value)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["OPT", "Bloom", "Falcon", "GPT-2", "GPT-NeoX"])
def test_a_base_leaves_nothing_out_wherever_it_keeps_its_dropout(name: str, base_of: Callable[[str], Weights]) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(base_of(name).path)
    drops = [key for key, value in vars(config).items() if ("drop" in key or "pdrop" in key) and value is not None]
    for key in drops:
        setattr(config, key, 0.5)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config).train()
    ids = torch.tensor([PROMPTS[1]])
    with torch.no_grad():
        assert not torch.equal(model(ids).logits, model(ids).logits)
        switch_off_dropout(model)
        assert torch.equal(model(ids).logits, model(ids).logits)


def test_the_table_of_the_documentation_is_the_table_of_the_tests() -> None:
    text = (ROOT / "docs" / "models.md").read_text()
    rows = re.findall(r"^\| (.+?) \| `(\w+)` \| (.+?) \| (.+?) \|", text.partition("## Architectures")[2], re.M)
    assert rows[1:] == [(name, it.model_type, it.tokenizer, it.family) for name, it in ARCHITECTURES.items()]


@pytest.mark.slow
def test_the_commands_train_merge_and_evaluate_each(
    base_of: Callable[[str], Weights], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process for all: most of a command's time is its imports."""
    monkeypatch.chdir(tmp_path)
    make_pairs(tmp_path / "pairs.jsonl")
    suite = tmp_path / "tasks" / "few"
    suite.mkdir(parents=True)
    (suite / "suite.yaml").write_text("title: A few\nprompt: chat\ngeneration: {max_new_tokens: 8}\n")
    (suite / "questions.jsonl").write_text(
        "".join(json.dumps({"id": f"q{n}", "question": f"Question {n}?", "answer": "one"}) + "\n" for n in range(6))
    )
    for number, name in enumerate(NAMES):
        targets, base = ARCHITECTURES[name].targets, base_of(name).path
        asked = targets if isinstance(targets, str) else f"[{','.join(targets)}]"
        settings = [
            f"base={base}", "data=pairs.jsonl", "max_steps=2", "per_device_train_batch_size=2", "prompt=chat",
            "gradient_accumulation_steps=1", "max_length=96", "r=4", "learning_rate=1e-3", f"target_modules={asked}",
        ]  # fmt: skip
        own, method = f"n{number}", METHODS[(number + 1) % 4]
        options = [part for setting in settings for part in ("--set", setting)]
        commanded("train", method, "--name", own, "--merge", *options)
        tuned = f"{own},merged=runs/train/{own}/merged"
        commanded(
            "evaluate", "--base", base, "--adapters", tuned, "--suite", "tasks/few", "--run", own,
            "--backend", "transformers", "--no-report",
        )  # fmt: skip
        rows = list(read_jsonl(tmp_path / "runs" / "eval" / own / "responses.jsonl"))
        texts = {(row["variant"], row["question_id"]): row["text"] for row in rows}
        assert len(texts) == 18 and all(texts[own, f"q{n}"] == texts["merged", f"q{n}"] for n in range(6)), name


def commanded(*arguments: str) -> None:
    from harness.cli.main import app

    assert not app(args=list(arguments), prog_name="harness", standalone_mode=False)
