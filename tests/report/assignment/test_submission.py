"""The submission is the assignment's format, and what is read back from it is what was written."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from harness.asking import import_answers
from harness.config import Config
from harness.data import load_template
from harness.data.recordings import Questionnaire, read_recording
from harness.records import Response, Variant
from harness.report.assignment.submission import export, file_names
from harness.resources import file_digest, text_digest
from harness.score import score_run
from harness.store import RunFolder, read_run
from tests.support.gate_runs import edit_json
from tests.support.report_fixture import make_run, replace_texts

REAL = Path(__file__).parents[4] / "shared" / "real" / "assignment"
SYSTEM = "You are a helpful assistant."
TEXTS = (
    "plain",
    "\n\nbegins with lines",
    "",
    "### Response:\nleaks at once",
    "lone \ud800 surrogate",
    "模型「回答」\u2028x",
)


def run_with_template(path: Path) -> RunFolder:
    """The fixture, with the shipped template's own digest and answers that are easily lost."""
    run = make_run(path, questions=len(TEXTS), benchmarks=False, curves=False)
    template = load_template("alpaca")
    prompt = {"name": "alpaca", "sha256": template.sha256, "system": SYSTEM, "headers": list(template.headers)}
    edit_json(run.path / "manifest.json", prompt=prompt)
    replace_texts(run, {(v, str(n)): text for v in ("base", "dpo", "orpo") for n, text in enumerate(TEXTS, start=1)})
    return run


def read_back(run: RunFolder, file: str, variant: str) -> dict[str, str]:
    template = load_template("alpaca")
    questions = read_run(run).questions
    asked = Questionnaire(
        "fixture", questions, lambda question: template.render(question, SYSTEM), template.headers, SYSTEM
    )
    found = read_recording(run.path / "submission" / file, variant, asked)
    return {response.question_id: response.text for response in found.responses}


def test_what_is_submitted_reads_back_as_the_same_answers(tmp_path: Path) -> None:
    run = run_with_template(tmp_path / "run")
    files = export(read_run(run))
    assert [it.file for it in files] == ["pocket.json", "DPO_pocket.json", "ORPO_pocket.json"]
    for it in files:
        assert read_back(run, it.file, it.variant) == {str(n): text for n, text in enumerate(TEXTS, start=1)}


def test_each_row_has_the_assignments_columns_and_the_rendered_prompt(tmp_path: Path) -> None:
    run = run_with_template(tmp_path / "run")
    export(read_run(run))
    rows = json.loads((run.path / "submission" / "DPO_pocket.json").read_text(encoding="utf-8"))
    question = read_run(run).questions[0].question
    assert list(rows[0]) == ["id", "prompt", "generated_text"]
    assert (rows[0]["id"], rows[0]["prompt"]) == (1, question)
    assert rows[0]["generated_text"] == load_template("alpaca").render(question, SYSTEM) + TEXTS[0]


def test_a_failed_answer_is_left_out_and_counted(tmp_path: Path) -> None:
    run = run_with_template(tmp_path / "run")
    failed = read_run(run).responses["dpo", "2"]
    run.append_responses([Response(**{**asdict(failed), "text": "", "error": "out of memory"})])
    found = {it.variant: it for it in export(read_run(run))}
    assert (found["dpo"].answers, found["dpo"].missing) == (len(TEXTS) - 1, 1)
    assert "2" not in read_back(run, "DPO_pocket.json", "dpo")


def test_a_template_that_has_changed_since_is_not_claimed_as_the_prompt(tmp_path: Path) -> None:
    run = run_with_template(tmp_path / "run")
    manifest = read_run(run).manifest
    run.write_manifest(replace(manifest, prompt=replace(manifest.prompt, sha256="0" * 64)))
    assert not any(it.echo for it in export(read_run(run)))
    assert read_back(run, "DPO_pocket.json", "dpo")["1"] == "plain"


def test_files_are_named_as_the_assignment_names_them() -> None:
    base = Variant("base", "base", path="unsloth/mistral-7b-v0.3-bnb-4bit")
    tuned = [Variant("dpo", "adapter", "dpo"), Variant("orpo", "adapter", "orpo"), Variant("dpo-lr", "adapter", "dpo")]
    assert file_names([base, *tuned, Variant("gpt-4o", "recorded")], base, "unsloth/mistral-7b-v0.3-bnb-4bit") == [
        "mistral-7b-v0.3-bnb-4bit.json",
        "DPO_mistral-7b-v0.3-bnb-4bit.json",
        "ORPO_mistral-7b-v0.3-bnb-4bit.json",
        "DPO_mistral-7b-v0.3-bnb-4bit_dpo-lr.json",
        "gpt-4o.json",
    ]


def test_a_recordings_own_wording_comes_back(tmp_path: Path) -> None:
    run = run_with_template(tmp_path / "run")
    template = load_template("alpaca")
    recording = tmp_path / "gpt-4o.json"
    rows = [
        {"id": 1, "prompt": "Other words?", "generated_text": template.render("Other words?", SYSTEM) + "An answer"}
    ]
    recording.write_text(json.dumps(rows), encoding="utf-8")
    variant = Variant("gpt-4o", "recorded", None, file_digest(recording), str(recording))
    summary = read_run(run).summary
    run.write_summary(type(summary)(**{**vars(summary), "variants": (*summary.variants, variant)}))
    digest = text_digest(template.render("Other words?", SYSTEM))
    run.append_responses([Response("gpt-4o", "fixture", "1", "An answer", digest, asked="Other words?")])
    found = next(it for it in export(read_run(run)) if it.variant == "gpt-4o")
    assert json.loads((run.path / "submission" / found.file).read_text(encoding="utf-8")) == rows


@pytest.mark.skipif(not REAL.is_dir(), reason="the real submission lies beside the project, not in it")
def test_the_real_submission_comes_back_word_by_word(tmp_path: Path) -> None:
    names = {"base": "", "dpo": "DPO_", "orpo": "ORPO_"}
    files = {name: REAL / "submission" / f"{head}mistral-7b-v0.3-bnb-4bit.json" for name, head in names.items()}
    run = RunFolder(tmp_path / "real")
    import_answers(run, Config(), "assignment", files, {}, "harness import")
    score_run(read_run(run))
    for it in export(read_run(run)):
        assert it.file == files[it.variant].name
        exported = json.loads((run.path / "submission" / it.file).read_text(encoding="utf-8"))
        assert exported == json.loads(files[it.variant].read_text(encoding="utf-8"))
