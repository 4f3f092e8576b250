"""The weights of the tagger of moves: large matrices as bytes with a scale for each row, the rest in full."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SCALE: Final = ".scale"
_LARGE: Final = 100_000
_STEPS: Final = 127

Arrays = Mapping[str, NDArray[Any]]


def quantized(weights: Arrays) -> dict[str, NDArray[Any]]:
    """Write large matrices as int8, each row with a scale of its own; leave the rest as it is.

    Parameters
    ----------
    weights : mapping of str to ndarray of float32

    Returns
    -------
    dict of str to ndarray
        ``NAME`` in int8 and ``NAME.scale`` for each matrix of 100,000 numbers or more.

    Examples
    --------
    >>> matrix = np.outer([1, 100], np.linspace(-1, 1, 50_000)).astype(np.float32)
    >>> small = quantized({"wide": matrix})
    >>> small["wide"].dtype, int(small["wide"].max()), small["wide.scale"].shape
    (dtype('int8'), 127, (2,))
    >>> bool(np.abs(full_precision(small)["wide"] - matrix)[0].max() < 0.004)
    True
    """
    written: dict[str, NDArray[Any]] = {}
    for name, one in weights.items():
        if one.ndim != 2 or one.size < _LARGE:
            written[name] = one
            continue
        scale = (np.abs(one).max(axis=1) / _STEPS).astype(np.float32)
        written[name] = np.rint(one / np.where(scale > 0, scale, 1.0)[:, None]).astype(np.int8)
        written[f"{name}{SCALE}"] = scale
    return written


def full_precision(weights: Arrays) -> dict[str, NDArray[np.float32]]:
    """Give back float32 matrices of written ones, whichever precision they were written in."""
    return {
        name: one.astype(np.float32) * (weights[f"{name}{SCALE}"][:, None] if one.dtype == np.int8 else 1)
        for name, one in weights.items()
        if not name.endswith(SCALE)
    }


def members(weights: Arrays) -> list[dict[str, NDArray[Any]]]:
    """Part the weights of an ensemble, named ``0/NAME``, ``1/NAME`` and so on."""
    numbers = sorted({int(name.partition("/")[0]) for name in weights})
    return [
        {name.partition("/")[2]: one for name, one in weights.items() if name.startswith(f"{number}/")}
        for number in numbers
    ]
