"""Packed BERT with its linear maps in int8, activations in ranges that were fixed beforehand.

Each input channel of a map has its own fixed range, measured once on texts of this project, so that a text's numbers
hang on that text alone. The narrow map's few very wide input channels are multiplied apart, in float32. Weights have
seven bits, so that no sum of two products overflows on processors that add pairs in sixteen bits: whole numbers come
out the same on all of them.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.packed_encoder import Layer, PackedBert, joined

RANGES = Path(__file__).with_name("int8_ranges.npy")
MAPS = ("query_key_value", "attended", "wide", "narrow")
SMOOTHING = 0.8
N_APART = 32
_STEPS = 255
_WEIGHT_STEPS = 63


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
    apart: Any
    apart_weights: Any

    def __call__(self, block: Any, *, gelu: bool = False) -> Any:
        """Map a block of float32, with ``gelu`` behind it."""
        import torch

        whole = torch.addcmul(self.add, block, self.multiply).clamp_(0, _STEPS).to(torch.uint8)
        steps = (self.packed, self.weight_steps, self.zeros, self.bias)
        after = "gelu" if gelu else "none"
        mapped = torch.ops.onednn.qlinear_pointwise(whole, 1.0, 0, *steps, 1.0, 0, torch.float32, after, [], "none")
        return mapped.addmm_(block[:, self.apart], self.apart_weights) if len(self.apart) else mapped


class Int8Bert(PackedBert):
    """A BERT sentence model in int8.

    Parameters
    ----------
    model : SentenceTransformer
        One that ``can_pack`` accepts, on the processor.
    ranges : ndarray of float32, shape (2, n_layers, 3 * width + wide), keyword-only
        Lowest and highest value of each input channel of the maps to query, key and value, from what was attended
        to, to the wide layer, and from it. What lies outside is brought to the range's end.
    """

    def __init__(self, model: Any, *, ranges: NDArray[np.float32]) -> None:
        super().__init__(model, reduced=False)
        originals = model[0].auto_model.encoder.layer
        self._layers = [
            self._in_int8(layer, one, ranges[:, at])
            for at, (layer, one) in enumerate(zip(self._layers, originals, strict=True))
        ]

    def _in_int8(self, layer: Layer, one: Any, ranges: NDArray[np.float32]) -> Layer:
        maps = (joined(one.attention.self), one.attention.output.dense, one.intermediate.dense, one.output.dense)
        ends = np.cumsum([dense.weight.shape[1] for dense in maps])[:-1]
        fixed: dict[str, Any] = {
            name: fixed_range_map(
                dense.weight.detach(),
                dense.bias.detach(),
                ranges=own,
                rows=self._block,
                n_apart=N_APART if name == "narrow" else 0,
            )
            for name, dense, own in zip(MAPS, maps, np.split(ranges, ends, axis=1), strict=True)
        }
        return replace(layer, **fixed)

    def _linear(self, block: Any, weights: Any) -> Any:
        return weights(block)

    def _widened(self, block: Any, weights: Any) -> Any:
        return weights(block, gelu=True)


def fixed_range_map(
    weight: Any, bias: Any, *, ranges: NDArray[np.float32], rows: int, n_apart: int = 0
) -> FixedRangeMap:
    """Quantize a linear map.

    Parameters
    ----------
    weight : Tensor, shape (n_out, n_in)
    bias : Tensor, shape (n_out,)
    ranges : ndarray of float32, shape (2, n_in)
        Lowest and highest value of each input channel.
    rows : int
        Rows of the blocks to come.
    n_apart : int
        Widest channels that stay in float32.
    """
    import torch

    low, high = torch.from_numpy(np.ascontiguousarray(ranges))
    half, kept = (high - low) / 2 + 1e-6, torch.ones_like(low)
    apart = half.argsort(descending=True, stable=True)[:n_apart].sort().values
    kept[apart] = 0.0
    step = _input_steps(torch.where(kept > 0, half, 1e-6), weight)
    shift = kept * (_STEPS / 2 - (high + low) / 2 / step)
    scaled = weight * step * kept
    weight_steps = scaled.abs().amax(dim=1) / _WEIGHT_STEPS
    whole = (scaled / weight_steps[:, None]).round().to(torch.int8)
    return FixedRangeMap(
        packed=torch.ops.onednn.qlinear_prepack(whole, [rows, weight.shape[1]]),
        bias=bias - (whole.double() @ shift.double()).float() * weight_steps,
        weight_steps=weight_steps,
        zeros=torch.zeros(len(bias), dtype=torch.int32),
        multiply=kept / step,
        add=shift + 0.5,  # what follows cuts off, so half a step more rounds
        apart=apart,
        apart_weights=weight[:, apart].t().contiguous(),
    )


def _input_steps(half: Any, weight: Any) -> Any:
    """Size of each channel's step: between its own range's and one shared by all, so that few weights grow wide."""
    smooth = half**SMOOTHING / weight.abs().amax(dim=0).clamp_min(1e-6) ** (1 - SMOOTHING)
    return smooth * (half / smooth).max() / (_STEPS / 2)
