"""One word a term, and no English left in a language that is not: docs/translating.md holds the glossary."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from harness.words import english, words
from harness.words.catalogue import catalogue_file
from harness.words.po_file import read_catalogue
from tests.conftest import ROOT

FORBIDDEN = {
    "偏好回答": ("較佳回答", "被選回答", "勝出回答", "優選回答", "選中的回答"),
    "非偏好回答": ("較差回答", "被拒回答", "落敗回答", "拒絕的回答"),
    "提示模板": ("提示範本", "提示樣板", "提示詞模板", "模版"),
    "系統提示": ("系統提示詞", "系統訊息", "系統指令"),
    "題組": ("題庫", "測驗集", "問題集"),
    "題目": ("問題 {", "符合的問題", "問題與回答"),
    "適配器": ("轉接器", "介面卡", "配接器"),
    "秩": ("rank 值", "LoRA rank", "階數"),
    "隨機種子": ("亂數種子", "隨機數種子", "隨機因子"),
    "信賴區間": ("置信區間", "信心區間", "可信區間"),
    "顯著": ("顯著性差異", "明顯差異"),
    "過擬合": ("過度擬合", "過配適", "過適"),
    "獎勵": ("報酬", "回饋值", "獎賞"),
    "學習率": ("學習速率", "學習速度"),
    "最佳化器": ("優化器", "最佳化程式"),
    "訓練證明": ("訓練證明檔", "訓練憑證", "訓練證書"),
    "微調": ("精調", "細調", "調校"),
    "檢查點": ("存檔點", "查核點"),
    "評估": ("評測", "測評"),
    "主張": ("宣稱", "聲稱"),
    "容許差距": ("容許差異", "容忍度", "容許誤差", "邊際"),
    "由外部匯入": ("在別處", "於他處"),
    "重複率": ("重覆", "複讀"),
    "截斷": ("截短", "被切斷"),
    "token": ("詞元", "標記數", "記號"),
    "基礎模型": ("基準模型", "底模", "基底模型"),
    "統計、資料": ("數據",),
    "Taiwan's words": (
        "信息", "默認", "質量", "視頻", "軟件", "內存", "文件夾", "加載", "緩存", "代碼", "運行", "反饋", "網絡",
        "程序", "界面", "屏幕", "字符", "字段", "鼠標", "菜單", "數組", "哈希", "概率", "方差", "樣本量",
    ),
    "the active voice": ("被",),
}  # fmt: skip
"""The word for a term, and what else has been written for it: one that is not to be found in any sentence."""

MAINLAND = (
    "信赖区间",
    "机率",
    "概似",
    "档案",
    "资料",
    "位元",
    "预设",
    "汇入",
    "汇出",
    "执行",
    "检定",
    "最佳化",
    "回圈",
    "字元",
    "专案",
    "记忆体",
    "萤幕",
    "软体",
    "程式",
    "型别",
    "正规表示",
    "脱机",
    "指针",
    "胜算",
    "则回答",
    "愈",
    "范式",
    "实作",
    "设定",
)
"""What Taiwan writes and the Mainland does not, in simplified characters."""

TERMS = {
    "methods and models": (
        "DPO", "ORPO", "LoRA", "QLoRA", "NF4", "SFT", "NLL", "TRL", "RLHF", "AdamW", "float32", "KL", "sigmoid", "log",
        "logits", "Low-Rank Adaptation", "Direct Preference Optimization", "Odds Ratio Preference Optimization",
        "beta", "alpha", "dropout", "BA", "ref",
    ),
    "statistics by their authors": (
        "Holm", "McNemar", "Tango", "Bonett–Price", "Bonett", "Price", "Hall", "Student", "Wilson", "Clopper–Pearson",
        "Newcombe", "Rafailov et al.", "Hong et al.", "arXiv",
        "Bradley–Terry", "Benjamini–Hochberg", "Benjamini", "Hochberg", "ROUGE-L",
    ),
    "programs and formats": (
        "W&B", "TensorBoard", "Trackio", "LLaMA-Factory", "lm-eval", "JSON", "Git", "commit", "PDF", "Word", "API",
        "harness", "tokenizer", "token", "n-gram", "gram", "base", "bypass", "llm",
    ),
    "files, fields and what is typed": (
        "summary.json", "responses.jsonl", "report.html", "suite.yaml", "questions.jsonl", "scores.jsonl",
        "curves.jsonl", "check.md", "harness.yaml", "day:", "adapter_config.json", "runs/train", "submission/",
        "sha256",
        "harness plan --suite", "harness plan", "harness train", "harness import", "harness check --sequential",
        "harness check", "harness baseline set", "--experiment NAME=ANSWERS,CURVES,SETTINGS",
        "--curves", "=FILE", "docs/import.md", "harness baseline anchor RUN", "--variant NEW=OLD", "--variant",
        "--limit", "--best-of", "METRIC", "tasks", "backend", "dtype", "vllm",
        "cluster", "generation.", "id", "prompt", "generated_text",
        "disable_dropout=True", "disable_dropout", "W0", "nan",
    ),
    "keys": ("Page Up", "Page Down", "Home", "End"),
}  # fmt: skip
"""What is written in Latin letters in every language: names, and what a reader types or finds in a file."""
KEYS_OF_MATHEMATICS = re.compile(r"\$[^$]*\$|\[\[[a-z]+\]\]|`[^`]*`|https?://\S+")
# One letter is a symbol: n, p, r, k, β.
LATIN = re.compile(r"[A-Za-z][A-Za-z'’.-]*[A-Za-z]")
SHOWN = {
    "name": "甲", "names": "甲、乙", "base": "基礎", "run": "代號", "suite": "題組", "task": "任務", "tasks": "任務",
    "first": "甲", "second": "乙", "n": "7",
}  # fmt: skip
"""Of what a user names, Han characters; figures for the rest."""
GLOSSED = re.compile(r"（[A-Za-z][A-Za-z ,&-]*(?=[）（，])")
"""The English term in brackets where it is first met."""


def languages() -> list[str]:
    return [path.stem for path in sorted((ROOT / "harness/words/locale").glob("*.po")) if path.stem != "en"]


def rendered(name: str) -> list[tuple[str, str]]:
    """(key, sentence) for every message with every plural, filled with what stands there in a report."""
    _, messages, _ = read_catalogue(catalogue_file(name), english())
    return [(key, filled(text)) for key, texts in messages.items() for text in texts]


def filled(text: str) -> str:
    return "".join(before + ("" if field is None else SHOWN.get(field, "3.5")) for before, field, *_ in parsed(text))


def parsed(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return list(Formatter().parse(text))


def latin(text: str) -> list[str]:
    """The Latin words of a sentence that no list has, longest terms taken out first."""
    text = GLOSSED.sub("", KEYS_OF_MATHEMATICS.sub("", text))
    for term in sorted((term for group in TERMS.values() for term in group), key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z]){re.escape(term)}(?![A-Za-z])", " ", text)
    return LATIN.findall(text)


@pytest.mark.parametrize("name", languages())
def test_no_sentence_holds_a_latin_word_that_is_no_term(name: str) -> None:
    sentences = rendered(name)
    assert len(sentences) > 900
    found = {key: words_ for key, text in sentences if (words_ := latin(text))}
    assert not found


def test_a_sentence_left_in_english_is_found() -> None:
    assert latin("比率：different from base。") == ["different", "from"]
    assert latin("DPO 的 lm-eval 結果（certificate）見 summary.json") == []


@pytest.mark.parametrize("term", FORBIDDEN)
def test_a_term_has_one_word(term: str) -> None:
    found = {
        key: [word for word in FORBIDDEN[term] if word in text]
        for key, text in rendered("zh_TW")
        if any(word in text for word in FORBIDDEN[term])
    }
    assert not found


def test_simplified_chinese_has_the_words_of_the_mainland() -> None:
    found = {key: text for key, text in rendered("zh_CN") if any(word in text for word in MAINLAND)}
    assert not found


def test_the_glossary_is_in_the_documentation() -> None:
    page = (ROOT / "docs/translating.md").read_text(encoding="utf-8")
    terms = [term for term in FORBIDDEN if not term.isascii() or term == "token"]
    assert not [term for term in terms if f"| {term} |" not in page]


@pytest.mark.parametrize("name", languages())
def test_a_shipped_language_says_everything_in_its_own_words(name: str) -> None:
    held = read_catalogue(catalogue_file(name), english())[1]
    assert list(held) and held.keys() == english().keys()
    say = words(name)
    assert say("list.item") == "、" and say.percent(0.5, 0) == "50%"
