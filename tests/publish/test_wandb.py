"""W&B in both directions: an online run read from a server on loopback, an evaluation sent into an offline folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from harness.curves import read_logged, wandb_path
from harness.curves.offline_run import wandb_records
from harness.errors import HarnessError
from harness.publish.wandb_log import figures
from harness.store import RunFolder, read_run
from tests.conftest import run_harness
from tests.support.loopback import json_server
from tests.support.report_fixture import make_run, replace_texts

pytest.importorskip("wandb")
# No real key: forty letters, as wandb demands of one.
KEY = "notakey0" * 5
SECRET = "s3cretof0urs" * 4


@dataclass
class Server:
    """Enough of W&B's GraphQL for Api().run(path).scan_history()."""

    rows: list[dict[str, Any]]
    known: str = "team/tuning/abc123"
    status: int = 200
    loses_history: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)
    url: str = ""

    def reply(self, path: str, _: str | None, body: bytes) -> tuple[int, object]:
        row: dict[str, Any] = json.loads(body) if path == "/graphql" else {"query": "viewer"}
        return self.status, {"data": self.answer(row["query"], row.get("variables") or {})}

    def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "viewer" in query:
            return {
                "viewer": {"id": "1", "entity": "team", "username": "me", "email": "", "flags": "{}", "teams": None}
            }
        path = "/".join(str(variables.get(key)) for key in ("entity", "project"))
        if f"{path}/{variables.get('name', variables.get('runName', variables.get('run')))}" != self.known:
            return {"project": None}
        return {"project": {"run": self.run(query, variables)}}

    def run(self, query: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        if "HistoryPage" in query:
            if self.loses_history:
                return None
            low, high = int(variables["minStep"]), int(variables["maxStep"])
            self.asked.append((low, high))
            # As W&B does, rows that were logged by hand or that carry nothing are among them.
            return {"history": [json.dumps(row) for row in self.rows if low <= row["_step"] < high]}
        if "parquetHistory" in query:
            return {"parquetHistory": {"parquetUrls": [], "liveData": []}}
        keys: dict[str, Any] = {"lastStep": max((row["_step"] for row in self.rows), default=-1), "keys": {}}
        fields = dict.fromkeys(("sweepName", "group", "jobType", "commit", "description", "notes"))
        return {
            **fields,
            "id": "UnVuOg==",
            "projectId": "7",
            "user": {"name": "me", "username": "me"},
            "tags": [],
            "name": self.known.rpartition("/")[2],
            "displayName": "dpo",
            "state": "finished",
            "config": "{}",
            "readOnly": False,
            "createdAt": "2026-01-01T00:00:00",
            "heartbeatAt": "2026-01-01T00:00:00",
            "systemMetrics": "{}",
            "summaryMetrics": "{}",
            "historyLineCount": len(self.rows),
            "historyKeys": keys,
        }


def logged(steps: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"_step": step, "_runtime": 1.5, "train/global_step": step + 1, "train/loss": 1 / (step + 1), "note": "text"}
        for step in range(steps)
    ]
    rows.append({"_step": steps, "train/global_step": steps, "eval/loss": 0.5, "eval/rewards/margins": "NaN"})
    rows.append({"_step": steps + 1, "train/global_step": steps, "train/train_runtime": 9, "train/train_loss": 0.6})
    return rows


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server(logged(2500))
    with json_server(state.reply) as state.url:
        yield state


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with answers to a suite of one question."""
    suite = tmp_path / "tasks" / "one"
    suite.mkdir(parents=True)
    (suite / "suite.yaml").write_text("title: One\n")
    (suite / "questions.jsonl").write_text('{"id": "1", "question": "Why?", "answer": "so"}\n')
    (tmp_path / "a.jsonl").write_text('{"id": "1", "response": "so"}\n')
    return tmp_path


def import_curves(folder: Path, source: str, **environment: str) -> subprocess.CompletedProcess[str]:
    surroundings = {"HOME": str(folder), "WANDB_DIR": str(folder), "WANDB_API_KEY": KEY, "WANDB_HTTP_TIMEOUT": "5"}
    command = (
        "import",
        "dpo=a.jsonl",
        "--suite",
        "tasks/one",
        "--curves",
        f"dpo={source}",
        "--run",
        "r",
        "--no-report",
    )
    return run_harness(*command, folder=folder, **{**surroundings, **environment})


@pytest.mark.parametrize("as_address", [False, True])
def test_an_online_run_is_read_whole_and_its_link_is_kept(folder: Path, server: Server, as_address: bool) -> None:
    source = f"{server.url}/team/tuning/runs/abc123?nw=x" if as_address else "team/tuning/abc123"
    done = import_curves(folder, source, WANDB_BASE_URL=server.url)
    assert done.returncode == 0, done.stderr
    run = RunFolder(folder / "runs/eval/r")
    curves = read_run(run).curves
    assert [(it.step, it.value) for it in curves if it.key == "loss"] == [(n, 1 / n) for n in range(1, 2501)]
    assert [(it.key, it.step, it.value) for it in curves if it.key != "loss"] == [("eval_loss", 2500, 0.5)]
    assert len(server.asked) >= 3, "a page holds a thousand rows"
    assert read_run(run).manifest.curve_sources == {
        "dpo": {"kind": "wandb", "url": f"{server.url}/team/tuning/runs/abc123", "run": "dpo", "rows": 2502}
    }
    assert KEY not in "".join(path.read_text() for path in run.path.glob("*.json*")) + done.stdout + done.stderr
    # The second time nothing is asked: what is there is the same run.
    server.asked.clear()
    assert import_curves(folder, source, WANDB_BASE_URL=server.url).returncode == 0
    assert not server.asked


@pytest.mark.parametrize(
    ("source", "environment", "said"),
    [
        ("team/tuning/nowhere", {}, "Could not find run .*RUN is the id"),
        ("team/tuning/abc123", {"WANDB_API_KEY": ""}, "No API key configured.*Next: wandb login"),
        ("team/tuning/abc123", {"WANDB_API_KEY": "short"}, "API key must have.*Next: wandb login"),
        ("team/tuning/abc123", {"WANDB_BASE_URL": "http://127.0.0.1:9"}, "Is the network there.*trainer_state.json"),
        ("http://127.0.0.1/about", {}, "no address of a W&B run"),
    ],
)
def test_what_cannot_be_had_is_one_line_with_the_next_step(
    folder: Path, server: Server, source: str, environment: dict[str, str], said: str
) -> None:
    done = import_curves(folder, source, **{"WANDB_BASE_URL": server.url, **environment})
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and re.search(said, done.stderr), done.stderr
    assert not (folder / "runs").exists()


def test_a_refused_key_is_told_without_the_key(folder: Path, server: Server) -> None:
    server.status = 401
    done = import_curves(folder, "team/tuning/abc123", WANDB_BASE_URL=server.url)
    assert done.returncode == 2 and "Next: wandb login" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and KEY not in done.stderr


def test_a_history_that_breaks_off_is_one_line_with_the_next_step(folder: Path, server: Server) -> None:
    server.loses_history = True
    done = import_curves(folder, "team/tuning/abc123", WANDB_BASE_URL=server.url)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert "W&B run team/tuning/abc123 cannot be read" in done.stderr and "trainer_state.json" in done.stderr
    assert not (folder / "runs").exists()


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("team/project/abc", "team/project/abc"),
        ("team/project/runs/abc", "team/project/abc"),
        ("https://wandb.ai/team/project/runs/abc", "team/project/abc"),
        ("https:/wandb.ai/team/project/runs/abc/overview?nw=1#x", "team/project/abc"),
        ("https://example.org/wandb/team/project/runs/abc", "team/project/abc"),
        ("https://wandb.ai/team/my%20project/runs/abc", "team/my project/abc"),
        ("project/abc", None), ("a/b/c/d", None), ("../b/c", None), ("/b/c", None), ("a/b/state.json", None),
        ("a/b/run-c.wandb", None), ("trainer_state.json", None), ("a//c", None), ("a/b c/d", None),
    ],
)  # fmt: skip
def test_a_run_is_told_from_a_file_by_its_path(source: str, path: str | None) -> None:
    assert wandb_path(source) == path


def test_a_path_below_a_folder_that_is_there_is_never_asked_of_wandb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HarnessError, match="cannot be read"):
        read_logged("runs/train/dpo", "dpo")


@pytest.fixture
def evaluation(tmp_path: Path) -> RunFolder:
    run = make_run(tmp_path / "runs" / "eval" / "demo", questions=12)
    replace_texts(run, {("dpo", "1"): "bidi \u202e lone \ud800 <script>x</script>\x1b[31m"})
    (run.path / "report.html").write_text("<p>report")
    run.write_manifest(replace(read_run(run).manifest, command=f"harness evaluate --set key={SECRET}"))
    return run


def send(run: RunFolder, **environment: str) -> str:
    """Offline, as where there is no key; wandb's own caches stay in the test's folder."""
    home = run.path.parents[2]
    surroundings = {"HOME": str(home), "WANDB_API_KEY": "", "WANDB_MODE": "offline", "WANDB_CACHE_DIR": str(home)}
    done = run_harness("wandb", "demo", "--project", "mine", folder=home, **{**surroundings, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


def offline_file(run: RunFolder) -> Path:
    (found,) = run.path.glob("wandb/offline-run-*/*.wandb")
    return found


def sent_tables(run: RunFolder) -> dict[str, dict[str, Any]]:
    """The tables by name, as wandb would upload them."""
    media = offline_file(run).parent.glob("files/media/table/*.table.json")
    return {path.name.split("_")[0]: json.loads(path.read_text()) for path in media}


def test_a_sent_evaluation_holds_the_figures_of_the_summary(evaluation: RunFolder) -> None:
    said = send(evaluation)
    file = offline_file(evaluation)
    assert f"wandb sync {file.parent.relative_to(evaluation.path.parents[2])}" in said
    records, summary = list(wandb_records(file, file.read_bytes())), read_run(evaluation).summary
    # Of a repeated key the last value counts.
    read = {item.key: json.loads(item.value_json) for row in records for item in row.summary.update}
    assert {key: read[key] for key in figures(summary)} == figures(summary)
    assert read["dpo/correct"] == summary.metrics["dpo"]["correct"].mean
    assert read["orpo/correct_low"] == summary.metrics["orpo"]["correct"].low
    assert read["dpo/pocket_choice/acc"] == summary.benchmarks["dpo"]["pocket_choice"]["acc"].value
    assert {row.run.project for row in records if row.WhichOneof("record_type") == "run"} == {"mine"}
    (report,) = [row.artifact for row in records if row.artifact.type == "report"]
    assert {it.path for it in report.manifest.contents} == {"report.html", "summary.json"}


def test_the_tables_hold_every_answer_and_every_comparison(evaluation: RunFolder) -> None:
    send(evaluation)
    tables, summary = sent_tables(evaluation), read_run(evaluation).summary
    answers = [dict(zip(tables["answers"]["columns"], row, strict=True)) for row in tables["answers"]["data"]]
    assert len(answers) == 3 * 12
    assert [row["variant"] for row in answers[:3]] == ["base", "dpo", "orpo"]
    scores = {(it.variant, it.question_id, it.metric): it.value for it in read_run(evaluation).scores}
    for row in answers:
        assert row["correct"] == scores[row["variant"], row["question_id"], "correct"]
    (odd,) = [row for row in answers if (row["variant"], row["question_id"]) == ("dpo", "1")]
    assert odd["answer"] == "bidi ‹U+202E› lone \ufffd <script>x</script>‹ESC›[31m"
    assert odd["question"] == "In which year was the river of Alder number 0 opened?"
    compared = [dict(zip(tables["comparisons"]["columns"], row, strict=True)) for row in tables["comparisons"]["data"]]
    assert [(it["variant"], it["metric"], it["delta"], it["verdict"]) for it in compared] == [
        (it.variant, it.metric, it.delta, it.verdict) for it in summary.comparisons
    ]
    assert len(tables["estimates"]["data"]) == sum(map(len, summary.metrics.values()))


def test_references_are_sent_with_figures_and_answers_and_named_apart(evaluation: RunFolder) -> None:
    run = read_run(evaluation)
    answer = next(iter(run.responses.values()))
    evaluation.append_responses([replace(answer, variant="gpt-4o", text="It is 1842.")])
    gpt = replace(run.summary.variants[0], name="gpt-4o", kind="reference")
    evaluation.write_manifest(replace(run.manifest, references=(gpt,)))
    levels = {**run.summary.metrics, "gpt-4o": run.summary.metrics["base"]}
    evaluation.write_summary(replace(run.summary, references=(gpt,), metrics=levels))
    send(evaluation)
    tables = sent_tables(evaluation)
    rows = [dict(zip(tables["answers"]["columns"], row, strict=True)) for row in tables["answers"]["data"]]
    # The question's row of the reference stands behind those of the variants.
    assert [row["variant"] for row in rows[:4]] == ["base", "dpo", "orpo", "gpt-4o"]
    assert not any("gpt-4o" in row for row in tables["comparisons"]["data"])
    file = offline_file(evaluation)
    records = list(wandb_records(file, file.read_bytes()))
    read = {item.key: json.loads(item.value_json) for row in records for item in row.summary.update}
    assert read["gpt-4o/correct"] == read["base/correct"]
    said = [item for row in records for item in row.run.config.update]
    (config,) = [json.loads(item.value_json) for item in said if item.key == "references"]
    assert list(config) == ["gpt-4o"]


def test_sending_again_leaves_one_run_and_no_secret(evaluation: RunFolder) -> None:
    secrets = {"HF_TOKEN": SECRET, "MY_API_KEY": SECRET}
    send(evaluation, **secrets)
    first = offline_file(evaluation)
    (evaluation.path / "report.html").write_text("<p>another report")
    send(evaluation, **secrets)
    second = offline_file(evaluation)
    assert first.name == second.name, "the same W&B id"
    assert first.parent == second.parent or not first.exists()
    everything = b"".join(path.read_bytes() for path in second.parent.rglob("*") if path.is_file())
    assert SECRET.encode() not in everything


def test_a_run_that_was_never_scored_is_not_sent(evaluation: RunFolder) -> None:
    (evaluation.path / "summary.json").unlink()
    done = run_harness("wandb", "demo", folder=evaluation.path.parents[2])
    assert done.returncode == 2 and "harness score demo" in done.stderr
    assert not (evaluation.path / "wandb").exists()


def test_wandb_itself_reads_what_was_sent(evaluation: RunFolder) -> None:
    send(evaluation)
    program = [
        str(Path(sys.executable).with_name("wandb")),
        "leet",
        "inspect",
        "--json",
        str(offline_file(evaluation)),
    ]
    shown = subprocess.run(program, capture_output=True, text=True, timeout=100)
    assert shown.returncode == 0 and '"dpo/correct"' in shown.stdout
