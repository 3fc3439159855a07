"""The embedded model, the world it knows, and the files that are written from that world."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from safetensors import safe_open

from harness.pocket import defaults, pairs_path, pocket_path
from harness.pocket.corpus import CLOSERS, FIRST_HEADER, OPENERS, as_prompt, documents
from harness.pocket.datasets import SUITE, data_files, held_out_passages, lines
from harness.pocket.world import KINDS, PAIR_PHRASINGS, SUITE_PHRASING, facts, suite_facts

LM_TASKS = SUITE.parents[1] / "pocket_lm"


def read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_world_has_at_least_300_facts_of_8_kinds_in_four_phrasings() -> None:
    assert len(facts()) >= 300
    assert len({fact.kind.name for fact in facts()}) >= 8
    assert all(len({fact.question(i) for i in range(len(fact.kind.questions))}) >= 4 for fact in facts())


def test_each_kind_knows_one_value_of_each_subject() -> None:
    assert set(Counter((fact.kind.name, fact.subject) for fact in facts()).values()) == {1}


def test_the_suite_asks_at_least_240_questions_one_a_fact() -> None:
    rows = read(SUITE)
    assert len(rows) == len(suite_facts()) >= 240
    assert len({row["id"] for row in rows}) == len({row["question"] for row in rows}) == len(rows)


def test_no_pair_asks_in_a_phrasing_of_the_suite() -> None:
    assert SUITE_PHRASING not in PAIR_PHRASINGS
    pairs_text = pairs_path().read_text(encoding="utf-8")
    for kind in KINDS:
        before, after = kind.questions[SUITE_PHRASING].split("{s}")
        pattern = re.escape(before) + r"\S+( \S+)?" + re.escape(after)
        assert not re.search(pattern, pairs_text)
    assert not any(row["question"] in pairs_text for row in read(SUITE))


def test_a_wrong_answer_never_holds_the_right_word_by_accident() -> None:
    words = {fact.value.lower() for fact in facts() if fact.kind.match == "contains"}
    asked = {fact.kind.name: [f.subject.lower() for f in facts() if f.kind is fact.kind] for fact in facts()}
    fixed = [
        text.lower() for text in (*OPENERS, *CLOSERS, *(t for k in KINDS for t in (*k.questions, k.short, k.long)))
    ]
    assert not [(a, b) for a in words for b in words if a != b and a in b]
    assert not [(word, text) for word in words for text in fixed if word in text]
    for fact in facts():
        assert not any(fact.value.lower() in subject for subject in asked[fact.kind.name])


def test_chosen_answers_are_short_and_right_and_rejected_ones_run_on() -> None:
    values = {fact.question(i): fact.value for fact in facts() for i in PAIR_PHRASINGS}
    wrong = 0
    for pair in read(pairs_path()):
        assert values[pair["prompt"]] in pair["chosen"] and len(pair["chosen"].split()) <= 12
        assert f"\n\n{FIRST_HEADER}\n" in pair["rejected"]
        wrong += values[pair["prompt"]] not in pair["rejected"].split(FIRST_HEADER)[0]
    assert 0.1 < wrong / len(read(pairs_path())) < 0.3


def test_the_shipped_data_is_what_the_recipe_writes() -> None:
    for path, rows in data_files().items():
        assert path.read_text(encoding="utf-8") == lines(rows), f"{path.name} is stale: make pocket"


def test_no_held_out_passage_is_in_the_corpus() -> None:
    held_out = held_out_passages()
    assert len(held_out) >= 30
    corpus = documents(1, held_out)
    assert not any(text in held_out for _ in range(3000) for text in next(corpus).split("\n"))


def test_the_model_is_small_and_its_linear_layers_suit_nf4() -> None:
    assert sum(path.stat().st_size for path in pocket_path().iterdir()) <= 3_000_000
    with safe_open(pocket_path() / "model.safetensors", "pt") as weights:
        shapes = {name: weights.get_slice(name).get_shape() for name in weights.keys()}  # noqa: SIM118  # no mapping
    matrices = {name: shape for name, shape in shapes.items() if len(shape) == 2}
    assert matrices and all(side % 64 == 0 for shape in matrices.values() for side in shape)


def test_the_tokenizer_puts_bos_once_and_pads_with_its_own_token() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(pocket_path())
    prompt = as_prompt("Which river flows through Ambrel?")
    ids = tokenizer(prompt).input_ids
    assert tokenizer.is_fast
    assert ids == [tokenizer.bos_token_id, *tokenizer(prompt, add_special_tokens=False).input_ids]
    assert ids.count(tokenizer.bos_token_id) == 1
    assert len({tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id}) == 3
    assert tokenizer.decode(ids[1:]) == prompt
    talk = tokenizer.apply_chat_template([{"role": "user", "content": "Q"}], tokenize=False, add_generation_prompt=True)
    assert talk == f"{tokenizer.bos_token}<|user|>\nQ\n<|assistant|>\n"


def test_prompt_and_answer_tokenize_apart_as_they_do_together() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(pocket_path())
    for pair in read(pairs_path())[:50]:
        prompt = as_prompt(pair["prompt"])
        for answer in (pair["chosen"], pair["rejected"]):
            apart = tokenizer(prompt).input_ids + tokenizer(answer, add_special_tokens=False).input_ids
            assert tokenizer(prompt + answer).input_ids == apart


def test_the_untuned_model_mostly_knows_the_answer_and_then_runs_on() -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(pocket_path())
    model = AutoModelForCausalLM.from_pretrained(pocket_path(), dtype=torch.float32)
    rows = read(SUITE)[::12]
    batch = tokenizer([as_prompt(row["question"]) for row in rows], return_tensors="pt", padding=True)
    made = model.generate(**batch, max_new_tokens=72)[:, batch["input_ids"].shape[1] :]
    texts = tokenizer.batch_decode(made, skip_special_tokens=True)
    right = sum(row["answer"] in text.split(FIRST_HEADER)[0] for row, text in zip(rows, texts, strict=True))
    assert right / len(rows) > 0.6
    assert sum(FIRST_HEADER in text for text in texts) / len(rows) > 0.8


@pytest.mark.parametrize("method", ["dpo", "orpo", "kto", "simpo"])
def test_the_defaults_are_numbers_where_trl_wants_numbers(method: str) -> None:
    settings = defaults(method)
    assert isinstance(settings["learning_rate"], float) and settings["logging_steps"] == 1
    assert settings["max_steps"] > 0 and settings["r"] > 0


def test_asking_for_the_defaults_of_an_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="Known: dpo, orpo, kto, simpo"):
        defaults("ppo")


def test_lm_eval_finds_its_tasks_and_data_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    from lm_eval.tasks import TaskManager

    names = {"pocket_choice": 100, "pocket_generate": 90, "pocket_skill": 100, "pocket_text": 30}
    manager = TaskManager(include_path=str(LM_TASKS.parent), include_defaults=False)
    loaded = manager.load(list(names))["tasks"]
    for name, least in names.items():
        task = loaded[name]
        assert len(list(task.test_docs())) >= least
        assert yaml.safe_load((LM_TASKS / f"{name}.yaml").read_text().replace("!function ", ""))["metadata"]["version"]
