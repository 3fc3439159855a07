"""Adapters sent to the hub: what is laid out, what arrives at a server on loopback, and what nobody gets to see."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from harness.errors import HarnessError
from harness.gate import escaped
from harness.models import read_adapter
from harness.publish import Wanted, lay_out, send
from harness.publish.card_evaluation import AdapterEvaluation, CardRow, Result, find_evaluation
from harness.publish.hub import Laid, check_repository
from harness.publish.model_card import CardMaterial, model_card
from harness.publish.redaction import portable, portable_certificate, portable_command
from harness.records import Curve
from harness.resources import files_digest
from harness.store import (
    Certificate,
    Manifest,
    TrainingFolder,
    find_training,
    from_row,
    read_json,
    read_run,
    write_json,
)
from harness.words.numerals import SPACE
from tests.conftest import run_harness
from tests.support.hostile import hostile_texts
from tests.support.hub import TOKEN, Hub
from tests.support.loopback import json_server
from tests.support.report_fixture import make_run

# Ends the process at the first attempt to reach another machine, by whatever library.
ALONE = """
import sys
def hook(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        sys.stderr.write(f"CONNECTED {event} {given}")
        sys.exit(99)
sys.addaudithook(hook)
sys.argv = ["harness", *sys.argv[1:]]
from harness.cli import main
main()
"""
REFUSED = """
import sys
from pathlib import Path
from harness.errors import HarnessError
from harness.publish.hub import Laid, Wanted, send
from harness.store import TrainingFolder
for owner in sys.argv[2:]:
    try:
        send(Laid(Path(sys.argv[1]), "", ()), Wanted(TrainingFolder(Path(sys.argv[1])), f"{owner}/dpo"))
    except HarnessError as error:
        print(f"{owner}: {error}")
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub()
    with json_server(state.reply) as state.url:
        yield state


def copy_training(source: Path, target: Path) -> None:
    # W&B leaves links behind that lead nowhere.
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("wandb", "checkpoints"))


@pytest.fixture(scope="module")
def work(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the training `dpo` and two evaluations of it, the newer one under another name."""
    here = tmp_path_factory.mktemp("work")
    copy_training(trained / "runs" / "train" / "dpo", here / "runs" / "train" / "dpo")
    digest = read_json(here / "runs" / "train" / "dpo" / "certificate.json")["adapter_digest"]
    for name, variant, created in (("older", "dpo", "2026-01-01"), ("newer", "mine", "2026-02-02")):
        run = make_run(here / "runs" / "eval" / name, names=("base", variant), questions=40)
        summary = read_json(run.path / "summary.json")
        command = f"harness evaluate --adapters {variant}={here}/runs/train/dpo"
        run.write_manifest(replace(read_run(run).manifest, created=created, command=command))
        summary["variants"][1]["digest"] = digest
        write_json(run.path / "summary.json", summary)
    return here


def surroundings(hub: Hub, home: Path) -> dict[str, str]:
    return {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0", "HF_HOME": str(home / "hf")}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def metadata(text: str) -> Any:
    """A card's metadata as the hub's own library reads it."""
    return ModelCard(text).data


def test_a_dry_run_lays_out_what_would_be_sent_and_connects_to_nothing(work: Path, hub: Hub) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, "push", "dpo", "--to", "me/dpo"],
        cwd=work, env={**os.environ, **surroundings(hub, work)}, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert (done.returncode, done.stderr, hub.seen) == (0, "", [])
    laid = contents(work / "runs" / "push" / "dpo")
    assert set(laid) == {
        "README.md", "adapter_config.json", "adapter_model.safetensors", "certificate.json", "curves.jsonl",
        "training_curves.png",
    }  # fmt: skip
    for name, data in laid.items():
        assert any(line.split()[:2] == [name, f"{len(data):,}"] for line in done.stdout.splitlines()), name
    assert f"to       {hub.url}/me/dpo\n" in done.stdout and "needs preference-harness" in done.stdout
    assert done.stdout.endswith("Nothing was sent. Send it with: harness push dpo --to me/dpo --send\n")


def test_what_arrives_is_what_was_laid_out_in_one_commit_and_the_token_is_in_the_header_only(
    work: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    laid = contents(lay_out(Wanted(find_training("dpo", Path("runs/train")), "me/dpo")).folder)
    command = ["push", "dpo", "--to", "me/dpo", "--private", "--send"]
    done = run_harness(*command, folder=work, **surroundings(hub, work))
    assert (done.returncode, done.stderr) == (0, "")
    assert hub.files == laid == contents(work / "runs" / "push" / "dpo") and hub.commits == ["dpo, by harness push"]
    assert [(row["organization"], row["name"], row["visibility"]) for row in hub.made] == [("me", "dpo", "private")]
    assert done.stdout.endswith(f"sent     {hub.url}/me/dpo/commit/c0ffee\n")
    assert {header for _, header, _ in hub.seen} == {f"Bearer {TOKEN}"}
    shown = [
        done.stdout.encode(),
        *laid.values(),
        *(body for *_, body in hub.seen),
        *(p.encode() for p, *_ in hub.seen),
    ]
    assert not any(TOKEN.encode() in text for text in shown)

    again = run_harness(*command, folder=work, **surroundings(hub, work))
    assert again.returncode == 0 and len(hub.commits) == 1


def test_the_laid_out_adapter_loads_and_is_the_trained_one_without_a_path_of_this_machine(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from harness.pocket import pocket_path

    monkeypatch.chdir(work)
    folder = lay_out(Wanted(find_training("dpo", Path("runs/train")), "me/dpo")).folder
    PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(pocket_path()), str(folder))
    trained = work / "runs" / "train" / "dpo"
    assert (folder / "adapter_model.safetensors").read_bytes() == (trained / "adapter_model.safetensors").read_bytes()
    adapter = read_adapter("dpo", folder)
    assert adapter.base_name is None and adapter.digest == adapter.certificate.adapter_digest
    assert str(pocket_path()) in (trained / "adapter_config.json").read_text()
    for name, data in contents(folder).items():
        for place in (work, Path.home(), pocket_path(), pocket_path().parent):
            assert str(place).encode() not in data or str(place) == "/", (name, place)


def test_the_card_tells_the_training_the_newest_evaluation_and_how_to_do_it_again(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    training = find_training("runs/train/dpo", Path("runs/train"))
    text = (lay_out(Wanted(training, "me/dpo")).folder / "README.md").read_text()
    certificate, summary = (
        read_json(training.path / "certificate.json"),
        read_json(Path("runs/eval/newer/summary.json")),
    )
    data = metadata(text)
    assert (data.base_model, data.library_name, data.license, data.language) == (None, "peft", "apache-2.0", ["en"])
    assert data.tags is not None and {"dpo", "trl", "lora"} <= set(data.tags)
    assert "ships with preference-harness" in text and '# FOLDER: what the command "harness pocket" prints' in text
    assert "folder on the machine that trained it" not in text
    results = {(row.dataset_type, row.metric_type): row.metric_value for row in data.eval_results or []}
    figures = {("fixture", name): cell["mean"] for name, cell in summary["metrics"]["mine"].items()}
    figures |= {(task, name): cell["value"] for task, cells in summary["benchmarks"]["mine"].items()
                for name, cell in cells.items()}  # fmt: skip
    assert results == {key: value for key, value in figures.items() if value is not None}

    assert f"| learning_rate | {certificate['hyperparameters']['learning_rate']} |" in text
    assert certificate["base"]["digest"] in text and certificate["data"]["digest"] in text
    assert "| steps | 12 " in text and "![Loss, reward margin" in text
    lost = next(row for row in summary["comparisons"] if row["metric"] == "correct")
    correct = next(line for line in text.splitlines() if line.startswith("| Correct |"))
    assert f"| {lost['verdict']}; p {lost['p_holm']:.2g} (Holm)" in correct.replace(SPACE, " ")
    # Below that line nothing is called better or worse.
    _, others = text.split("| **exploratory** | | | | |\n")
    rows = others.split("\n\n")[0].splitlines()
    assert len(rows) > 5 and {row.split(" | ")[-1].strip("| ") for row in rows} <= {"", "unchanged"}
    assert "were not named as primary before the answers were seen" in text
    assert "- run: newer" in text and "harness evaluate --adapters mine=dpo" in text
    assert "harness train dpo --set max_steps=12 --set save_steps=4" in text
    assert summary["warnings"]
    for warning in summary["warnings"]:
        if not warning["variants"] or "mine" in warning["variants"]:
            assert f"\n- {escaped(warning['message'])}\n" in text
    older = (lay_out(Wanted(training, None, run="older")).folder / "README.md").read_text()
    assert "- run: older" in older and 'from_pretrained(base, "OWNER/dpo")' in older


def test_references_stand_in_the_card_with_their_levels_behind_the_verdicts(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(work / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    file = Path("runs/eval/newer/summary.json")
    summary = read_json(file)
    summary["references"] = [{**summary["variants"][0], "name": "gpt-4o", "kind": "reference"}]
    level = {**summary["metrics"]["base"]["correct"], "mean": 0.75, "low": 0.25, "high": 0.9, "n": 4}
    summary["metrics"]["gpt-4o"] = {"correct": level}
    write_json(file, summary)
    plain, beside = (
        (lay_out(Wanted(find_training("runs/train/dpo", Path("runs/train")), None, run=run)).folder / "README.md")
        .read_text()
        .replace(SPACE, " ")
        for run in ("older", "newer")
    )
    assert "reference" not in next(line for line in plain.splitlines() if line.startswith("| measure |"))
    head = next(line for line in beside.splitlines() if line.startswith("| measure |"))
    assert head == "| measure | base | mine | change | verdict | gpt-4o (reference) |"
    row = next(line for line in beside.splitlines() if line.startswith("| Correct |"))
    assert row.endswith("| 75 % (25 to 90), 4 of 40 |")
    _, table = beside.split(head)
    assert {line.count("|") for line in table.split("\n\n")[0].strip().splitlines()} == {7}
    assert "Reference models (gpt-4o) are shown with their values and intervals" in beside


def test_an_evaluation_of_other_weights_is_not_shown(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    assert find_evaluation("0" * 64, None) is None
    with pytest.raises(HarnessError, match="did not ask this adapter"):
        find_evaluation("0" * 64, "older")


def test_a_base_of_the_hub_is_named_with_its_commit(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copy_training(work / "runs" / "train" / "dpo", tmp_path / "runs" / "train" / "dpo")
    place = tmp_path / "runs" / "train" / "dpo"
    base = {"name": "owner/base", "path": "owner/base", "digest": "commit:abc123"}
    config = {**read_json(place / "adapter_config.json"), "base_model_name_or_path": "owner/base"}
    write_json(place / "adapter_config.json", config)
    digest = files_digest([place / "adapter_model.safetensors", place / "adapter_config.json"])
    certificate = {**read_json(place / "certificate.json"), "base": base, "adapter_digest": digest}
    certificate["data"] = {**certificate["data"], "source": "owner/pairs", "dropped": {"empty answer": 3}}
    write_json(place / "certificate.json", certificate)
    laid = lay_out(Wanted(find_training("dpo", Path("runs/train")), None))
    text = (laid.folder / "README.md").read_text()
    data = metadata(text)
    assert (data.base_model, data.datasets, data.license) == ("owner/base", "owner/pairs", None)
    assert 'from_pretrained("owner/base", revision="abc123")' in text and "| empty answer | 3 |" in text
    assert (laid.folder / "adapter_config.json").read_bytes() == (place / "adapter_config.json").read_bytes()
    assert "names no licence" in laid.lines() and "shows no evaluation" in laid.lines()
    assert "This adapter has not been evaluated." in text and "its base is" not in laid.lines()


def test_licence_and_languages_are_those_of_the_bases_own_card(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place, base = tmp_path / "runs" / "train" / "dpo", tmp_path / "My Models" / "seven"
    copy_training(work / "runs" / "train" / "dpo", place)
    base.mkdir(parents=True)
    certificate = read_json(place / "certificate.json")
    named = {"name": str(base), "path": str(base), "digest": "f" * 64}
    command = f"harness train dpo --set 'base={base}' --set data=pairs.jsonl"
    write_json(place / "certificate.json", {**certificate, "base": named, "command": command})
    wanted = Wanted(find_training("dpo", Path("runs/train")), None)
    for card, says in (
        ("---\nlicense: mit\nlanguage: [de, en]\n---\n# Seven\n", ("mit", ["de", "en"])),
        ("---\nlicense: [\n---\n", (None, None)),
        ("---\nlicense: {a: b}\nlanguage: {c: d}\n---\n", (None, None)),
        ("No metadata at all.", (None, None)),
    ):
        (base / "README.md").write_text(card)
        text = (lay_out(wanted).folder / "README.md").read_text()
        assert (metadata(text).license, metadata(text).language) == says
        assert "harness train dpo --set base=seven --set data=pairs.jsonl" in text and "My Models" not in text
    laid = lay_out(replace(wanted, license="apache-2.0"))
    text = (laid.folder / "README.md").read_text()
    assert "its base is a local folder" in laid.lines() and "# FOLDER: where that base lies" in text
    assert metadata(text).license == "apache-2.0" and "A LoRA adapter of seven, tuned with DPO" in text


def test_unfinished_and_changed_trainings_are_refused(work: Path, tmp_path: Path) -> None:
    place = tmp_path / "runs" / "train" / "dpo"
    copy_training(work / "runs" / "train" / "dpo", place)
    config = read_json(place / "adapter_config.json")
    write_json(place / "adapter_config.json", {**config, "lora_alpha": 64})
    with pytest.raises(HarnessError, match="not the one that its certificate speaks of"):
        lay_out(Wanted(find_training(str(place), Path("x")), None))
    (place / "certificate.json").unlink()
    with pytest.raises(HarnessError, match="has not finished"):
        lay_out(Wanted(find_training(str(place), Path("x")), None))
    with pytest.raises(HarnessError, match="No training named 'dop'. Did you mean 'dpo'"):
        find_training("dop", tmp_path / "runs" / "train")


def is_taken(name: str) -> bool:
    try:
        check_repository(name)
    except HarnessError as refusal:
        assert "is no repository: give --to OWNER/NAME" in str(refusal)
        return False
    return True


def test_names_that_the_hub_takes_are_taken_and_others_refused() -> None:
    good = ("me/dpo", "Me-2/a.b_c-d", "m/x", "me/" + "x" * 96)
    bad = ("dpo", "a/b/c", "me/", "/dpo", "me/d po", "me/../x", "me/x--y", "me/x.git", "mé/x", "-me/x", "me./x",
           "me/x-", "me/" + "x" * 97, "https://e.org/x")  # fmt: skip
    assert [name for name in (*good, *bad) if is_taken(name)] == list(good)


def test_what_the_hub_refuses_is_said_in_one_line_without_the_token(work: Path, hub: Hub) -> None:
    # Which the command line sets by itself.
    environment = {**os.environ, **surroundings(hub, work), "HF_HUB_DISABLE_TELEMETRY": "1"}
    owners = {
        "unknown": ("does not know the token", "(401)"),
        "foreign": ("may not write to foreign/dpo", "(403)"),
        "absent": ("has no absent/dpo", "(404)"),
        "odd": (f"The hub at {hub.url} refuses odd/dpo", ""),
    }

    def refusals(*names: str, **changes: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", REFUSED, str(work / "runs" / "train" / "dpo"), *names],
            cwd=work, env={**environment, **changes}, capture_output=True, text=True, timeout=200,
        )  # fmt: skip
        assert done.returncode == 0 and TOKEN not in done.stdout + done.stderr, done.stderr
        return done.stdout.splitlines()

    lines = refusals(*owners)
    assert len(lines) == len(owners) and not hub.commits
    for line, (owner, (says, status)) in zip(lines, owners.items(), strict=True):
        assert line.startswith(f"{owner}: ") and says in line and status in line
    (line,) = refusals("me", HF_ENDPOINT="http://127.0.0.1:9")
    assert "The hub at http://127.0.0.1:9 cannot be reached" in line
    (line,) = refusals("me", HF_HUB_OFFLINE="1")
    assert "switched off (HF_HUB_OFFLINE=1)" in line
    before = len(hub.seen)
    (line,) = refusals("me", HF_TOKEN="")
    assert "no token for the hub" in line and "hf auth login" in line and len(hub.seen) == before
    (line,) = refusals("me", HF_TOKEN=TOKEN + "é")
    assert "What is set as the token is none" in line and len(hub.seen) == before


def test_nothing_is_sent_without_a_place(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="Where is it to be sent"):
        send(Laid(tmp_path, "", ()), Wanted(TrainingFolder(tmp_path), None))


def test_paths_and_keys_leave_a_command_and_the_rest_stays() -> None:
    command = (
        "harness train dpo --config '/home/me/my plans/a.yaml' --set data=/data/p.jsonl --set r=4 "
        f"--set base=~/m/b --set hub_token=abc --adapters a=/p/q,b=x/y --name {TOKEN}"
    )
    assert portable_command(command) == (
        "harness train dpo --config a.yaml --set data=p.jsonl --set r=4 --set base=b "
        "--set 'hub_token=[hidden]' --adapters a=q,b=x/y --name '[hidden]'"
    )
    assert portable_command("harness 'unclosed /home/me/x") == "harness 'unclosed x"
    kept = "and/or https://e.org/a/b 5 tokens /s 1/2 owner/name ../up/x"
    assert portable(kept) == kept
    assert portable("base /srv/models/b-7, not ~/old/b.") == "base b-7, not b."


def card(text: str) -> CardMaterial:
    certificate = {
        "method": "dpo", "base": {"name": text, "digest": text}, "quantization": text, "steps": 1, "epochs": 0.5,
        "data": {"source": text, "digest": text, "trained_on": 1, "dropped": {text: 1}}, "device": text,
        "prompt": {"name": text, "system_used": text}, "hyperparameters": {text: text, "list": [text]},
        "versions": {"preference-harness": text}, "wandb": {"url": text}, "command": text,
    }  # fmt: skip
    manifest = {
        "suite": {"title": text, "digest": text},
        "prompt": {"name": text},
        "serving": {text: text},
        "command": text,
    }
    run = make_summary(text)
    rows = (CardRow(text, text, text, text, text),)
    asked = from_row(Manifest, manifest, "manifest.json")
    evaluation = AdapterEvaluation(text, asked, run, text, text, rows, (Result(text, text, text, text, 0.5),), (text,))
    curves = [Curve("dpo", 1, 0.1, "loss", 0.5)]
    public = portable_certificate(from_row(Certificate, certificate, "certificate.json"))
    return CardMaterial("dpo", public, False, "me/dpo", "0" * 64, curves, True, evaluation, text, None, ())


def make_summary(text: str) -> Any:
    from harness.records import Summary

    return Summary(run=text, suite=text, questions=1, variants=(), metrics={}, benchmarks={})


def test_what_files_hold_is_neither_markdown_nor_html_nor_metadata_of_a_card() -> None:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    calm = [token.type for token in markdown.parse(ModelCard(model_card(card("calm"))).text)]
    assert "table_open" in calm and "fence" in calm
    texts = hostile_texts("http://127.0.0.1:9/x", "/etc/hostname")
    for name in [name for name, text in texts.items() if len(text) < 5_000 and text.strip()][::4]:
        text = texts[name]
        found = model_card(card(text))
        found.encode("utf-8")
        assert (metadata(found).model_name, metadata(found).library_name) == ("dpo", "peft"), name
        tokens = markdown.parse(ModelCard(found).text)
        assert [token.type for token in tokens] == calm, name
        inner = [child.type for token in tokens for child in token.children or []]
        assert set(inner) <= {"text", "softbreak", "image", "strong_open", "strong_close"}, name
        assert (inner.count("image"), inner.count("strong_open")) == (1, 1), name


def test_a_folder_that_stood_there_is_replaced_as_a_whole(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    (work / "runs" / "push" / "dpo").mkdir(parents=True, exist_ok=True)
    (work / "runs" / "push" / "dpo" / "left.txt").write_text("from before")
    wanted = Wanted(find_training("dpo", Path("runs/train")), "me/dpo")
    first = contents(lay_out(wanted).folder)
    assert "left.txt" not in first and contents(lay_out(replace(wanted)).folder) == first
