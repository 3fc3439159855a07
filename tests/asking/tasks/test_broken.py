"""A document that an lm-eval task falls over is named, with what went wrong; nobody sees a traceback."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.asking.tasks import find_tasks, task_results
from harness.config import Serving
from harness.errors import BrokenTask, HarnessError
from harness.generators import Generator, open_generator
from harness.models import find_base, load_tokenizer
from harness.records import BASE
from harness.store import RunFolder, read_run
from harness.task_settings import TaskSettings
from tests.conftest import ROOT, run_harness

PYTHON = """
from datasets import Dataset, DatasetDict
import json
from pathlib import Path

def documents(**_):
    rows = json.loads((Path(__file__).parent / "rows.json").read_text())
    return DatasetDict({"test": Dataset.from_list(rows)})

def text(doc):
    return doc["question"].strip()

def target(doc):
    return {"4": "4", "6": "6"}[doc["answer"]]

def judged(doc, results):
    return {"share": 1 / len(doc["answer"])}

def strict(doc, results):
    if not doc["answer"]:
        raise LookupError("a question\\nwithout words")
    return {"strict": 1.0}

def metric(references, predictions):
    return float(references[0])

def nothing(references, predictions):
    return None if references[0] == "?" else 1.0

def figure(values):
    return 1 / values.count(2.0)

from lm_eval.api.filter import Filter

class Short(Filter):
    def apply(self, resps, docs):
        return [[one[3] for one in row] for row in resps]
"""
GENERATE = """\
output_type: generate_until
test_split: test
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["\\n"], max_gen_toks: 4, do_sample: false}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
"""
CHOOSE = """\
output_type: multiple_choice
test_split: test
doc_to_text: "{{question}}"
doc_to_choice: "{{choices}}"
doc_to_target: 0
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
"""
SUM = {"question": "2 + 2 =", "answer": "4", "choices": ["4", "5"], "more": {"hint": "four"}}


def rows(number: int, **odd: Any) -> list[dict[str, Any]]:
    """Five documents, of which the one of that number is odd."""
    return [SUM | (odd if place == number else {}) for place in range(5)]


CASES: dict[str, tuple[str, list[dict[str, Any]], int | None, str]] = {
    # (task, documents, number of the document, what is said of it)
    "a question that is null": (GENERATE.replace('"{{question}}"', "question"), rows(3, question=None), 3, "string"),
    "a field that is lacking": (
        GENERATE.replace("{{question}}", "{{question}} {{more.hint.upper()}}"),
        rows(2, more={"hint": None}), 2, "no attribute 'upper'",
    ),
    "a function that makes a question": (
        GENERATE.replace('"{{question}}"', "!function odd.text"), rows(1, question=None), 1, "no attribute 'strip'",
    ),
    "a function that makes the answer": (
        GENERATE.replace('"{{answer}}"', "!function odd.target"), rows(4, answer="5"), 4, "5",
    ),
    "choices that are no list": (
        CHOOSE.replace('"{{choices}}"', '"{{answer}}"'),
        [SUM | {"answer": one} for one in ("['4', '5']", "['4', '5']", "['4'")], 2, "never closed",
    ),
    "a description that lacks a field": (
        GENERATE + 'description: "{{more.hint.title()}} "\n', rows(0, more={"hint": None}), 0, "no attribute 'title'",
    ),
    "a beginning of the answer that lacks a field": (
        GENERATE + 'gen_prefix: "{{more.hint.title()}}"\n', rows(3, more={"hint": None}), 3, "no attribute 'title'",
    ),
    "a judgement that divides by nothing": (
        GENERATE + "process_results: !function odd.judged\n", rows(3, answer=""), 3, "division by zero",
    ),
    "a judgement that says several lines": (
        GENERATE + "process_results: !function odd.strict\n", rows(4, answer=""), 4, "a question",
    ),
    "a metric that wants a number": (
        GENERATE.replace("exact_match", "!function odd.metric"), rows(2, answer="four"), 2, "could not convert string",
    ),
    "an answer's place beyond the choices": (
        GENERATE + 'doc_to_choice: ["4", "5"]\n', [SUM | {"answer": one} for one in ("1", "0", "7")],
        2, "out of range",
    ),
    "a metric that gives nothing": (
        GENERATE.replace("exact_match", "!function odd.nothing"), rows(2, answer="?"), None, "nothing",
    ),
    "an aggregation that fails": (
        GENERATE.replace("aggregation: mean", "aggregation: !function odd.figure"), rows(0), None, "division by zero",
    ),
    "a filter that fails": (
        GENERATE + "filter_list: [{name: short, filter: [{function: !function odd.Short}]}]\n", rows(0), None, "range",
    ),
    "fewer repeats than the filter takes": (
        GENERATE + "repeats: 2\nfilter_list: [{name: k, filter: [{function: take_first_k, k: 3}]}]\n", rows(0), None,
        "Need at least 3 responses",
    ),
    "more examples than documents": (GENERATE + "num_fewshot: 9\n", rows(0), 0, "arger"),
    "code that is marked as unsafe": (GENERATE + "unsafe_code: true\n", rows(0), None, "unsafe"),
}  # fmt: skip
ASKED: dict[str, tuple[str, list[dict[str, Any]], int | None, str]] = {
    "a choice without words": (CHOOSE + 'target_delimiter: ""\n', rows(3, choices=["4", ""]), 3, "nothing is to"),
    "a text that is a number": (
        GENERATE.replace("generate_until", "loglikelihood_rolling").replace('"{{answer}}"', "number"),
        [{"question": "", "answer": "", "number": 7}], 0, "7 is no text",
    ),
    "an end that is a number": (
        GENERATE.replace("generate_until", "loglikelihood").replace('"{{answer}}"', "number"),
        [{"question": "2 + 2 =", "answer": "4", "number": 4}], 0, "4 is no text",
    ),
}  # fmt: skip


def write_task(folder: Path, text: str, documents: list[dict[str, Any]], name: str = "odd") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "odd.py").write_text(PYTHON)
    (folder / "rows.json").write_text(json.dumps(documents))
    (folder / f"{name}.yaml").write_text(f"task: {name}\ncustom_dataset: !function odd.documents\n{text}")


@pytest.fixture(scope="module")
def embedded() -> Iterator[tuple[Generator, Any]]:
    base = find_base("pocket")
    generator = open_generator("transformers", base, (), Serving(dtype="float32"))
    yield generator, load_tokenizer(base, False)
    generator.close()


@pytest.mark.parametrize("case", CASES)
def test_a_document_that_breaks_a_task_is_named(tmp_path: Path, case: str) -> None:
    from lm_eval.models.dummy import DummyLM

    text, documents, number, said = CASES[case]
    write_task(tmp_path / "tasks", text, documents)
    with pytest.raises(BrokenTask) as caught:
        task_results(find_tasks(["odd"], [tmp_path / "tasks"]), "odd", DummyLM(), None)
    line = str(caught.value)
    assert caught.value.task == "odd" and caught.value.document == number, line
    assert said in line and "\n" not in line
    assert line.startswith("The" if number is None else f"Document {number} of the lm-eval task 'odd'")
    assert str(pickle.loads(pickle.dumps(caught.value))) == line


@pytest.mark.parametrize("case", ASKED)
def test_a_document_that_cannot_be_asked_is_named(tmp_path: Path, embedded: tuple[Generator, Any], case: str) -> None:
    text, documents, number, said = ASKED[case]
    write_task(tmp_path / "tasks", text, documents)
    with pytest.raises(BrokenTask) as caught:
        ask(tmp_path, embedded)
    assert caught.value.document == number and said in str(caught.value)


def ask(folder: Path, embedded: tuple[Generator, Any], **settings: Any) -> Any:
    from harness.generators.language_model import VariantLM

    generator, tokenizer = embedded
    asked = TaskSettings.model_validate(settings)
    model = VariantLM(generator, BASE, tokenizer, date(2026, 1, 1), asked.apply_chat_template)
    return task_results(find_tasks(["odd"], [folder / "tasks"], asked), "odd", model, None)


def test_under_samples_the_document_has_its_number_in_the_task(tmp_path: Path) -> None:
    from lm_eval.models.dummy import DummyLM

    write_task(tmp_path / "tasks", GENERATE.replace('"{{question}}"', "question"), rows(3, question=None))
    tasks = find_tasks(["odd"], [tmp_path / "tasks"], TaskSettings(samples={"odd": (1, 3, 4)}))
    with pytest.raises(BrokenTask) as caught:
        task_results(tasks, "odd", DummyLM(), None)
    assert caught.value.document == 3


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"gen_kwargs": "num_beams=4"}, "num_beams=4, which no backend here does"),
        ({"gen_kwargs": "do_sample=true,temperature=0.7,top_k=20"}, "top_k=20"),
        ({"gen_kwargs": "no_repeat_ngram_size=3"}, "no_repeat_ngram_size"),
        ({"gen_kwargs": "max_gen_toks=100000"}, "asks for 100000 new tokens"),
        ({"apply_chat_template": "rag"}, "No chat template named 'rag'"),
    ],
)
def test_what_no_backend_does_is_refused_by_name(
    tmp_path: Path, embedded: tuple[Generator, Any], settings: dict[str, Any], said: str
) -> None:
    write_task(tmp_path / "tasks", GENERATE, rows(0))
    with pytest.raises(HarnessError, match=said.replace("(", "\\(")) as caught:
        ask(tmp_path, embedded, **settings)
    # What is of one task alone leaves the others to be asked.
    assert isinstance(caught.value, BrokenTask) == ("gen_kwargs" in settings)


def test_of_several_chat_templates_the_named_one_is_taken(tmp_path: Path, embedded: tuple[Generator, Any]) -> None:
    generator, tokenizer = embedded
    write_task(tmp_path / "tasks", GENERATE, rows(0))
    several = deepcopy(tokenizer)
    own = tokenizer.chat_template
    several.chat_template = {"default": own, "loud": own.replace("<|assistant|>", "<|ASSISTANT|>")}
    asked = {
        name: ask(tmp_path, (generator, which), apply_chat_template=name).samples["odd"][0]["arguments"][0][0]
        for name, which in ((True, several), ("default", several), ("loud", several), ("default", tokenizer))
    }
    assert asked[True] == asked["default"] != asked["loud"] and "<|ASSISTANT|>" in asked["loud"]


def test_settings_that_change_nothing_are_taken(tmp_path: Path, embedded: tuple[Generator, Any]) -> None:
    write_task(tmp_path / "tasks", GENERATE, rows(0))
    plain = ask(tmp_path, embedded)
    for text in ("num_beams=1", "top_k=50,min_p=0.1", "temperature=0.0,top_p=None", "max_new_tokens=4"):
        assert ask(tmp_path, embedded, gen_kwargs=text).found["results"] == plain.found["results"], text


@pytest.mark.slow
def test_all_else_is_asked_scored_and_kept_and_a_mended_task_goes_on(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tasks" / "pocket_lm", tmp_path / "tasks" / "own")
    write_task(tmp_path / "tasks" / "odd", GENERATE + "process_results: !function odd.judged\n", rows(3, answer=""))
    command = ["evaluate", "--suite", "pocket", "--limit", "2", "--tasks", "odd,pocket_skill", "--run", "odd"]
    done = run_harness(*command, folder=tmp_path)
    assert done.returncode == 3 and "Traceback" not in done.stderr
    assert "Document 3 of the lm-eval task 'odd' cannot be judged: division by zero." in done.stderr
    assert "go on with --run odd" in done.stderr and "pocket_skill" in done.stdout
    run = read_run(RunFolder(tmp_path / "runs" / "eval" / "odd"))
    assert len(run.responses) == 2 and "pocket_skill" in run.summary.benchmarks["base"]
    before = (run.path / "responses.jsonl").read_bytes(), run.samples("base", "pocket_skill")
    write_task(tmp_path / "tasks" / "odd", GENERATE, rows(0))
    again = run_harness(*command, folder=tmp_path)
    assert again.returncode == 0, again.stderr
    run = read_run(RunFolder(run.path))
    assert "odd" in run.summary.benchmarks["base"]
    assert before == ((run.path / "responses.jsonl").read_bytes(), run.samples("base", "pocket_skill"))
    # What has results is not asked by other files.
    write_task(tmp_path / "tasks" / "odd", f"{GENERATE}repeats: 1\n", rows(0))
    assert "task odd" in run_harness(*command, folder=tmp_path).stderr
