"""Every file that is no whole model is refused in one line that names it and says what to do."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.models import find_base
from tests.support.architectures import make_tokenizer
from tests.support.chat_templates import FAMILIES
from tests.support.gguf_files import LAYERS, small_llama, write_gguf

pytest.importorskip("gguf", reason="pip install 'preference-harness[smollm2]'")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer("byte-level BPE", FAMILIES["chatml"])


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "model.gguf"
    write_gguf(path, small_llama(len(tokenizer)), tokenizer, "Q8_0")
    return path.read_bytes()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield tmp_path / "cache"


def refused(path: Path) -> str:
    with pytest.raises(HarnessError) as caught:
        find_base(str(path))
    line = str(caught.value)
    assert "\n" not in line and path.name in line and "Error" not in line
    # Nothing is left that could be taken for a model.
    assert not list((path.parent / "cache").rglob("config.json"))
    return line


BYTES: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "a web page": (lambda _: b"<html>404</html>", "is no GGUF file", "Give a GGUF file, a folder"),
    "empty": (lambda _: b"", "is no GGUF file", "Give a GGUF file, a folder"),
    "a pointer": (lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS", "git lfs pull"),
    "its magic alone": (lambda _: b"GGUF", "was cut short", "Download it again"),
    "cut in its header": (lambda it: it[:3000], "was cut short", "Download it again"),
    "cut in its weights": (lambda it: it[:-4096], "was cut short", "Download it again"),
    "version 1": (lambda it: it[:4] + struct.pack("<I", 1) + it[8:], "GGUF version 1", "convert_hf_to_gguf.py"),
    "version 9": (lambda it: it[:4] + struct.pack("<I", 9) + it[8:], "GGUF version 9", "convert_hf_to_gguf.py"),
    "big-endian": (lambda it: it[:4] + struct.pack(">I", 3) + it[8:], "big-endian", "little-endian"),
}


@pytest.mark.parametrize("kind", BYTES)
def test_bytes_that_are_no_whole_file_are_refused(tmp_path: Path, sound: bytes, kind: str) -> None:
    change, what, advice = BYTES[kind]
    path = tmp_path / "model.gguf"
    path.write_bytes(change(sound))
    line = refused(path)
    assert what in line and advice in line


def _type(name: str) -> Callable[[Any], None]:
    return lambda writer: writer.add_type(name)


_FACTORS = {"rope_freqs.weight": np.linspace(1, 3, 32, dtype=np.float32)}
_BIAS = {"blk.0.attn_q.bias": np.ones(256, dtype=np.float32)}
WRITTEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "an adapter": ({"change": _type("adapter")}, "a LoRA adapter, and no base", "the model that it was made for"),
    "a projector": ({"change": _type("mmproj")}, "vision projector", "the text model beside it"),
    "an older projector": ({"architecture": "clip"}, "vision projector", "the text model beside it"),
    "an unknown architecture": ({"architecture": "rwkv7"}, "rwkv7 is not supported yet", "the model's own folder"),
    "an encoder and decoder": ({"architecture": "t5"}, "", ""),
    "biases that Llama has not": ({"extra": _BIAS}, "holds 256 numbers that Transformers does not read", "own folder"),
    "other factors": ({"extra": _FACTORS}, "factors that are not Llama 3's", "own folder"),
    "stretched by longrope": (
        {"change": lambda it: it.add_string("llama.rope.scaling.type", "longrope")},
        "rope scaling longrope", "own folder",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRITTEN)
def test_files_that_are_no_base_are_refused(tmp_path: Path, tokenizer: Any, kind: str) -> None:
    written, what, advice = WRITTEN[kind]
    path = tmp_path / "model.gguf"
    write_gguf(path, small_llama(len(tokenizer)), tokenizer, "Q8_0", **written)
    line = refused(path)
    assert what in line and advice in line


def test_a_file_without_a_tokenizer_is_refused(tmp_path: Path, tokenizer: Any) -> None:
    write_gguf(tmp_path / "model.gguf", small_llama(len(tokenizer)), None)
    assert "holds no tokenizer" in refused(tmp_path / "model.gguf")


@pytest.mark.parametrize("said", ["in its name", "in its header"])
def test_a_part_of_a_split_model_is_refused(tmp_path: Path, tokenizer: Any, said: str) -> None:
    name = "model-00001-of-00003.gguf" if said == "in its name" else "model.gguf"
    change = None if said == "in its name" else lambda writer: writer.add_uint16("split.count", 3)
    write_gguf(tmp_path / name, small_llama(len(tokenizer)), tokenizer, change=change)
    line = refused(tmp_path / name)
    assert "one of 3 parts" in line and "llama-gguf-split --merge" in line


def test_a_model_with_fewer_layers_than_it_says_is_refused(tmp_path: Path, tokenizer: Any) -> None:
    model = small_llama(len(tokenizer))
    del model.model.layers[LAYERS - 1]
    write_gguf(tmp_path / "model.gguf", model, tokenizer)
    assert "lacks 9 tensors of the llama that it says it is" in refused(tmp_path / "model.gguf")


def test_weights_of_an_unknown_type_are_refused(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "model.gguf"
    # The type of a tensor stands behind its sizes: of token_embd, 256 × the vocabulary's.
    name = b"token_embd.weight"
    place = sound.index(name) + len(name) + 4 + 2 * 8
    assert sound[place] == 8
    path.write_bytes(sound[:place] + struct.pack("<I", 99) + sound[place + 4 :])
    line = refused(path)
    assert "99" in line and "pip install --upgrade gguf" in line


def test_weights_that_gguf_does_not_dequantize_are_refused(tmp_path: Path, tokenizer: Any) -> None:
    path = tmp_path / "model.gguf"
    write_gguf(path, small_llama(len(tokenizer)), tokenizer, extra={"blk.0.table.weight": np.ones((2, 4), np.int32)})
    line = refused(path)
    assert "blk.0.table.weight as I32" in line and "Q8_0" in line


def test_a_folder_that_holds_a_file_says_to_give_the_file(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "model.gguf").write_bytes(sound)
    with pytest.raises(HarnessError, match=r"Give .*model\.gguf, the file\."):
        find_base(str(tmp_path))
