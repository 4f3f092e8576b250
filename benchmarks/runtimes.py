"""The default encoder's network under other runtimes, as their users would run it: ONNX Runtime and OpenVINO.

Sentences go in batches of 32, sorted by length. Each is None where its packages are not installed: none is pinned.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.int8_ranges import texts as calibration_texts
from reviewkit import SentenceTransformerEncoder

BATCH = 32
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Feed = dict[str, NDArray[np.int64]]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]
PACKAGES = ("onnx", "onnxscript", "onnxruntime", "openvino", "nncf")


def runtimes(encoder: SentenceTransformerEncoder, model: Any, folder: Path) -> dict[str, Encode]:
    """What is installed, by name.

    Parameters
    ----------
    encoder : SentenceTransformerEncoder
        The default, for its texts to calibrate with.
    model : SentenceTransformer
    folder : Path
        For the exported networks.
    """
    tokenizer = model.tokenizer
    exported = folder / "model.onnx"
    feeds = list(batches(tokenizer, calibration_texts(encoder)))
    makers: dict[str, Callable[[], Encode]] = {
        "ONNX Runtime, float32": lambda: onnx_runtime(tokenizer, exported),
        "ONNX Runtime, int8, ranges of each batch": lambda: onnx_runtime(tokenizer, dynamic_int8(exported)),
        "ONNX Runtime, int8, fixed ranges": lambda: onnx_runtime(tokenizer, static_int8(exported, feeds)),
        "OpenVINO, float32": lambda: open_vino(tokenizer, exported, None),
        "OpenVINO, int8, fixed ranges": lambda: open_vino(tokenizer, exported, feeds),
    }
    found: dict[str, Encode] = {}
    for name, make in makers.items():
        try:
            if not exported.exists():
                export(model, feeds[0], exported)
            found[name] = make()
        except ImportError:
            continue
    return found


def batches(tokenizer: Any, texts: Sequence[str]) -> Iterator[Feed]:
    """Padded batches, sorted by length."""
    ordered = sorted(texts, key=len)
    for at in range(0, len(ordered), BATCH):
        yield tokens(tokenizer, ordered[at : at + BATCH])


def tokens(tokenizer: Any, texts: Sequence[str]) -> Feed:
    """One padded batch."""
    found = tokenizer(list(texts), padding=True, truncation=True, max_length=256, return_tensors="np")
    return {name: np.asarray(found[name], dtype=np.int64) for name in INPUTS}


def encoding(tokenizer: Any, states: Callable[[Feed], NDArray[np.float32]]) -> Encode:
    """Mean of the last states, of length one."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        order = np.argsort([len(one) for one in texts], kind="stable")
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for at in range(0, len(texts), BATCH):
            rows = order[at : at + BATCH]
            feed = tokens(tokenizer, [texts[row] for row in rows])
            mask = feed["attention_mask"][:, :, None].astype(np.float32)
            mean = (states(feed) * mask).sum(axis=1) / mask.sum(axis=1)
            vectors[rows] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    return encode


def export(model: Any, feed: Feed, path: Path) -> None:
    """Write the network in the ONNX form."""
    torch: Any = importlib.import_module("torch")
    importlib.import_module("onnx")

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = model[0].auto_model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            read = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
            return self.network(**read).last_hidden_state

    given = tuple(torch.from_numpy(feed[name]) for name in INPUTS)
    lengths = {0: torch.export.Dim("n_texts"), 1: torch.export.Dim("n_tokens", max=512)}
    torch.onnx.export(
        States().eval(), given, str(path), dynamo=True, input_names=list(INPUTS), output_names=["states"],
        dynamic_shapes=(lengths,) * 3, external_data=False, verbose=False,
    )  # fmt: skip


def onnx_runtime(tokenizer: Any, path: Path) -> Encode:
    """ONNX Runtime on all cores."""
    runtime: Any = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = {one.name for one in session.get_inputs()}

    def states(feed: Feed) -> NDArray[np.float32]:
        (found,) = session.run(None, {name: value for name, value in feed.items() if name in names})
        return np.asarray(found)

    return encoding(tokenizer, states)


def dynamic_int8(path: Path) -> Path:
    """Weights in int8, the ranges of what they multiply taken from each batch."""
    quantization: Any = importlib.import_module("onnxruntime.quantization")
    target = path.with_name("dynamic.onnx")
    quantization.quantize_dynamic(path, target, weight_type=quantization.QuantType.QInt8, reduce_range=True)
    return target


def static_int8(path: Path, feeds: Sequence[Feed]) -> Path:
    """Weights in int8, the ranges of what they multiply learned once."""
    quantization: Any = importlib.import_module("onnxruntime.quantization")
    target = path.with_name("static.onnx")

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = iter(feeds)

        def get_next(self) -> Feed | None:
            return next(self.left, None)

    quantization.quantize_static(
        path, target, Reader(), op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, reduce_range=True,
        weight_type=quantization.QuantType.QInt8, activation_type=quantization.QuantType.QUInt8,
    )  # fmt: skip
    return target


def open_vino(tokenizer: Any, path: Path, feeds: Sequence[Feed] | None) -> Encode:
    """OpenVINO on all cores, in int8 where it is given what to calibrate with."""
    core: Any = importlib.import_module("openvino").Core()
    network = core.read_model(str(path))
    if feeds is not None:
        nncf: Any = importlib.import_module("nncf")
        network = nncf.quantize(network, nncf.Dataset(list(feeds)), model_type=nncf.ModelType.TRANSFORMER)
    compiled = core.compile_model(network, "CPU")

    def states(feed: Feed) -> NDArray[np.float32]:
        return np.asarray(compiled(feed)[0])

    return encoding(tokenizer, states)
