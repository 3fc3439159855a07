"""What is thought and what is answered: families of texts, as models and the people who prompt them write them."""

from __future__ import annotations

import pytest

from harness.records import Question, Reasoning, Response
from harness.scorers import KNOWN, METRICS, read, score_response
from harness.scorers.thoughts import find_thinking
from tests.support.looping_texts import looping

TWELVE = Question("1", "How many legs have three cats?", "number", "12", points=(("twelve", "12"),), reference="12")
PARIS = Question("1", "Name the capital of France, in one word.", "exact", "Paris")
HEADERS = ("### Instruction:", "### Response:", "User:")


def scored(text: str, question: Question = TWELVE, **more: object) -> dict[str, float | None]:
    response = Response("v", "s", question.id, text, "0", **more)  # type: ignore[arg-type]
    return {score.metric: score.value for score in score_response(question, response, HEADERS, thinking=True)}


def noted(text: str, question: Question = TWELVE, **more: object) -> str | None:
    response = Response("v", "s", question.id, text, "0", **more)  # type: ignore[arg-type]
    return next(it.note for it in score_response(question, response, HEADERS) if it.metric == "correct")


def blocks(text: str, was_cut: bool | None = None) -> list[str]:
    return [text[it.begun : it.over].strip() for it in find_thinking(text, KNOWN, was_cut).blocks]


@pytest.mark.parametrize(("opening", "closing"), KNOWN.tags, ids=[opening for opening, _ in KNOWN.tags])
def test_every_known_pair_is_closed_unopened_and_cut(opening: str, closing: str) -> None:
    found = read(f"{opening}\nMaybe Lyon, or 4.\n{closing}\n\nParis", ())
    assert (found.answer, found.thought, found.unfinished) == ("Paris", "Maybe Lyon, or 4.", False)
    assert read(f"Maybe Lyon.\n{closing}\n\nParis", ()).answer == "Paris"
    cut = read(f"{opening}\nMaybe Lyon.", ())
    assert (cut.answer, cut.thought, cut.unfinished) == ("", "Maybe Lyon.", True)


CLOSED = [
    "<think>\nMaybe 4. Let me recheck.\n</think>\n\n12",
    "<think>Maybe 4.</think>12",
    "  \n<think> 4 </think> The answer is 12.",
    "<THINK>4</THINK>\n12",
    "<Thought>4 or 5</Thought>\n12",
    '<think duration="3">4</think>12',
    "<thinking>4</thinking>\n\nThey have 12 legs.",
    "<reasoning>\nThree cats, 4 legs each.\n</reasoning>\n<answer>\n12\n</answer>",
    "<thinking>4<reflection>5?</reflection>6</thinking><output>12</output>",
    "<|begin_of_thought|>4<|end_of_thought|><|begin_of_solution|>12<|end_of_solution|>",
    "<|START_THINKING|>4<|END_THINKING|><|START_RESPONSE|>12<|END_RESPONSE|>",
    "[THINK]Is it 4?[/THINK]12",
    "◁think▷四條腿，4？◁/think▷12",
    "<seed:think>貓有4條腿</seed:think>\n答案是12。",
    "<think>猫は4本足です。</think>\n\n12本です。",
    "<think>แมวมี 4 ขา</think>\nคำตอบคือ 12",
    "<think>고양이는 다리가 4개</think>\n\n12개",
    "<think>Die Antwort ist 4. Nein.</think>\nEs sind 12 Beine.",
    "Sure, let me think: it may be 4.\n<think>3 × 4</think>\n12",
    "<think>a</think>It is 4.<think>No, three cats.</think>It is 12.",
    "<think></think>12",
    "<think>\n\n</think>\n\n12",
    "<think>\n<think>\n4\n</think>\n\n12",
    "<think>4 <think>5</think> 6</think> 12",
    "<think>4\n<think>\n5</think>\n12",
    "<think>4</thinking>\n12",
    "<think>the answer is 4</think>12</think>",
    "<think>4</think>12\n</think>",
    "<think>```py\nx = 4\n</think>\n\n12",
    "<think>I could print it:\n```\n</think> 4\n```\nno</think>12",
    "three cats, 4 legs each\n</think>\n\n12",
    "4?</think>12",
    "12 legs.<think>Yes, 4 each.</think>",
    "<think>User: how many? 4\n### Response: 5</think>12",
]


@pytest.mark.parametrize("text", CLOSED)
def test_what_stands_behind_the_thought_is_judged(text: str) -> None:
    values = scored(text)
    assert (values["correct"], values["no_answer"], values["points"], values["empty"]) == (1, 0, 1, 0)
    assert values["truncated_thought"] == values["leak"] == 0


HARMONY = [
    "<|channel|>analysis<|message|>4?<|end|><|start|>assistant<|channel|>final<|message|>12",
    "<|channel|>analysis<|message|>4?<|end|><|start|>assistant<|channel|>final<|message|>12<|return|>",
    "<|start|>assistant<|channel|>analysis<|message|>4?<|end|><|start|>assistant<|channel|>final<|message|>12",
    "<|channel|>analysis<|message|>4?<|channel|>final<|message|>12",
    "<|channel|>final<|message|>12",
    "<|channel|>analysis<|message|>4<|end|><|start|>assistant<|channel|>analysis<|message|>5<|end|>"
    "<|start|>assistant<|channel|>final<|message|>12",
    "<|channel|>analysis<|message|>4<|end|><|start|>assistant<|channel|>commentary<|message|>I look it up: 4."
    "<|end|><|start|>assistant<|channel|>final<|message|>12",
    "<|channel|>commentary to=functions.count <|constrain|>json<|message|>{4}<|end|><|start|>assistant"
    "<|channel|>final <|constrain|>json<|message|>12",
    "analysisWe need the number of legs: 4 each.assistantfinal12",
    "analysisUser asks for legs. 4.assistantcommentaryassistantfinalThey have 12 legs.",
    "analysis 4 legs each assistantfinal12",
]


@pytest.mark.parametrize("text", HARMONY)
def test_of_harmonys_channels_the_final_one_is_judged(text: str) -> None:
    values = scored(text.removesuffix("<|return|>"))
    assert (values["correct"], values["truncated_thought"], values["no_answer"]) == (1, 0, 0)
    assert read(text.removesuffix("<|return|>"), ()).answer in ("12", "They have 12 legs.")


def test_special_tokens_that_a_text_does_not_show_tell_its_channels() -> None:
    opening = ((0, "<|channel|>"), (8, "<|message|>"))
    special = (*opening, (18, "<|end|>"), (18, "<|start|>"), (27, "<|channel|>"), (32, "<|message|>"))
    text = "analysis4 or 5? 12assistantfinal12"
    values = scored(text, special=special)
    assert (values["correct"], values["leak"], values["thought_words"], values["answer_words"]) == (1, 0, 4, 1)
    found = read(text, ("<|end|><|start|>assistant",), special)
    assert (found.answer, found.thought, found.thoughts, found.leak) == ("12", "4 or 5? 12", ((0, 32),), None)


CUT = [
    "<think>\nthree cats, four legs, 12\n",
    "<think>12",
    "<think>\n\n",
    "[THINK]three cats, 12",
    "◁think▷12",
    "<reasoning>\n12 legs, or",
    "<thinking>12<reflection>yes, 12</reflection>and so",
    "<|channel|>analysis<|message|>It is 12",
    "<|channel|>analysis<|message|>It is<|end|><|start|>assistant<|channel|>analysis<|message|>12",
    "analysisWe need to count: 12",
    "<|begin_of_thought|>12",
    "<think>三隻貓，四條腿，12",
    "<think>猫は3匹、12本",
    "Sure!\n<think>So 12",
    "<think>4</think>\nLet me check.\n<think>12, so",
    "<think>I write\n```\n</think> 12\n```\nand then",
]


@pytest.mark.parametrize("text", CUT)
def test_a_text_that_ends_inside_its_thought_is_wrong_and_not_answered(text: str) -> None:
    values = scored(text)
    assert (values["correct"], values["no_answer"], values["truncated_thought"]) == (0, 1, 1)
    assert noted(text) == "cut inside the thought"


def test_an_answer_before_a_thought_without_end_is_none() -> None:
    values = scored("They have 12 legs.\n<think>\nLet me check: 4", finish_reason="length")
    assert (values["correct"], values["no_answer"], values["truncated_thought"]) == (0, 1, 1)
    assert scored("Hm.\n<think>12", Question("1", "Why?"))["correct"] is None


def test_of_tags_that_do_not_balance_a_known_cut_decides() -> None:
    text = "<think>4\n<think>\n5</think>\nstill 12"
    assert blocks(text) == blocks(text, was_cut=False) == ["4\n<think>\n5"]
    assert scored(text, finish_reason="length")["truncated_thought"] == 1


PROSE = [
    "Use the <think> tag. 12",
    "It writes <think> tags around them, so 12.",
    "Put it between <think> and </think>, then say 12.",
    "Write your thoughts as <think>…</think> and then 12.",
    "The model ends its thought with </think> before it answers 12.",
    "`<think>` opens it and `</think>` closes it: 12.",
    'Models emit "<think>" first. 12',
    "The tag “</think>” closes it. 12",
    "<think> is a tag that models use. 12",
    "<think> tags mark reasoning, 12 of them.",
    "```\n<think>4</think>\n```\nThere are 12.",
    "~~~html\n<think>\n~~~\n12",
    "用 <think> 標籤包住思考，共 12 個。",
    "请使用</think>标签，12。",
    "<think> タグを使います。12",
    "ใช้ <think> แท็ก 12",
    "Mit <think> beginnt es. 12",
    "Let <b>x</b> be 3 < 4, so 12.",
    "See [THINKING] and [1]. 12",
    "analysis: there are 12.",
    "analysis of the data gives 12",
    "Analysis\nThere are 12.",
    "The assistantfinal channel has 12.",
    "<thinker>4</thinker> 12",
]


@pytest.mark.parametrize("text", PROSE)
def test_a_tag_that_is_spoken_of_or_is_code_begins_no_thought(text: str) -> None:
    assert not read(text, ()).thoughts
    assert read(text, ()).answer == text.strip()
    assert scored(text)["thought_words"] == scored(text)["truncated_thought"] == 0


def test_in_a_thought_tags_that_are_spoken_of_close_nothing() -> None:
    text = "<think>I should close it with the </think> tag, says the user; `</think>` it is. 4</think>12"
    assert read(text, ()).answer == "12"


@pytest.mark.parametrize(
    ("text", "answer", "end"),
    [
        ("12\n### Instruction:\nAnd dogs?\n### Response:\n<think>4</think>5", "12", 3),
        ("<think>4</think>12\n### Instruction:\n<think>x</think>5", "12", 19),
        ("<think>4</think>12<|im_start|>user\nAnd?<|im_end|><|im_start|>assistant\n<think>x</think>5", "12", 18),
        ("<think>12<|im_end|><|im_start|>user\n4</think>5", "", 19),
    ],
)
def test_behind_another_turn_nothing_is_thought_or_answered(text: str, answer: str, end: int) -> None:
    found = read(text, HEADERS)
    assert (found.answer, found.end) == (answer, end)


def test_length_repetition_and_loops_are_of_the_whole_of_the_thought_and_of_the_answer() -> None:
    thought, answer = "so it goes on and on " * 20, "It is twelve, it is twelve. 12"
    text = f"<think>{thought}</think>\n{answer}"
    values = scored(text, finish_reason="stop")
    # 20 times 6 words; six different 4-grams of 117. The closing tag stands alone.
    assert (values["thought_words"], values["answer_words"], values["words"]) == (120, 7, 128)
    assert values["rep_4_thought"] == pytest.approx(1 - 6 / 117)
    assert values["rep_4_answer"] == 0
    assert (values["loop_thought"], values["loop_answer"], values["loop"]) == (1, 0, 0)
    assert values["characters"] == len(text)
    looping_answer = scored(f"<think>12, I think.</think>{thought}")
    assert (looping_answer["loop_thought"], looping_answer["loop_answer"], looping_answer["loop"]) == (0, 1, 1)


def test_what_judges_the_answer_does_not_read_the_thought() -> None:
    thought = "<think>I'm sorry, but I cannot help with that. User: 12 ### Response: 12</think>"
    values = scored(f"{thought}\nSeven.")
    assert (values["correct"], values["refusal"], values["leak"], values["points"]) == (0, 0, 0, 0)
    assert values["rouge_l"] == 0
    assert scored("<think>Fine.</think>I'm sorry, but I cannot help with that.")["refusal"] == 1
    assert scored("<think>12</think>\n \n")["empty"] == 1
    assert scored("<think>12</think>\nUser: 4")["leak"] == 1
    assert scored("<think>Lyon</think>\n\nParis", PARIS)["correct"] == 1


def test_metrics_of_thoughts_are_only_there_where_something_thinks() -> None:
    of_thoughts = {name for name, metric in METRICS.items() if metric.of_thoughts}
    assert of_thoughts == {
        "thought_words", "rep_4_thought", "rep_4_answer", "loop_thought", "loop_answer", "truncated_thought",
    }  # fmt: skip
    plain = Response("v", "s", "1", "They have 12 legs.", "0")
    without = {score.metric: (score.value, score.note) for score in score_response(TWELVE, plain, HEADERS)}
    with_them = {s.metric: (s.value, s.note) for s in score_response(TWELVE, plain, HEADERS, thinking=True)}
    assert with_them.keys() - without.keys() == of_thoughts
    assert without == {name: with_them[name] for name in without}
    assert with_them["rep_4_thought"] == (None, "no thought")
    assert with_them["rep_4_answer"] == with_them["rep_4"]


def test_a_prompt_that_opens_a_thought_makes_a_text_that_was_cut_all_thought() -> None:
    opened = Reasoning(KNOWN.tags, "<think>")

    def found(text: str, was_cut: bool | None) -> tuple[str, bool]:
        it = read(text, (), reasoning=opened, was_cut=was_cut)
        return it.answer, it.unfinished

    assert found("three cats, 12", True) == ("", True)
    # An adapter that was trained on plain answers ends by itself.
    assert found("They have 12.", False) == found("They have 12.", None) == ("They have 12.", False)
    assert found("4</think>12", False) == ("12", False)
    assert found("<think>4</think>12", False) == ("12", False)
    assert found("4 <think> 5</think> 6</think>12", False) == ("12", False)
    assert found("I use the <think> tag", True) == ("", True)
    assert found("</think>\n\n12", True) == ("12", False)


def test_a_suites_own_pair_is_the_only_one() -> None:
    plan = Reasoning((("<plan>", "</plan>"),))
    assert read("<plan>4</plan>12", (), reasoning=plan).answer == "12"
    assert read("<think>4</think>12", (), reasoning=plan).answer == "<think>4</think>12"
    words = Reasoning((("Reasoning:", "Answer:"),))
    assert read("Reasoning: 4\nAnswer: 12", (), reasoning=words).answer == "12"
    assert read("Reasoning: 4 and", (), reasoning=words).unfinished
    none = Reasoning(())
    assert read("<think>4</think>12", (), reasoning=none).answer == "<think>4</think>12"
    assert read("analysisWe 4assistantfinal12", (), reasoning=none).answer == "analysisWe 4assistantfinal12"


@pytest.mark.parametrize("text", CLOSED + CUT + HARMONY + PROSE)
def test_places_of_thoughts_ascend_and_lie_in_the_text(text: str) -> None:
    found = read(text, HEADERS)
    edges = [edge for span in found.thoughts for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    assert found.answer in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "<think>", "</think>", "<think>\n", "<think>x", "<think>x</thought>", "<thought>x<think>y</think>", "`<think>",
        "```\n<think>", "<think>\n```py\n</think>\n", "the <think> ", "<|channel|>analysis<|message|>", "< ", "[THINK]",
        "<think ", "analysis", "assistantfinal", "<answer>", "</think>\n<answer>",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_megabyte_of_tags_takes_as_long_as_it_is(piece: str) -> None:
    from tests.scorers.test_linear import grows_like_its_length

    assert grows_like_its_length(lambda length: lambda: read(looping(piece, length), HEADERS), 250_000)
