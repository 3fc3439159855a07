"""Headings of other speakers: those that a model makes up, and those that a question, a list or a sentence has."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records import Question, Response, Score
from harness.scorers import read, score_response

REAL = Path(__file__).resolve().parents[4] / "shared" / "real"
ALPACA = ("Below is an instruction that", "### Instruction:", "### Input:", "### Response:")
CHATML = ("<|im_start|>user", "<|im_start|>assistant", "<|im_start|>system")
ASKED = "How many colors are there in a rainbow?"
SEVEN = Question("1", ASKED, "number", "7")


def found(text: str, asked: str = ASKED, headers: tuple[str, ...] = ALPACA) -> list[str]:
    return [heading.text for heading in read(text, headers, asked=asked).roles]


def scores(text: str, question: Question = SEVEN, special: tuple[tuple[int, str], ...] = ()) -> dict[str, Score]:
    response = Response("v", "s", question.id, text, "0", special=special)
    return {score.metric: score for score in score_response(question, response, ALPACA)}


MADE_UP = [
    ("There are seven.\n\n### Human:\nThere are seven.\n\n### Human:\nSeven.", {"### Human:": 2}),
    ("Seven.\n\n### User:\nAnd in Rome?\n\n### Assistant:\nSeven.", {"### User:": 1, "### Assistant:": 1}),
    ("Seven.### Human: Thanks!### Assistant: You're welcome.", {"### Human:": 1, "### Assistant:": 1}),
    ("Seven.\n### Human\nAnd the moon?\n### Assistant\nOne.", {"### Human": 1, "### Assistant": 1}),
    ("Seven.\n\n## User:\nAnd?", {"## User:": 1}),
    ("Seven.\n\n### Question:\nHow far is the moon?", {"### Question:": 1}),
    ("Seven colors.\n\nUser: How far is the moon?\nAssistant: Quite far.", {"User:": 1, "Assistant:": 1}),
    ("Seven colors.\n\nHuman: Thank you.\n\nAssistant: You're welcome.", {"Human:": 1, "Assistant:": 1}),
    ("Seven.\nHuman: Thank you.\nAI: You're welcome.", {"Human:": 1}),
    ("Seven.\n\nAssistant: Is there more that I can do?", {"Assistant:": 1}),
    ("Seven.\n\nUser:", {"User:": 1}),
    ("Seven.\nQ: What is the capital of France?\nA: Paris.\nQ: Of Spain?\nA: Madrid.", {"Q:": 2}),
    ("7\n\nQuestion: What is the capital of France?\nAnswer: Paris.", {"Question:": 1}),
    ("The answer is 7.\nUSER: And the moon? ASSISTANT: One.", {"USER:": 1, "ASSISTANT:": 1}),
    ("The answer is 7. USER: And the moon? ASSISTANT: One.", {"USER:": 1, "ASSISTANT:": 1}),
    ("It is 7.</s>USER: And the moon?", {"USER:": 1}),
    ("It is 7.<|endoftext|>Human: And the moon?", {"Human:": 1}),
    ("Seven.<|endoftext|>\n\nHuman: And the moon?", {"Human:": 1}),
    ("Seven.<|im_end|>\n<|im_start|>user\nAnd the moon?<|im_end|>", {"<|im_start|>user": 1}),
    ("Seven.\n<|im_start|>", {"<|im_start|>": 1}),
    ("Seven.<|user|>\nAnd the moon?\n<|assistant|>\nOne.", {"<|user|>": 1, "<|assistant|>": 1}),
    ("Seven.<|end|><|user|>And the moon?<|end|>", {"<|user|>": 1}),
    (
        "Seven.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nAnd?",
        {"<|start_header_id|>user<|end_header_id|>": 1},
    ),
    ("Seven. [INST] And the moon? [/INST] One.", {"[INST]": 1, "[/INST]": 1}),
    ("Seven.</s><s>[INST] And the moon? [/INST] One.", {"[INST]": 1, "[/INST]": 1}),
    (
        "Seven.<end_of_turn>\n<start_of_turn>user\nAnd?<end_of_turn>\n<start_of_turn>model\nOne.",
        {"<start_of_turn>user": 1, "<start_of_turn>model": 1},
    ),
    ("Seven.<｜end▁of▁sentence｜><｜User｜>And?<｜Assistant｜>One.", {"<｜User｜>": 1, "<｜Assistant｜>": 1}),
    (
        "Seven.<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>And?",
        {"<|START_OF_TURN_TOKEN|><|USER_TOKEN|>": 1},
    ),
    ("Seven.\n<|prompter|>And the moon?<|endoftext|><|assistant|>One.", {"<|prompter|>": 1, "<|assistant|>": 1}),
    ("Seven.\n[|Human|]And the moon?\n[|AI|]One.", {"[|Human|]": 1, "[|AI|]": 1}),
    ("Seven.<|end_of_turn|>GPT4 Correct User: And?", {"GPT4 Correct User:": 1}),
    ("Seven.\n<human>: And the moon?\n<bot>: One.", {"<human>:": 1}),
    ("Seven.\nuser\nHow far is the moon from here?\nassistant\nFar.", {"user": 1, "assistant": 1}),
    ("There are seven.assistant\n\nThere are seven.assistant\n\nThere", {"assistant": 2}),
    ('Seven.\n{"from": "human", "value": "And the moon?"}', {'{"from": "human"': 1}),
    ("Seven.\n\nInstruct: Name a city.\nOutput: Rome", {"Instruct:": 1}),
    ("Seven.\n\n**User**\nAnd?\n\n**Assistant**\nOne.", {"User": 1, "Assistant": 1}),
    ("共七種。\n【用户】那月亮呢\n【助手】一個", {"【用户】": 1, "【助手】": 1}),
    ("Seven.\n\n### Human 2:\nAnd?", {"### Human 2:": 1}),
    ("Seven.\n\n**User:** And the moon?\n\n**Assistant:** One.", {"User:": 1, "Assistant:": 1}),
    ("有七種顏色。\n\n使用者：那月亮呢？\n助理：一個。", {"使用者：": 1, "助理：": 1}),
    ("共七種。\n\n### 問題：\n月亮有幾個？", {"### 問題：": 1}),
    ("共七種。使用者：謝謝你的回答。助理：不客氣。", {"使用者：": 1, "助理：": 1}),
    ("有七种颜色。\n用户：月亮有几个？\n助手：一个。", {"用户：": 1, "助手：": 1}),
    ("七种。\n\n问：月亮有几个？\n答：一个。", {"问：": 1}),
    (
        "七色です。\n\nユーザー：月はいくつありますか。\nアシスタント：一つです。",
        {"ユーザー：": 1, "アシスタント：": 1},
    ),
    ("七色です。\n### 指示:\n月について", {"### 指示:": 1}),
    ("일곱 가지입니다.\n\n사용자: 달은 몇 개입니까?", {"사용자:": 1}),
    ("Es sind sieben Farben.\n\nBenutzer: Und der Mond?\nAssistent: Einer.", {"Benutzer:": 1, "Assistent:": 1}),
    ("Sieben.\n\nFrage: Wie weit ist der Mond entfernt?\nAntwort: Weit.", {"Frage:": 1}),
    ("Il y en a sept.\n\nUtilisateur : Et la lune ?\nAssistant : Une.", {"Utilisateur :": 1, "Assistant :": 1}),
    ("Son siete.\n\nUsuario: ¿Y la luna?\nAsistente: Una.", {"Usuario:": 1, "Asistente:": 1}),
    ("Son siete.\n\nPregunta: ¿Cuántas lunas hay?", {"Pregunta:": 1}),
    ("Их семь.\n\nПользователь: А луна?", {"Пользователь:": 1}),
    ("Q: How many colors are there in a rainbow?\nA: 7\nQ: How many moons?\nA: 1", {"Q:": 1}),
    ("```\nprint(7)\n```\nSeven.\n\nUser: Thanks, and eight?", {"User:": 1}),
]


@pytest.mark.parametrize(("text", "expected"), MADE_UP)
def test_a_turn_that_nobody_asked_for_is_counted_with_its_heading(text: str, expected: dict[str, int]) -> None:
    assert Counter(found(text)) == expected
    values = scores(text)
    assert (values["roles"].value, values["leak"].value) == (1, 0)
    for heading, many in expected.items():
        assert f'{many} × "{heading}"' in (values["roles"].note or "")


ORDINARY = [
    (ASKED, "Answer: 7"),
    (ASKED, "Note: some say six.\nStep 1: count.\nStep 2: seven.\nAnswer: 7"),
    (ASKED, "### Answer:\n7"),
    (ASKED, "### Explanation:\nLight is bent.\n\n### Conclusion:\nSeven."),
    (ASKED, "Q: How many colors are there in a rainbow?\nA: 7"),
    (ASKED, "Question: How many colors?\nAnswer: 7"),
    (ASKED, "Assistant: There are seven."),
    (ASKED, "<|assistant|>\nThere are seven."),
    (ASKED, "[/INST] There are seven."),
    (ASKED, "The User: a portrait. Human: that is what we are."),
    (ASKED, 'He wrote "User: hello" and left. Seven.'),
    (ASKED, "There are seven.\n> User: how many?\n> Bot: seven"),
    (ASKED, "- User: reads\n- Assistant: writes"),
    (ASKED, "| User: | reads |\n| Assistant: | writes |"),
    ("Write a conversation between a user and a bot.", "User: Hi!\nBot: Hello.\nUser: Bye.\nAssistant: Bye."),
    ("Write a short play with a human and a robot.", "A room.\n\nHuman: Who is there?\n\nRobot: I am.\n\nHuman: Oh."),
    ("Write an interview with an astronaut.", "Welcome.\n\nQ: How far is it?\nA: Far.\nQ: And back?\nA: Too."),
    ("Create a quiz about rainbows.", "Rainbows are fun.\n\nQuestion: How many colors?\nAnswer: 7"),
    ("Tell me a joke.", "Here it comes.\nQ: Why did the chicken cross the road?\nA: To get to the other side."),
    ("Give me an FAQ for a shop.", "### Question:\nWhen do you open?\n### Answer:\nAt nine."),
    ("User: hi\nBot: hello\nUser: who are you?\n\nCorrect the grammar.", "Of course.\nUser: Hi.\nBot: Hello."),
    ("Explain ChatML.", "Turns are marked.\n\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>"),
    ("How do I prompt Llama 2?", "Wrap it in `[INST]` and `[/INST]`."),
    ("How does Qwen mark turns?", "```\n<|im_start|>user\nHi<|im_end|>\n```\nThat is all."),
    ("How does Qwen mark turns?", 'Each turn begins with "<|im_start|>user" and ends with "<|im_end|>".'),
    ("How does Qwen mark turns?", "Turns begin with the <|im_start|> token, then the role."),
    ("How does Zephyr mark turns?", "- <|user|>: the user's turn\n- <|assistant|>: the model's"),
    ("How does Zephyr mark turns?", "For example:\n\n<|user|>\nHi</s>\n<|assistant|>\nHello</s>"),
    ("What is a chatbot good for?", "It answers. An example:\n\nUser: When do you open?\nAssistant: At nine."),
    ("How do I call the API?", '```json\n[{"role": "user", "content": "Hi"}]\n```'),
    ("How do I call the API?", 'Send messages like this:\n{"role": "user", "content": "Hi"}'),
    ("Who works with the system?", "User: the person who uses the system.\nAdmin: the person who runs it."),
    ("Who works with the system?", "There are three.\n\nAdmin: runs it\nUser: works with it\nGuest: looks at it"),
    ("How many chromosomes do they have?", "Cat: 38\nHuman: 46\nDog: 78"),
    ("What is my login?", "Host: db.example.org\nUser: alice\nPort: 5432"),
    ("Give me two practice problems.", "Here.\n\nQuestion: 2+2?\nAnswer: 4\n\nQuestion: 3+3?\nAnswer: 6"),
    ("請給我兩題數學題。", "好的。\n\n問題：1+1=?\n答案：2"),
    ("How do human and AI compare?", "Creativity:\nHuman: high\nAI: low\n\nSpeed\nHuman: low\nAI: high"),
    ("比較人類與 AI。", "如下。\n\n人類：慢\nAI：快"),
    ("Vergleiche Mensch und KI.", "Kurz gesagt.\n\nMensch: langsam\nKI: schnell"),
    ("How do I write the settings?", "Two sections.\n\n[user]\nname = Bob\n\n[assistant]\nname = Eve"),
    ("Translate to French: User: Hello", "Voici.\n\nUtilisateur : Bonjour"),
    ("Design a prompt for a bot.", "Certainly.\n\n### Human:\n{question}\n\n### Assistant:\n"),
    ("How do I call the API?", 'messages = [\n    {"role": "user", "content": "Hi"}\n]'),
    ("What are the symbols?", "C: capacity\nQ: charge\nV: voltage"),
    ("Which tables are there?", "## Tables\n\n### User\n- id\n- name\n\n### Order\n- id"),
    ("Explain the program.", "It reads a list.\n\nInput: nums = [2, 7]\nOutput: 9"),
    ("Which words mean a person?", "Some words:\nuser\nhuman\nassistant\nmodel"),
    ("Wer arbeitet damit?", "Zwei.\n\nBenutzer: Person, die es bedient.\nVerwalter: Person, die es betreut."),
    ("Schreibe einen Dialog.", "Ein Morgen.\n\nBenutzer: Guten Tag!\nAssistent: Guten Tag!"),
    ("Qui utilise le système ?", "Utilisateur : personne qui se sert du système."),
    ("Écris un dialogue.", "Le matin.\n\nUtilisateur : Bonjour.\nAssistant : Bonjour."),
    ("¿Quién usa el sistema?", "Hay dos.\n\nUsuario: persona que usa el sistema."),
    ("Escribe una conversación.", "Por la mañana.\n\nUsuario: Hola.\nAsistente: Hola."),
    ("請寫一段使用者與客服的對話。", "早上九點。\n\n使用者：您好。\n助理：您好。"),
    ("名詞解釋。", "使用者：指操作系統的人。\n管理員：指維護系統的人。"),
    ("请写一个剧本。", "第一幕。\n\n用户：你好。\n助手：你好。"),
    ("名词解释。", "下面两个词。\n\n用户：使用系统的人。"),
    ("会話を書いてください。", "朝です。\n\nユーザー：おはよう。\nアシスタント：おはようございます。"),
    ("用語の説明をしてください。", "二つあります。\n\nユーザー：システムを利用する人。"),
    ("虹は何色ですか。", "例えば次の会話です。\n\nユーザー：何色？\nアシスタント：七色です。"),
    ("彩虹有幾種顏色？", "問題：彩虹有幾種顏色？\n答案：七種。"),
    ("How many?", "<think>User: 7?\n\nHuman: hm ### Human: hm\n</think>Seven."),
]  # fmt: skip


@pytest.mark.parametrize("text", ["A list.\n\n### Input:\n[2, 7]\n\n### Output:\n9", "Seven.\n\n### System:\nLinux"])
def test_a_heading_of_a_manual_is_none(text: str) -> None:
    assert found(text, "Explain the program.", CHATML) == []


@pytest.mark.parametrize(("asked", "text"), ORDINARY)
def test_a_heading_that_is_asked_for_quoted_or_an_entry_of_a_list_is_none(asked: str, text: str) -> None:
    assert found(text, asked) == []
    values = scores(text, Question("1", asked))
    assert (values["roles"].value, values["roles"].note) == (0, None)
    assert values["answer_words"].value == (1 if "<think>" in text else values["words"].value)


def test_the_answer_ends_where_another_speaker_begins() -> None:
    values = scores("There are seven.\n\n### Human:\nEight?\n\n### Human:\nThere are nine.")
    assert (values["correct"].value, values["answer_words"].value, values["words"].value) == (1, 3, 11)
    assert values["roles"].note == '2 × "### Human:", from character 18'
    assert values["leak"].note is None


@pytest.mark.parametrize(
    ("headers", "text", "leak", "roles"),
    [
        (ALPACA, "7\n### Input:\n8\n### Human:\n9", 2, ["### Human:"]),
        (ALPACA, "7\n### Human:\n9\n### Input:\n8", 15, ["### Human:"]),
        (CHATML, "7<|im_end|>\n<|im_start|>user\nAnd?", 12, []),
        (CHATML, "7\n### Instruction:\nAnd?", None, ["### Instruction:"]),
        (("USER:", "ASSISTANT:"), "7\nUSER: And?\nASSISTANT: 8", 2, []),
        (("User:", "Assistant:"), "7\n\nHuman: And?", None, ["Human:"]),
        (("[INST]", "[/INST]"), "7 [INST] And? [/INST] 8", 2, []),
        (("<|user|>", "<|assistant|>"), "7\n<|user|>\nAnd?", 2, []),
        (("### Human:", "### Assistant:"), "7\n### Human:\nAnd?", 2, []),
        (CHATML, "7\n### Instruction:\nAdd.\n### Input:\n8", None, ["### Instruction:", "### Input:"]),
        ((), "7\n### Human:\nAnd?\n### Response:\n8", None, ["### Human:", "### Response:"]),
    ],
)  # fmt: skip
def test_a_heading_is_a_leak_of_its_own_template_or_another_speaker_s_never_both(
    headers: tuple[str, ...], text: str, leak: int | None, roles: list[str]
) -> None:
    reading = read(text, headers, asked=ASKED)
    assert (reading.leak, [heading.text for heading in reading.roles]) == (leak, roles)
    assert reading.answer == "7"


def test_a_token_that_the_model_wrote_is_a_turn_even_where_code_stands_open() -> None:
    assert found("```\nprint(7)\n<|im_start|>user\nAnd?") == []
    text, special = "```\nprint(7)\nuser\nAnd?", ((13, "<|im_start|>"),)
    reading = read(text, ALPACA, special, asked="Explain ChatML.")
    assert [(it.start, it.text) for it in reading.roles] == [(13, "<|im_start|>user")]
    assert reading.answer == "```\nprint(7)"


def test_a_note_names_at_most_five_kinds() -> None:
    labels = ("User", "Human", "使用者", "Benutzer", "Usuario", "Utente", "사용자")
    text = "Seven.\n" + "".join(f"\n{label}: And the moon?\n" for label in labels)
    note = scores(text)["roles"].note or ""
    assert note.count("×") == 5 and ", 2 more, from character 8" in note


LACKS = [
    ("", (), "nothing written", 1, 0),
    (" \n\t\u3000\u200b", (), "only white space", 1, 0),
    ("", ((0, "</s>"),), "only special tokens", 1, 0),
    ("</s></s>", (), "only special tokens", 1, 0),
    ("<|endoftext|>\n<pad>", (), "only special tokens", 1, 0),
    ("<think>Seven.</think>\n", (), "only a thought", 1, 0),
    ("<think></think>", (), "only a thought", 1, 0),
    ("\n### Instruction:\nSeven.", (), "nothing before the template", 0, 1),
    ("<think>7</think>\n### Input:\n7", (), "nothing before the template", 0, 1),
    ("### Human:\nSeven.", (), "nothing before another role", 0, 1),
    ("User: seven?\nAssistant: 7", (), "nothing before another role", 0, 1),
    ("<|im_start|>user\n7", (), "nothing before another role", 0, 1),
    ("user\n7", ((0, "<|im_start|>"),), "nothing before another role", 0, 1),
    ("使用者：七種？", (), "nothing before another role", 0, 1),
]


@pytest.mark.parametrize(("text", "special", "lack", "empty", "unbegun"), LACKS)
def test_where_no_answer_stands_every_note_says_why_in_the_same_words(
    text: str, special: tuple[tuple[int, str], ...], lack: str, empty: int, unbegun: int
) -> None:
    values = scores(text, SEVEN, special)
    assert (values["correct"].value, values["correct"].note, values["no_answer"].value) == (0, lack, 1)
    assert (values["empty"].value, values["unbegun"].value) == (empty, unbegun)
    assert (values["empty"].note or values["unbegun"].note) == lack
    assert values["answer_words"].value == 0


def test_a_special_token_that_is_asked_for_is_an_answer() -> None:
    asked = Question("1", "Which token ends a turn of ChatML?", "contains", "<|im_end|>")
    values = scores("<|im_end|>", asked)
    assert (values["correct"].value, values["empty"].value) == (1, 0)


@given(st.text("User:Human#<|im_start>[INST]\n `7使用者：", max_size=120))
def test_headings_ascend_and_lie_in_their_text(text: str) -> None:
    reading = read(text, ALPACA, asked=ASKED)
    edges = [edge for heading in reading.roles for edge in (heading.start, heading.end)]
    assert edges == sorted(edges) and (not edges or edges[-1] <= len(text))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")
def test_of_real_answers_the_one_that_speaks_as_a_human_is_found_and_no_other() -> None:
    counts: dict[str, str] = {}
    for path in sorted((REAL / "assignment" / "submission").glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            text = row["generated_text"].split("### Response:\n", 1)[1]
            if note := scores(text, Question("1", row["prompt"]))["roles"].note:
                counts[f"{path.name[:4]} {row['id']}"] = note
    assert counts == {"ORPO 1": '11 × "### Human:", from character 162'}


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")
@pytest.mark.parametrize("name", ["Mistral-7B-Instruct-v0.3", "mistral-orpo-beta", "zephyr-7b-beta"])
def test_answers_of_tuned_models_to_all_kinds_of_questions_have_none(name: str) -> None:
    rows = json.loads((REAL / "alpaca_eval" / f"{name}.json").read_text(encoding="utf-8"))
    hits = [row["output"] for row in rows if found(row["output"], row["instruction"])]
    assert len(rows) == 805 and hits == []
