"""Where a heading of a turn is none: a question asks for it, a sentence introduces it, a list has it as an entry."""

from __future__ import annotations

import re

from harness.scorers.turns.labels import ANSWER, ASSISTANT, MACHINE, PLAIN, QUESTION, USER

_LINE = 300
"""Characters of a line that are looked at."""
# What asks for several voices.
_DIALOGUE = re.compile(
    r"\bdialog|\bconversation|\btranscript|\binterview|\bscreenplay|\bskits?\b|\bsketch|\bscenes?\b|\bfaqs?\b"
    r"|\bquiz"
    r"|\bfrequently asked|\bq ?(?:&|/|and|n) ?a\b|\bquestions? ?(?:and|&|-|/) ?answers?\b|\bquestion[- ]answer"
    r"|\briddles?\b|\bjokes?\b|\bflash ?cards?\b|\btrivia\b|\bdebate|\brole[- ]?play|\bstage play"
    r"|\ba (?:\w{1,20} )?play\b"
    r"|\bchat\b|\bchat ?(?:log|bot|room)|\bscript (?:for|of|about|between|in which|where)|\bmovie script"
    r"|\bfilm script"
    r"|\b(?:write|create|generate|make|give|list|suggest|compose|prepare)\b[^.?!\n]{0,40}\b(?:questions"
    r"|prompts|test|exam)\b"
    r"|\bworksheet|\btext messages?\b|\b(?:in|as) (?:the )?form(?:at)? of (?:a )?(?:letters|messages)"
    r"|[對对][話话]|[會会]話|[劇剧]本|台[詞词]|[訪访][談谈問问]|[採采][訪访]|聊天|[問问]答|[測测][驗验]"
    r"|[謎谜][語语]|笑[話话]|相[聲声]"
    r"|[劇剧]\b|短[劇剧]|[話话][劇剧]|逐字稿|[辯辩][論论]|角色扮演|常[見见][問问][題题]|出[^。？\n]{0,8}[題题]"
    r"|小品|面[試试]"
    r"|台本|脚本|腳本|シナリオ|インタビュー|チャット|クイズ|なぞなぞ|漫才|寸劇|ロールプレイ|よくある質問|面接"
    r"|ジョーク|会話|対話"
    r"|대화|대본|인터뷰|채팅|퀴즈|수수께끼|문답|역할극|자주 묻는"
    r"|gespräch|unterhaltung|drehbuch|theaterstück|\brätsel|\bwitz|rollenspiel|häufig gestellte"
    r"|fragen und antworten|\bszene"
    r"|dialogue|saynète|scénario|pièce de théâtre|entretien|devinette|blague|jeu de rôle|foire aux questions"
    r"|questions? fréquentes"
    r"|diálogo|conversaci[oó]n|conversa\b|gui[oó]n\b|obra de teatro|entrevista|cuestionario|adivinanza|chiste"
    r"|preguntas (?:y|frecuentes)"
    r"|roteiro|perguntas (?:e|frequentes)|conversazione|copione|intervista|indovinell|диалог|разговор|сценари|интервью|викторин",
    re.IGNORECASE,
)
# What asks about the marks themselves.
_MARKUP = re.compile(
    r"chatml|sharegpt|\b(?:chat|prompt|instruction|conversation) ?(?:template|format)|special tokens?"
    r"|\btokeni[sz]er|<\|"
    r"|\[/?INST\]|start_of_turn|im_start|\b(?:alpaca|vicuna|zephyr"
    r"|llama(?:[- ]?[23])?)\b[^.?!\n]{0,30}\b(?:format|template|prompt)"
    r"|instruction[- ]tun|fine-?tun\w{0,4} (?:data|format|example)|\bjsonl?\b|few-shot|(?:提示|對話|对话"
    r"|聊天)[^。？\n]{0,4}(?:模板|範本|格式)"
    r"|特殊(?:標記|标记|符號|符号|詞元|token|トークン)|(?:チャット|プロンプト)[^。？\n]{0,4}(?:テンプレート|形式)"
    r"|(?:chat|prompt)-?vorlage|modèle de (?:chat|prompt|conversation)|plantilla de (?:chat|prompt)|jetons? spéciaux",
    re.IGNORECASE,
)
_LABEL_LINE = re.compile(
    rf"^[ \t]{{0,3}}(?:#{{1,6}}[ \t]{{0,3}})?(?:\*\*)?(?:{'|'.join(PLAIN.values())}|{MACHINE}|agent)[ \t]{{0,2}}[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_LEFT_OPEN = re.compile(
    rf"(?:^|\n)[ \t]{{0,3}}(?:#{{1,6}}[ \t]{{0,3}})?(?:{ASSISTANT}|{MACHINE}|{ANSWER})[ \t]{{0,2}}[:：]\s{{0,9}}\Z",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(
    r"[:：]\W{0,4}\Z|\b(?:examples?|samples?|for instance|e\.g\.|dialogue|conversation|transcript|scenario"
    r"|script|faqs?)\b"
    r"|例如|範例|示例|範本|例文|會話|会話|對話|对话|対話|\b(?:beispiel|exemple|ejemplo|exemplo|esempio)|예시|대화|пример",
    re.IGNORECASE,
)
_ROLE_OR_ANSWER = re.compile(
    rf"\A[ \t]{{0,3}}(?:#{{1,6}}[ \t]{{0,3}})?(?:\*\*)?(?:{USER}|{ASSISTANT}|{QUESTION}|{MACHINE}|{ANSWER})(?:\*\*)?[ \t]{{0,2}}[:：]",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\A[ \t]{0,3}(?:#{1,6}[ \t]\S|\*\*[^*\n]{1,200}\*\*\W{0,3}\Z|__[^_\n]{1,200}__\Z)")
_ENTRY = re.compile(r"\A[ \t]{0,3}(?:\*\*)?[^\W_][^:：\n]{0,30}(?:\*\*)?[:：]")
_DEFINES = re.compile(
    r"\A[ \t*_]{0,6}(?:(?:the|an?|any|one|those|each|every) (?:\w{1,20} ){0,2}?(?:who|whom|that|which|person"
    r"|people|human|individual|someone"
    r"|entity|program|software|account|role|member|species|being|customer|end|system|party|operator|actor|part"
    r"|charge|heat)\b"
    r"|someone|anyone|anybody|somebody|a person|persons?\b|people (?:who|that)|who\b|refers to|means\b"
    r"|(?:指|即|是指|指的是|是[^。]{0,12}的(?:人|角色|用[戶户]))|[^。\n]{0,24}(?:する人|る人|の人|者のこと"
    r"|のこと|的人|的角色|用語)[。.]?(?:\n|\Z)"
    r"|(?:eine?|die|der|das|jede[rs]?)?[ ]?(?:person|jemand|mensch|anwender|wer)\b|(?:une?|la|le"
    r"|toute)?[ ]?(?:personne|individu|celui|celle|être)\b"
    r"|(?:una?|la|el|toda)?[ ]?(?:persona|individuo|quien|alguien|ser|pessoa|quem)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?？؟]")


def asks_for_dialogue(question: str) -> bool:
    """Whether a question wants several voices, or holds some itself and does not leave the last of them open."""
    return bool(_DIALOGUE.search(question)) or bool(_LABEL_LINE.search(question) and not _LEFT_OPEN.search(question))


def asks_about_marks(question: str) -> bool:
    """Whether a question is about how templates write turns."""
    return _MARKUP.search(question) is not None


def is_introduced(text: str, start: int, hashes: int) -> bool:
    """Whether the line before this place announces what follows, or is a title of it.

    hashes: how many signs the heading itself has, whose titles have fewer.
    """
    line = line_before(text, start)
    if not line or _ROLE_OR_ANSWER.match(line):
        return False
    if _TITLE.match(line):
        return not hashes or len(line) - len(line.lstrip("#")) < hashes
    return _INTRODUCES.search(line) is not None


def is_entry(text: str, start: int, end: int) -> bool:
    """Whether the label is explained, or one of a list of things that have labels: "Admin: …", "User: …"."""
    over = text.find("\n", end)
    own = text[end : min(end + _LINE, len(text) if over < 0 else over)]
    if not own.strip() or _ASKS.search(own):
        return False
    if _DEFINES.match(own):
        return True
    beside = [line for line in (line_before(text, start), _line_behind(text, over)) if line]
    told = [line for line in beside if _ENTRY.match(line)]
    return bool(told) and not any(map(_ROLE_OR_ANSWER.match, told))


def line_before(text: str, start: int) -> str:
    """The last line before a place that is not empty, its end where it is long; at most three empty ones between."""
    end = start
    for _ in range(5):
        begun = text.rfind("\n", max(0, end - _LINE), end) + 1
        line = text[max(begun, end - _LINE) : end]
        if line.strip():
            return line.rstrip()
        end = begun - 1
        if end <= 0:
            break
    return ""


def _line_behind(text: str, end: int) -> str:
    for _ in range(4):
        if end < 0:
            return ""
        over = text.find("\n", end + 1, end + 1 + _LINE)
        line = text[end + 1 : end + 1 + _LINE if over < 0 else over]
        if line.strip():
            return line.rstrip()
        end = over
    return ""
