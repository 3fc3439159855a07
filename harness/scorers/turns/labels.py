"""The words by which people head a speaker's turn, in the languages that models write."""

from __future__ import annotations

from typing import Literal

Side = Literal["user", "assistant", "question"]
"""Whose turn a heading begins; a question is the user's, or one that an answer puts again before it answers it."""

USER = (
    "user|human|prompter|gpt4 correct user|使用者|用[戶户]|人[類类]|人間|ユーザー?|benutzer(?:in)?|nutzer(?:in)?|mensch"
    "|utilisat(?:eur|rice)|humain|usuari[oa]|usuári[oa]|human[oa]|utente|umano|пользователь|человек|사용자|유저|인간"
    "|gebruiker|użytkownik|người dùng|ผู้ใช้|المستخدم|उपयोगकर्ता"
)
ASSISTANT = (
    "assistant|gpt4 correct assistant|助手|助理|アシスタント|assistent(?:in)?|asistente|assistente|ассистент|помощник"
    "|어시스턴트|asystent|trợ lý|ผู้ช่วย|المساعد|सहायक"
)
QUESTION = (
    "q|question|[問问質质]?[問问]|[問问][題题]|質問|[題题]目|提[問问]|frage|pregunta|pergunta|domanda|вопрос|질문|문제|vraag"
    "|pytanie|câu hỏi|คำถาม|سؤال|प्रश्न"
)
MACHINE = r"ai|bot|chatbot|gpt|chatgpt|system|llm|model|系[統统]|機器人|机器人|システム|ボット|ki|ia|시스템|챗봇"
"""Labels of a machine that are ordinary words as well: alone, they head no turn."""
ANSWER = (
    r"a|answer|final answer|solution|response|output|result|note|notes|hint|explanation|reason(?:ing)?|step \d{1,3}"
    r"|conclusion|summary|example|check|proof|ps|p\.s\.|tip|warning|答案?|解答?|回答|說明|说明|解[釋释說说]|注意?|備註|备注|註"
    r"|步[驟骤]\d{0,3}|結論|结论|答え|解説|補足|結果|结果|antwort|lösung|hinweis|anmerkung|erklärung|fazit|ergebnis"
    r"|réponse|solution|remarque|explication|respuesta|solución|nota|explicación|resposta|risposta|ответ|정답|답|해설"
)
"""What an answer heads its own parts by."""

HASHED: dict[Side, str] = {
    "user": rf"{USER}|instruct(?:ion)?|input|system|prompt|指令|指示|輸入|输入|入力|anweisung|eingabe|instrucción"
    r"|entrada",
    "assistant": rf"{ASSISTANT}|response|gpt|chatgpt|bot|回[應应覆复]|応答",
    "question": QUESTION,
}
"""Side → what stands behind the signs of a heading (### Human:), where more words are no ordinary ones."""
PLAIN: dict[Side, str] = {"user": USER, "assistant": ASSISTANT, "question": QUESTION}
"""The same at the beginning of a line without any (Human:)."""
ORDINARY = r"input|system|prompt|輸入|输入|入力|eingabe|entrada"
"""Of those behind signs of a heading, what manuals and programs are headed by as well."""
