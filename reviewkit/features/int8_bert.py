"""Packed BERT with three of its four maps in int8, activations in ranges that were fixed beforehand.

Each input channel of a map has its own fixed range, measured once on texts of this project, so that a text's numbers
hang on that text alone. The fourth map, whose inputs have a few very wide channels, multiplies in bfloat16.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.packed_encoder import Layer, PackedBert, joined

RANGES = Path(__file__).with_name("int8_ranges.npy")
SMOOTHING = 0.8
_STEPS = 255


class FixedRangeMap(NamedTuple):
    """A linear map whose inputs are written as whole numbers from 0 to 255, channel by channel.

    The channel's place in its range is folded into weights and bias, so what is multiplied are plain integers.
    """

    packed: Any
    bias: Any
    weight_steps: Any
    zeros: Any
    multiply: Any
    add: Any

    def __call__(self, block: Any, *, gelu: bool) -> Any:
        """Map a block of float32; with ``gelu`` behind it, the result is bfloat16."""
        import torch

        whole = torch.addcmul(self.add, block, self.multiply).clamp_(0, _STEPS).to(torch.uint8)
        kind, after = (torch.bfloat16, "gelu") if gelu else (torch.float32, "none")
        steps = (self.packed, self.weight_steps, self.zeros, self.bias)
        return torch.ops.onednn.qlinear_pointwise(whole, 1.0, 0, *steps, 1.0, 0, kind, after, [], "none")


class Int8Bert(PackedBert):
    """A BERT sentence model in int8 and bfloat16.

    Parameters
    ----------
    model : SentenceTransformer
        One that ``can_pack`` accepts, on the processor.
    ranges : ndarray of float32, shape (2, n_layers, 3, width), keyword-only
        Lowest and highest value of each input channel of the maps to query, key and value, from what was attended
        to, and to the wide layer. What lies outside is brought to the range's end.
    """

    def __init__(self, model: Any, *, ranges: NDArray[np.float32]) -> None:
        super().__init__(model, reduced=True)
        originals = model[0].auto_model.encoder.layer
        self._layers = [
            self._in_int8(layer, one, ranges[:, at])
            for at, (layer, one) in enumerate(zip(self._layers, originals, strict=True))
        ]

    def _in_int8(self, layer: Layer, one: Any, ranges: NDArray[np.float32]) -> Layer:
        maps = (joined(one.attention.self), one.attention.output.dense, one.intermediate.dense)
        names = ("query_key_value", "attended", "wide")
        fixed: dict[str, Any] = {
            name: fixed_range_map(dense.weight.detach(), dense.bias.detach(), ranges=ranges[:, at], rows=self._block)
            for at, (name, dense) in enumerate(zip(names, maps, strict=True))
        }
        return replace(layer, **fixed)

    def _linear(self, block: Any, weights: Any) -> Any:
        return weights(block, gelu=False) if isinstance(weights, FixedRangeMap) else super()._linear(block, weights)

    def _widened(self, block: Any, weights: Any) -> Any:
        return weights(block, gelu=True)


def fixed_range_map(weight: Any, bias: Any, *, ranges: NDArray[np.float32], rows: int) -> FixedRangeMap:
    """Quantize a linear map.

    Parameters
    ----------
    weight : Tensor, shape (n_out, n_in)
    bias : Tensor, shape (n_out,)
    ranges : ndarray of float32, shape (2, n_in)
        Lowest and highest value of each input channel.
    rows : int
        Rows of the blocks to come.
    """
    import torch

    low, high = torch.from_numpy(np.ascontiguousarray(ranges))
    step = _input_steps((high - low) / 2 + 1e-6, weight)
    shift = _STEPS / 2 - (high + low) / 2 / step
    scaled = weight * step
    weight_steps = scaled.abs().amax(dim=1) / 127
    whole = (scaled / weight_steps[:, None]).round().to(torch.int8)
    return FixedRangeMap(
        packed=torch.ops.onednn.qlinear_prepack(whole, [rows, weight.shape[1]]),
        bias=bias - (whole.double() @ shift.double()).float() * weight_steps,
        weight_steps=weight_steps,
        zeros=torch.zeros(len(bias), dtype=torch.int32),
        multiply=1 / step,
        add=shift + 0.5,  # what follows cuts off, so half a step more rounds
    )


def _input_steps(half: Any, weight: Any) -> Any:
    """Size of each channel's step: between its own range's and one shared by all, so that few weights grow wide."""
    smooth = half**SMOOTHING / weight.abs().amax(dim=0).clamp_min(1e-6) ** (1 - SMOOTHING)
    return smooth * (half / smooth).max() / (_STEPS / 2)
