"""What a GGUF file says of itself, and whether it can be a base: looked at before anything is loaded."""

from __future__ import annotations

import re
import struct
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import needed, said

_VERSIONS = (2, 3)
_FLOATS = {"F32", "F16", "BF16"}
_PART = re.compile(r"-\d{5}-of-(\d{5})$")
_POINTER = b"version https://git-lfs"
_OTHER = {
    "adapter": "a LoRA adapter, and no base: give the GGUF or the folder of the model that it was made for",
    "mmproj": "the vision projector of a model, and not the model: give the GGUF of the text model beside it",
    "clip": "the vision projector of a model, and not the model: give the GGUF of the text model beside it",
    "imatrix": "an importance matrix, and no model: give the GGUF that was quantized with it",
}
"""general.type or general.architecture → what such a file is."""


@dataclass(frozen=True)
class GgufFile:
    """A file whose header was read, and which holds all that it speaks of."""

    path: Path
    fields: Mapping[str, Any]
    """Metadata by key; of arrays, no more than their length."""
    tensors: tuple[Any, ...]
    """gguf's ReaderTensor: name, type, shape and values, which stay on the disk until they are looked at."""

    @property
    def architecture(self) -> str:
        """llama.cpp's name of it."""
        return str(self.fields.get("general.architecture"))

    @property
    def weights_type(self) -> str:
        """The type of most weights, such as Q4_K or F16."""
        sizes: Counter[str] = Counter()
        for tensor in self.tensors:
            sizes[tensor.tensor_type.name] += int(tensor.n_elements)
        return sizes.most_common(1)[0][0]

    @property
    def quantization(self) -> str:
        """What its weights are in, as llama.cpp names the mixture (Q4_K_M); the type of most where it names none."""
        from gguf import LlamaFileType

        names: dict[Any, str] = {kind.value: re.sub(r"^(MOSTLY|ALL)_", "", kind.name) for kind in LlamaFileType}
        name, found = names.get(self.fields.get("general.file_type"), "GUESSED"), self.weights_type
        # Converters that do not know the field leave it at that of floating-point numbers.
        return found if name == "GUESSED" or (name in _FLOATS and name != found) else name

    @property
    def license(self) -> str | None:
        """As the file names it."""
        found = self.fields.get("general.license")
        return str(found) if found else None


def look_through(path: Path) -> GgufFile:
    """The file, looked through; each refusal says what it is instead of a whole model."""
    _refuse_no_gguf(path)
    with needed("gguf", "A GGUF file as a base"):
        from gguf import GGUFReader
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = GGUFReader(path)
            fields = {name: _value(field) for name, field in reader.fields.items()}
    # It reads on through whatever the bytes say, and any error may come of it.
    except Exception as error:
        raise _unreadable(path, error) from None
    found = GgufFile(path, fields, tuple(reader.tensors))
    _refuse_other(found)
    _refuse_undequantizable(found)
    return found


def _refuse_no_gguf(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(max(8, len(_POINTER)))
    if head.startswith(_POINTER):
        raise HarnessError(f"{path} is a pointer of Git LFS, and not the file itself. Fetch it with: git lfs pull")
    if not head.startswith(b"GGUF"):
        raise HarnessError(
            f"{path} is no GGUF file: it does not begin with GGUF. Give a GGUF file, a folder, or an id of the hub."
        )
    if len(head) < 8:
        raise HarnessError(f"{path} was cut short: it ends after {len(head)} bytes. Download it again.")
    (version,) = struct.unpack_from("<I", head, 4)
    if version & 0xFFFF == 0:
        raise HarnessError(f"{path} is written for big-endian machines. Give the file for little-endian ones.")
    if version not in _VERSIONS:
        raise HarnessError(
            f"{path} is GGUF version {version}, and versions 2 and 3 are read. Convert the model again with "
            "llama.cpp's convert_hf_to_gguf.py."
        )


def _value(field: Any) -> Any:
    # Vocabularies are long; what is asked of an array is whether there is one, and how long it is.
    return len(field.data) if field.types and field.types[0].name == "ARRAY" else field.contents()


def _unreadable(path: Path, error: Exception) -> HarnessError:
    if "GGMLQuantizationType" in str(error):
        return HarnessError(
            f"{path} holds weights of a type that gguf does not know ({said(error)}). "
            "Upgrade it with: python -m pip install --upgrade gguf"
        )
    return HarnessError(f"{path} is corrupt or was cut short ({said(error)}). Download it again.")


def _refuse_other(found: GgufFile) -> None:
    path, fields = found.path, found.fields
    part = _PART.search(path.stem)
    parts = int(fields.get("split.count") or 0) or (int(part[1]) if part else 0)
    if parts > 1:
        raise HarnessError(
            f"{path} is one of {parts} parts of a model. Put them together with llama.cpp, and give the whole: "
            "llama-gguf-split --merge FIRST_PART WHOLE.gguf"
        )
    for kind in (str(fields.get("general.type")), found.architecture):
        if kind in _OTHER:
            raise HarnessError(f"{path} is {_OTHER[kind]}.")
    if not found.tensors:
        raise HarnessError(f"{path} holds no weights, only what is said of them. Give the model's own GGUF.")
    if not fields.get("tokenizer.ggml.tokens") or not fields.get("tokenizer.ggml.model"):
        raise HarnessError(
            f"{path} holds no tokenizer, without which nothing can be asked. Convert the model again, from a folder "
            "with its tokenizer's files, or give that folder as the base."
        )


def _refuse_undequantizable(found: GgufFile) -> None:
    from gguf import dequantize

    for kind, tensor in {tensor.tensor_type: tensor for tensor in found.tensors}.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                dequantize(tensor.data.reshape(-1, tensor.data.shape[-1])[:1], kind)
        except Exception as error:
            raise HarnessError(
                f"{found.path} keeps {tensor.name} as {kind.name}, which gguf does not dequantize ({said(error)}). "
                "Give the model in another quantization, such as Q8_0 or Q4_K_M."
            ) from None
