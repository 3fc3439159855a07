"""What a question wants that makes headings of speakers part of its answer: a dialogue, the marks themselves."""

from __future__ import annotations

import re

from harness.scorers.turns.labels import ANSWER, ASSISTANT, MACHINE, QUESTION, USER

# What asks for several voices, or for questions, a language a line or two.
_DIALOGUE = re.compile(
    r"\bdialog|\bconversation|\btranscript|\binterview|\bscreenplay|\bskits?\b|\bsketch|\bscenes?\b|\bfaqs?\b|\bquiz"
    r"|\bfrequently asked|\bq ?(?:&|/|and|n) ?a\b|\bquestions? ?(?:and|&|-|/) ?answers?\b|\bquestion[- ]answer"
    r"|\briddles?\b|\bjokes?\b|\bflash ?cards?\b|\btrivia\b|\bdebate|\brole[- ]?play|\bstage play|\buse cases?\b"
    r"|\ba (?:\w{1,20} )?play\b|\bchat\b|\bchat ?(?:log|bot|room)|\b(?:movie|film) script|\bworksheet"
    r"|\btext messages?\b|\bscript (?:for|of|about|between|in which|where)|\bpractice (?:problems|questions)"
    r"|\b(?:write|create|generate|make|give|list|suggest|compose|prepare)\b[^.?!\n]{0,40}"
    r"\b(?:questions|problems|exercises|puzzles|prompts|test|exam)\b"
    r"|[對对][話话]|[會会]話|[劇剧]本?|台[詞词]|[訪访][談谈問问]|[採采][訪访]|聊天|[問问]答|[測测][驗验]|[謎谜][語语]|笑[話话]|相[聲声]"
    r"|逐字稿|[辯辩][論论]|角色扮演|常[見见][問问][題题]|小品|面[試试]|[出給给列舉举寫写設设][^。？\n]{0,10}[題题]"
    r"|台本|脚本|腳本|シナリオ|インタビュー|チャット|クイズ|なぞなぞ|漫才|ロールプレイ|よくある質問|面接|ジョーク|会話|対話"
    r"|대화|대본|인터뷰|채팅|퀴즈|수수께끼|문답|역할극|자주 묻는"
    r"|gespräch|unterhaltung|drehbuch|theaterstück|\brätsel|\bwitz|rollenspiel|häufig gestellte|\bszene"
    r"|fragen und antworten|saynète|scénario|pièce de théâtre|entretien|devinette|blague|jeu de rôle"
    r"|foire aux questions|questions? fréquentes|diálogo|conversaci[oó]n|conversa\b|gui[oó]n\b|obra de teatro"
    r"|entrevista|cuestionario|adivinanza|chiste|(?:preguntas|perguntas) (?:y|e|frecuentes|frequentes)\b"
    r"|roteiro|conversazione|copione|intervista|indovinell|диалог|разговор|сценари|интервью|викторин",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"chatml|sharegpt|\b(?:chat|prompt|instruction|conversation) ?(?:template|format)|special tokens?|\btokeni[sz]er"
    r"|<\||\[/?INST\]|start_of_turn|im_start|instruction[- ]tun|fine-?tun\w{0,4} (?:data|format|example)|\bjsonl?\b"
    r"|\b(?:alpaca|vicuna|zephyr|llama(?:[- ]?[23])?)\b[^.?!\n]{0,30}\b(?:format|template|prompt)|few-shot"
    r"|\b(?:design|write|create|craft|give|generate)\b[^.?!\n]{0,30}\bprompts?\b"
    r"|(?:提示|對話|对话|聊天)[^。？\n]{0,4}(?:模板|範本|格式)|特殊(?:標記|标记|符號|符号|詞元|token|トークン)"
    r"|(?:チャット|プロンプト)[^。？\n]{0,4}(?:テンプレート|形式)|(?:chat|prompt)-?vorlage"
    r"|(?:modèle|plantilla) de (?:chat|prompt|conversation)|jetons? spéciaux",
    re.IGNORECASE,
)
_SPEAKER = re.compile(rf"(?<![^\W_])(?:{USER}|{ASSISTANT}|{MACHINE}|agent)[ \t]{{0,2}}[:：]", re.IGNORECASE)
_QUESTION = re.compile(
    rf"^[ \t]{{0,3}}(?:#{{1,6}}[ \t]{{0,3}})?(?:{QUESTION})[ \t]{{0,2}}[:：]", re.IGNORECASE | re.MULTILINE
)
_LEFT_OPEN = re.compile(
    rf"(?:^|\n)[ \t]{{0,3}}(?:#{{1,6}}[ \t]{{0,3}})?(?:{ASSISTANT}|{MACHINE}|{ANSWER})[ \t]{{0,2}}[:：]\s{{0,9}}\Z",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\bcompar|\bcontrast|\bdiffer(?:ence|s)?\b|\bversus\b|\bvs\b|比較|比较|[區区]別|差[異异別别]|不同|違い|비교|차이"
    r"|vergleich|unterschied|différence|diferencia|сравн",
    re.IGNORECASE,
)


def asks_for_dialogue(question: str) -> bool:
    """Whether a question wants several voices, or holds some itself and does not leave the last of them open."""
    if _DIALOGUE.search(question):
        return True
    held = _SPEAKER.search(question) or len(_QUESTION.findall(question)) > 1
    return bool(held) and not _LEFT_OPEN.search(question)


def asks_about_marks(question: str) -> bool:
    """Whether a question is about how templates write turns."""
    return _MARKS.search(question) is not None


def is_compared(question: str, label: str) -> bool:
    """Whether a question compares what the label names with something else: "Human: slow", "AI: fast"."""
    return _COMPARES.search(question) is not None and label.strip(" \t:：[]<>【】").casefold() in question.casefold()
