"""Questions that stand in the training data, found by their words."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.data import seen_in_training
from harness.data.overlap import SeenQuestions, ngrams, overlaps
from harness.data.preferences import read_preferences
from harness.data.suites import Suite
from harness.models import Adapter
from harness.pocket import pairs_path
from harness.records import Question
from harness.store import Certificate, from_row, read_jsonl
from tests.conftest import ROOT

LONG = "Alpha beta gamma delta epsilon zeta eta theta iota kappa lambda"


def adapter(name: str, certificate: Mapping[str, Any]) -> Adapter:
    certified = from_row(Certificate, certificate, name)
    return Adapter(name, Path(name), "digest", 4, ("q_proj",), "base", certified)


def trained_on(path: Path, **other: Any) -> dict[str, Any]:
    return {"data": {"source": str(path), "digest": read_preferences(str(path)).digest, **other}}


def suite(*questions: Question, digest: str = "d" * 64, part_of: str | None = None) -> Suite:
    return Suite("s", Path("s"), "s", questions, digest, part_of=part_of)


def alike(questions: Sequence[Question], adapters: Sequence[Adapter]) -> dict[str, dict[str, float]]:
    seen = seen_in_training(suite(*questions), questions, adapters)
    assert not any(it.paired for it in seen.values())
    return {name: it.alike for name, it in seen.items()}


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    prompts = ["What is the colour of the sky, and why?", f"Please: {LONG.upper()}!", "Quite another thing."]
    rows = [{"prompt": prompt, "chosen": "a", "rejected": "b"} for prompt in prompts]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_question_has_one_ngram_for_each_run_of_eight_words() -> None:
    assert len(ngrams(LONG)) == 11 - 8 + 1
    assert ngrams("One two three") == [("one", "two", "three")]
    assert ngrams("Only two.") == ngrams("?!") == ngrams("") == []


def test_case_punctuation_and_full_width_letters_make_no_difference() -> None:
    assert ngrams("«Who, then, is ＷＨＯ?»") == ngrams("who then is who")
    assert ngrams("天空是藍的") == [("天", "空", "是", "藍", "的")]


def test_the_share_is_that_of_the_questions_own_ngrams() -> None:
    words = [f"w{number}" for number in range(11)]
    # Four 8-grams: of the first nine words two occur, of the first eight one.
    question = Question("1", " ".join(words))
    assert overlaps([question], [" ".join(words[:9])]) == {"1": 0.5}
    assert overlaps([question], [" ".join(words[:8])]) == {}
    assert overlaps([question], [" ".join(words[:10]), " ".join(words[1:])]) == {"1": 1.0}


def test_a_short_question_must_stand_there_as_a_whole() -> None:
    prompts = ["Tell me, why is the sky blue at noon?"]
    assert overlaps([Question("1", "Why is the sky blue?"), Question("2", "Why is the sea blue?")], prompts) == {
        "1": 1.0
    }
    assert overlaps([Question("1", "The sky")], prompts) == {}


def test_the_data_of_a_certificate_are_read_again(pairs: Path) -> None:
    questions = [Question("1", LONG), Question("2", "What is the colour of the sea, and why so?")]
    found = alike(questions, [adapter("dpo", trained_on(pairs)), adapter("orpo", trained_on(pairs))])
    assert found == {"dpo": {"1": 1.0}, "orpo": {"1": 1.0}}


def test_an_adapter_whose_data_share_nothing_is_named_with_nothing(pairs: Path) -> None:
    assert alike([Question("1", "Where is the nearest post office?")], [adapter("dpo", trained_on(pairs))]) == {
        "dpo": {}
    }


def test_data_that_are_gone_changed_or_unnamed_leave_the_adapter_out(pairs: Path, tmp_path: Path) -> None:
    certificate = trained_on(pairs)
    gone = {"data": {**certificate["data"], "source": str(tmp_path / "gone.jsonl")}}
    changed = {"data": {**certificate["data"], "digest": "0" * 64}}
    adapters = [adapter("gone", gone), adapter("changed", changed), adapter("bare", {}), adapter("dpo", certificate)]
    assert alike([Question("1", LONG)], adapters) == {"dpo": {"1": 1.0}}


def test_the_embedded_models_questions_do_not_stand_in_its_training_data() -> None:
    questions = [Question(row["id"], row["question"]) for row in read_jsonl(ROOT / "tasks/pocket/questions.jsonl")]
    assert len(questions) > 200
    assert alike(questions, [adapter("dpo", trained_on(pairs_path()))]) == {"dpo": {}}


def test_thousands_of_prompts_and_a_thousand_questions_take_seconds() -> None:
    chance = random.Random(0)
    words = [f"w{min(20_000, int(chance.paretovariate(0.6)))}" for _ in range(50_000)]
    prompts = [" ".join(chance.choices(words, k=150)) for _ in range(12_700)]
    questions = [Question(str(number), " ".join(prompts[number].split()[:20])) for number in range(1000)]
    started = time.process_time()
    assert len(overlaps(questions, prompts)) == 1000
    assert time.process_time() - started < 10


def test_pairs_of_ones_own_name_their_questions_which_are_known_however_alike_they_read(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    origin = {"suite_digest": "d" * 64, "prompt_template": "alpaca", "chosen": "a", "rejected": "b"}
    others = "Which of the seven rivers of the wide valley is the coldest?"
    rows = [{"prompt": f"{LONG} one", "question_id": "1", **origin}, {"prompt": others, "chosen": "a", "rejected": "b"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = [
        Question("1", f"{LONG} one"),
        Question("2", f"{LONG} two"),
        Question("3", others),
        Question("4", f" {LONG} ONE"),
    ]

    def seen(digest: str, part_of: str | None = None) -> SeenQuestions:
        return seen_in_training(
            suite(*asked, digest=digest, part_of=part_of), asked, [adapter("dpo", trained_on(path))]
        )["dpo"]

    # Of the same suite, and of a part of it: the question itself, and one of its wording under another id.
    known = SeenQuestions({"3": 1.0}, ("1", "4"))
    assert seen("d" * 64) == seen("e" * 64, part_of="d" * 64) == known
    # To any other suite they are prompts as all others: of the second question's n-grams, four in five.
    assert seen("f" * 64) == SeenQuestions({"1": 1.0, "2": 0.8, "3": 1.0, "4": 1.0})
