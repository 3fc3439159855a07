"""Each warning of the audit on evidence made by hand: where it belongs, and where it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from harness.asking import import_answers
from harness.audit import audit, sentence
from harness.audit.answers import estimated_tokens, is_unfinished, looks_cut
from harness.audit.words import warning as caveat
from harness.comparing import Side, columns, suite_comparisons
from harness.comparing.inference import needed_to_detect
from harness.config import Config
from harness.records import Caveat, Comparison, Curve, Question, Response, Score
from harness.score import score_run
from harness.store import AnswerKey, RunFolder, read_run, write_json
from harness.words import words
from tests.conftest import run_harness

ENOUGH = tuple(Question(str(number), f"What is number {number}?") for number in range(1, 101))
SENTENCE = "The quick brown fox jumps over the lazy dog and runs away from it, far into the wood. "
CUT = SENTENCE * 20 + "And then the"


def certificate(**changes: Any) -> dict[str, Any]:
    """A certificate with some of its parts changed: data={"digest": …} changes that key only."""
    whole: dict[str, Any] = {
        "method": "dpo",
        "base": {"name": "pocket", "digest": "b" * 64},
        "quantization": None,
        "dtype": "float32",
        "data": {"source": "folder/pairs.jsonl", "digest": "d" * 64, "trained_on": 360},
        "prompt": {"name": "alpaca", "sha256": "p" * 64, "system": None, "system_used": "Be kind."},
        "hyperparameters": {"max_length": 384, "seed": 1, "lora_dropout": 0.1, "lora_dropout_asked": 0.1},
    }
    return {key: {**value, **changes[key]} if key in changes else value for key, value in whole.items()}


def response(variant: str, question: str, text: str = "Fine.", **other: Any) -> Response:
    return Response(variant, "s", question, text, "prompt", **{"finish_reason": "stop", **other})


def audited(
    manifest: Mapping[str, Any],
    questions: Sequence[Question],
    answers: Mapping[AnswerKey, Response],
    scores: Sequence[Score] = (),
    curves: Sequence[Curve] = (),
    comparisons: Sequence[Comparison] = (),
) -> list[Caveat]:
    """The warnings on a run folder that holds just that."""
    with TemporaryDirectory() as path:
        folder = RunFolder(Path(path))
        write_json(folder.path / "manifest.json", manifest)
        folder.write_questions(questions)
        folder.append_responses(answers.values())
        folder.write_curves(curves)
        return audit(read_run(folder), columns(scores), comparisons)


def found(
    code: str,
    trainings: Mapping[str, Any] | None = None,
    questions: Sequence[Question] = ENOUGH,
    responses: Sequence[Response] = (),
    scores: Sequence[Score] = (),
    curves: Sequence[Curve] = (),
    comparisons: Sequence[Comparison] = (),
    **manifest: Any,
) -> list[Caveat]:
    """The warnings of that code on a run of base and two adapters in which nothing else is wrong."""
    whole = {
        "base": {"name": "pocket"},
        "variants": [{"name": name, "kind": "adapter", "method": None} for name in ("base", "dpo", "orpo")],
        "prompt": {"name": "alpaca", "sha256": "p" * 64, "system": "Be kind."},
        "serving": {"quantization": None, "dtype": "float32"},
        "generation": {"max_new_tokens": 500},
        "trainings": trainings or {},
        **manifest,
    }
    answered = {
        (name, question.id, 0): response(name, question.id)
        for name in ("base", "dpo", "orpo")
        for question in questions
    }
    answered |= {(one.variant, one.question_id, one.sample): one for one in responses}
    warnings = audited(whole, questions, answered, scores, curves, comparisons)
    for warning in warnings:
        kept = replace(warning, values=json.loads(json.dumps(warning.values)))
        assert sentence(kept, words("en")) == warning.message
        told = sentence(kept, words("zh-TW"))
        assert told != warning.message and not re.search("[一-鿿][A-Za-z0-9,.;:]|[A-Za-z0-9%][一-鿿]", told), told
    return [warning for warning in warnings if warning.code == code]


def only(warnings: Sequence[Caveat]) -> Caveat:
    assert len(warnings) == 1, warnings
    return warnings[0]


def test_a_run_in_which_nothing_is_wrong_has_no_warning() -> None:
    trainings = {"dpo": certificate(), "orpo": certificate()}
    manifest = {
        "base": {"name": "pocket"},
        "variants": [{"name": name, "kind": "adapter"} for name in ("base", "dpo", "orpo")],
        "prompt": {"name": "alpaca", "sha256": "p" * 64, "system": "Be kind."},
        "serving": {"quantization": None, "dtype": "float32"},
        "generation": {"max_new_tokens": 500},
        "trainings": trainings,
        "overlap": {"dpo": {}, "orpo": {}},
        "configured_dropout": {},
    }
    answers = {(name, one.id, 0): response(name, one.id) for name in ("base", "dpo", "orpo") for one in ENOUGH}
    assert audited(manifest, ENOUGH, answers) == []


@pytest.mark.parametrize(
    ("code", "changes", "said"),
    [
        (
            "training_data_differs",
            {"data": {"digest": "e" * 64, "source": "o/ther.jsonl"}},
            "ther.jsonl (360 pairs, eee",
        ),
        ("training_base_differs", {"base": {"name": "other", "digest": "c" * 64}}, "orpo other (cccccccccccc)"),
        ("training_prompts_differ", {"prompt": {"name": "bare", "sha256": "q" * 64}}, "orpo 'bare' (qqqqqqqqqqqq)"),
        ("training_prompts_differ", {"prompt": {"system_used": "Be brief."}}, "the system line 'Be brief.'"),
        ("training_prompts_differ", {"prompt": {"system_used": None}}, "no fixed system line"),
        ("training_length_differs", {"hyperparameters": {"max_length": 1024}}, "dpo 384; orpo 1024"),
        ("training_seed_differs", {"hyperparameters": {"seed": 42}}, "dpo 1; orpo 42"),
    ],
)
def test_adapters_that_were_not_trained_alike_are_told_apart(code: str, changes: dict[str, Any], said: str) -> None:
    warning = only(found(code, {"dpo": certificate(), "orpo": certificate(**changes)}))
    assert warning.variants == ("dpo", "orpo") and said in warning.message, warning.message
    assert not found(code, {"dpo": certificate(), "orpo": certificate()})
    assert not found(code, {"orpo": certificate(**changes)})


def test_an_adapter_that_was_changed_since_its_certificate_is_named() -> None:
    certified = {name: {**certificate(), "adapter_digest": name} for name in ("dpo", "orpo")}
    digests = {"base": None, "dpo": "other", "orpo": "orpo"}
    variants = [{"name": name, "kind": "adapter", "digest": digest} for name, digest in digests.items()]
    warning = only(found("adapter_changed", certified, variants=variants))
    assert warning.variants == ("dpo",) and "changed after its certificate" in warning.message


def test_three_adapters_of_which_two_agree_are_named_in_two_groups() -> None:
    other = certificate(hyperparameters={"seed": 7})
    warning = only(found("training_seed_differs", {"a": certificate(), "b": other, "c": certificate()}))
    assert "2 different seeds (a and c 1; b 7)" in warning.message


@pytest.mark.parametrize("part", ["data", "base", "prompt", "hyperparameters"])
def test_a_certificate_that_does_not_say_is_not_held_against_another(part: str) -> None:
    silent = {key: value for key, value in certificate().items() if key != part}
    warnings = audited({"trainings": {"dpo": certificate(), "orpo": silent}}, ENOUGH, {})
    assert not [warning for warning in warnings if warning.code.startswith("training_")]


def test_a_template_that_is_not_the_one_asked_with_is_said() -> None:
    warning = only(found("prompt_template_differs", {"dpo": certificate(prompt={"name": "bare", "sha256": "q" * 64})}))
    assert "'bare' (qqqqqqqqqqqq) and asked with 'alpaca' (pppppppppppp)" in warning.message
    assert not found("prompt_template_differs", {"dpo": certificate()})


def test_a_system_line_that_is_not_the_one_asked_with_is_said() -> None:
    warning = only(found("system_line_differs", {"dpo": certificate(prompt={"system_used": "Be brief."})}))
    assert warning.variants == ("dpo",) and "'Be brief.' and asked with 'Be kind.'" in warning.message
    # Rows that bring their own line fix none.
    assert not found("system_line_differs", {"dpo": certificate(prompt={"system_used": None})})
    assert not found("system_line_differs", {"dpo": certificate()})


def test_an_older_certificate_fixes_the_system_line_that_was_set() -> None:
    prompt = {"name": "alpaca", "sha256": "p" * 64}
    old = {**certificate(), "prompt": {**prompt, "system": "Be brief."}}
    assert found("system_line_differs", {"dpo": old})
    assert not found("system_line_differs", {"dpo": {**old, "prompt": {**prompt, "system": None}}})


def test_dropout_that_was_asked_for_and_is_off_is_said() -> None:
    warning = only(found("dropout_off", {"dpo": certificate(hyperparameters={"lora_dropout": 0.0})}))
    assert "dropout of 0.1 but was trained with 0:" in warning.message and warning.variants == ("dpo",)
    assert not found("dropout_off", {"dpo": certificate()})
    silent = {**certificate(), "hyperparameters": {"lora_dropout": 0.0}}
    assert not found("dropout_off", {"dpo": silent})


def test_dropout_that_only_a_configuration_claims_is_unproven() -> None:
    warning = only(found("dropout_unproven", configured_dropout={"dpo": 0.1, "orpo": 0.0}))
    assert warning.variants == ("dpo",) and "says dropout 0.1; TRL's default" in warning.message
    assert not found("dropout_unproven", {"dpo": certificate()}, configured_dropout={"dpo": 0.1})
    assert not found("dropout_unproven")


@pytest.mark.slow
def test_a_training_certifies_the_dropout_that_was_asked_beside_the_one_that_was_there(tmp_path: Path) -> None:
    done = run_harness(
        "train", "dpo", "--set", "lora_dropout=0.1", "--set", "disable_dropout=true", "--set", "max_steps=1",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    row = json.loads((tmp_path / "runs/train/dpo/certificate.json").read_text())
    assert row["hyperparameters"]["lora_dropout_asked"] == 0.1 and row["hyperparameters"]["lora_dropout"] == 0.0
    assert row["prompt"]["system_used"] == "You are a helpful assistant chatbot." and row["data"]["split"] == "train"
    assert found("dropout_off", {"dpo": row})


def test_a_base_of_another_precision_is_said() -> None:
    trained = {**certificate(), "quantization": "nf4"}
    assert (
        "trained on a nf4 base and asked on a float32 one" in only(found("precision_differs", {"dpo": trained})).message
    )
    assert not found("precision_differs", {"dpo": certificate()})


def test_reward_curves_of_two_methods_are_not_on_one_scale() -> None:
    curves = [Curve(name, 1, None, "rewards/chosen", 0.1) for name in ("dpo", "orpo")]
    trainings = {"dpo": certificate(), "orpo": {**certificate(), "method": "orpo"}}
    assert only(found("rewards_not_comparable", trainings, curves=curves)).variants == ("dpo", "orpo")
    assert not found("rewards_not_comparable", {"dpo": certificate(), "orpo": certificate()}, curves=curves)
    assert not found("rewards_not_comparable", trainings, curves=curves[:1])


def test_reward_accuracy_near_one_beside_collapsed_answers_is_said() -> None:
    curves = [Curve("dpo", step, None, "rewards/accuracies", value) for step, value in ((1, 0.2), (2, 1.0))]
    scores = [Score("dpo", "s", str(number), "loop", float(number < 6)) for number in range(10)]
    warning = only(found("rewards_look_good_answers_do_not", curves=curves, scores=scores))
    assert "accuracy of 100\u00a0%, yet 60\u00a0% of its answers end in a loop" in warning.message
    assert not found("rewards_look_good_answers_do_not", curves=curves, scores=scores[5:])
    assert not found("rewards_look_good_answers_do_not", curves=curves[:1], scores=scores)


def test_questions_that_stand_in_the_training_data_are_counted_and_named() -> None:
    seen = {str(number): 0.75 for number in range(23, 0, -1)}
    warning = only(found("questions_in_training_data", overlap={"dpo": seen, "orpo": seen}))
    assert warning.variants == ("dpo", "orpo")
    assert warning.message.startswith("23 of 100 questions appear in the training data of dpo and orpo")
    assert warning.message.endswith(": 1, 2, 3 and 20 more.")
    assert len(found("questions_in_training_data", overlap={"dpo": seen, "orpo": {"1": 0.5}})) == 2
    assert not found("questions_in_training_data", overlap={"dpo": {}, "orpo": {"of another suite": 1.0}})
    assert not found("questions_in_training_data")


def test_questions_whose_sampled_answers_were_trained_on_are_told_apart_from_those_that_read_alike() -> None:
    warning = only(found("questions_in_training_data", paired={"dpo": ["7", "3"], "orpo": ["3", "7"], "kto": ["gone"]}))
    assert warning.variants == ("dpo", "orpo")
    assert warning.message.startswith(
        "2 of 100 questions are those whose sampled answers became the training pairs of dpo and orpo: 3, 7."
    )
    both = found("questions_in_training_data", paired={"dpo": ["3"]}, overlap={"dpo": {"4": 1.0}})
    assert [it.values["ids"] for it in both] == [["3"], ["4"]]


def test_a_question_asked_twice_is_counted_as_one() -> None:
    twice = (*ENOUGH, Question("again", "what is  number 7?"))
    warning = only(found("repeated_questions", questions=twice))
    assert "asked more than once (7, again): each is counted once" in warning.message
    assert not found("repeated_questions")


def test_questions_of_one_cluster_are_counted_as_one() -> None:
    together = (*ENOUGH, Question("a", "Who?", cluster="c"), Question("b", "who?", cluster="c"))
    assert "(a, b) count as one" in only(found("repeated_questions", questions=together)).message
    apart = (*ENOUGH, Question("a", "Who?", cluster="c"), Question("b", "who?", cluster="d"))
    assert '(a, b): the intervals are too narrow; give them the same "cluster"' in (
        only(found("repeated_questions", questions=apart)).message
    )


def test_few_questions_are_said_with_the_precision_that_they_give() -> None:
    # 1.96 · sqrt(0.5 · 0.5 / 10) = 0.31
    assert only(found("few_questions", questions=ENOUGH[:10])).message.startswith(
        "10 questions: a rate of 50\u00a0% is known only to within ±31"
    )
    assert only(found("few_questions", questions=ENOUGH[:1])).message.startswith("1 question:")
    assert not found("few_questions")


def test_fewer_questions_than_the_margin_needs_are_said_with_how_many_it_needs() -> None:
    def compared(n: int, alike: bool = False) -> list[Comparison]:
        # One in ten changes, as many for the better as for the worse.
        before, after = ([float(number % 20 != side) for number in range(n)] for side in (0, 0 if alike else 1))
        rows = [
            Score(name, "s", str(number), "correct", value)
            for name, values in (("base", before), ("dpo", after))
            for number, value in enumerate(values)
        ]
        table = columns(rows)
        return suite_comparisons([(Side("base", table["base"]), Side("dpo", table["dpo"]))], {})

    warning = only(found("few_questions", comparisons=compared(300)))
    assert warning.message.startswith(
        "300 judged answers can show only differences of 6.8 points or more between base and dpo"
    )
    assert f"needs about {needed_to_detect(0.03, 0.1):,}." in warning.message and warning.variants == ("base", "dpo")
    # √(0.05 + effect) · 2.8 / √n ≤ 0.03 from about 1,200 on.
    assert not found("few_questions", comparisons=compared(2000))
    unknown = only(found("few_questions", comparisons=compared(300, alike=True))).message
    assert unknown.startswith("None of the 300 judged answers differ between base and dpo") and "is unknown" in unknown


def test_answers_that_the_engine_says_were_cut_are_counted() -> None:
    scores = [Score("dpo", "s", str(number), "truncated", float(number < 2)) for number in range(20)]
    assert "(dpo 10\u00a0%)" in only(found("answers_cut", scores=scores)).message
    assert not found("answers_cut", scores=scores[1:])


def test_recordings_that_do_not_say_how_they_ended_are_judged_by_their_ends() -> None:
    cut = [response("dpo", str(number), CUT, finish_reason=None) for number in range(1, 21)]
    warning = only(found("answers_cut", responses=cut, generation={"max_new_tokens": 400}))
    assert warning.variants == ("dpo",) and "look cut off at 400 tokens (dpo 100\u00a0%; inferred" in warning.message
    # Nine of a hundred are below the share that matters, and who says how it ended is not judged twice.
    rest = [response("dpo", str(number), finish_reason=None) for number in range(10, 101)]
    assert not found("answers_cut", responses=[*cut[:9], *rest], generation={"max_new_tokens": 400})
    spoken = [response("dpo", str(number), CUT) for number in range(1, 101)]
    assert not found("answers_cut", responses=spoken, generation={"max_new_tokens": 400})
    assert not found("answers_cut", responses=cut, generation={})


def test_an_answer_longer_than_the_limit_shows_that_the_limit_was_another() -> None:
    cut = [response("dpo", str(number), CUT, finish_reason=None) for number in range(1, 101)]
    longer = response("dpo", "1", "word " * 401, finish_reason=None)
    assert not found("answers_cut", responses=[*cut, longer], generation={"max_new_tokens": 400})


def test_counted_tokens_go_before_estimated_ones() -> None:
    full = [response("dpo", str(number), finish_reason=None, completion_tokens=400) for number in range(1, 101)]
    assert "(dpo 100\u00a0%" in only(found("answers_cut", responses=full, generation={"max_new_tokens": 400})).message
    short = [response("dpo", str(number), CUT, finish_reason=None, completion_tokens=399) for number in range(1, 101)]
    assert not found("answers_cut", responses=short, generation={"max_new_tokens": 400})


@pytest.mark.parametrize(
    "text",
    [
        "Done.",
        "Done!\n",
        "(done)",
        "「完了」",
        "完成。",
        "Yes 🎉",
        "```\nx = 1\n```",
        "So $$x = 1$$",
        "`x`",
        "**Done.**",
        "",
    ],
)
def test_a_text_with_an_end_is_finished(text: str) -> None:
    assert not is_unfinished(text)


@pytest.mark.parametrize(
    "text", ["and then", "one,", "The two are:", "###", "```\nprint('x')", "So $$\\mu_{s}", "然後我"]
)
def test_a_text_without_an_end_is_unfinished(text: str) -> None:
    assert is_unfinished(text)


def test_a_long_text_in_a_loop_looks_cut_wherever_the_last_copy_ends() -> None:
    assert looks_cut("I like it very much. " * 60, 300)
    assert not looks_cut("I like it very much. " * 60, 1000)
    assert not looks_cut("".join(f"Sentence number {number} is new. " for number in range(60)), 300)
    assert not looks_cut("A list\n- one\n- two", 500)


def test_tokens_are_estimated_for_latin_and_east_asian_texts() -> None:
    # (seven letters, a space, a mark) (two pieces of ten letters) (a digit each) (a Han character each)
    assert estimated_tokens("letters.") == 2
    assert estimated_tokens("abcdefghij 123") == 2 + 3
    assert estimated_tokens("天空。") == 3


def test_a_share_is_never_rounded_to_none_or_all() -> None:
    shares = dict(zip("abcde", (0.0, 0.001, 0.6, 0.999, 1.0), strict=True))
    told = caveat("answers_cut", tuple(shares), "said", shares=shares).message.replace("\u00a0", "")
    assert "(a 0%, b <1%, c 60%, d >99%, e 100%)" in told


def test_a_long_list_is_cut_with_its_rest_counted() -> None:
    say = words("en")
    assert say.listed(["a", "b", "c"], 3) == "a, b, c" and say.listed(["a", "b", "c", "d"], 3) == "a, b, c and 1 more"


def test_the_real_submission_is_seen_through(real: Path, tmp_path: Path) -> None:
    folder = real / "assignment"
    names = {"base": "", "dpo": "DPO_", "orpo": "ORPO_"}
    files = {name: folder / f"submission/{prefix}mistral-7b-v0.3-bnb-4bit.json" for name, prefix in names.items()}
    curves = {name: folder / f"trainer_state/{names[name]}mistral-7b-v0.3-bnb-4bit.json" for name in ("dpo", "orpo")}
    run = RunFolder(tmp_path / "real")
    import_answers(run, Config(), "assignment", files, curves, "harness import")
    warnings = {warning.code: warning for warning in score_run(read_run(run)).warnings}
    assert set(warnings) == {
        "rewards_look_good_answers_do_not", "answers_cut", "repeated_questions", "few_questions",
        "rewards_not_comparable", "asked_otherwise",
    }  # fmt: skip
    assert warnings["asked_otherwise"].variants == ("base", "dpo", "orpo")
    assert "10 of 10 questions differently" in warnings["asked_otherwise"].message
    assert warnings["rewards_look_good_answers_do_not"].variants == ("dpo",)
    assert "a reward accuracy of 100\u00a0%" in warnings["rewards_look_good_answers_do_not"].message
    # Of ORPO's answers 1 loops to the end, 7 stops at "8. The T-800 from", and 8 inside a formula.
    assert "500 tokens (base 100\u00a0%, dpo 100\u00a0%, orpo 30\u00a0%" in warnings["answers_cut"].message
    assert "(2, 10)" in warnings["repeated_questions"].message


@pytest.mark.parametrize("limit", [500, 1024, 2048])
def test_the_finished_answers_of_alpaca_eval_do_not_look_cut(real: Path, limit: int) -> None:
    for path in sorted((real / "alpaca_eval").glob("*.json")):
        texts = [row["output"] for row in json.loads(path.read_text(encoding="utf-8"))]
        assert sum(looks_cut(text, limit) for text in texts) / len(texts) < 0.03
        questions = [Question(str(number), f"Question {number}?") for number in range(len(texts))]
        answers = [response("dpo", str(number), text, finish_reason=None) for number, text in enumerate(texts)]
        assert not found("answers_cut", questions=questions, responses=answers, generation={"max_new_tokens": limit})
