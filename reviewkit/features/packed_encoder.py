"""BERT without padding: tokens of all texts stand in one row, cut into blocks of one fixed size.

What is computed token by token (all the matrix products with weights) runs on blocks of one shape, whatever stands in
them; attention runs text by text at the text's own length. So no work is spent on padding, and a text's vector is the
same, bit for bit, alone and in any batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.threads import LoneThreads

BLOCK_TOKENS = 128
GPU_BLOCK_TOKENS = 4096
RUN_TOKENS = 8192


@dataclass(frozen=True)
class Layer:
    """Weights of one layer; each linear map is (weight, bias, ...), each norm (weight, bias, epsilon)."""

    query_key_value: tuple[Any, ...]
    attended: tuple[Any, ...]
    attended_norm: tuple[Any, Any, float]
    wide: tuple[Any, ...]
    narrow: tuple[Any, ...]
    norm: tuple[Any, Any, float]


@dataclass(frozen=True)
class _Joined:
    weight: Any
    bias: Any


@dataclass(frozen=True)
class Alike:
    """Texts of one length that stand side by side: where their tokens begin, how many texts, how long each."""

    start: int
    n_texts: int
    length: int

    @property
    def stop(self) -> int:
        """Where their tokens end."""
        return self.start + self.n_texts * self.length


class PackedBert:
    """A BERT sentence model, mean-pooled, as arrays.

    Parameters
    ----------
    model : SentenceTransformer
        One that ``can_pack`` accepts.
    reduced : bool, keyword-only
        Multiply in bfloat16; attention, norms and sums stay in float32.
    """

    def __init__(self, model: Any, *, reduced: bool) -> None:
        import torch

        bert = model[0].auto_model
        self._dtype = torch.bfloat16 if reduced else torch.float32
        self._device = model.device
        self._block = BLOCK_TOKENS if self._device.type == "cpu" else GPU_BLOCK_TOKENS
        self._n_heads = int(bert.config.num_attention_heads)
        self._words = bert.embeddings.word_embeddings.weight.detach()
        self._places = bert.embeddings.position_embeddings.weight.detach()
        self._kind = bert.embeddings.token_type_embeddings.weight[0].detach()
        self._first_norm = _norm(bert.embeddings.LayerNorm)
        self._layers = [self._layer(one) for one in bert.encoder.layer]
        self._unit = len(model) == 3
        self._threads = LoneThreads()

    def encode(self, tokens: Sequence[list[int]]) -> NDArray[np.float32]:
        """Encode tokenized texts.

        Parameters
        ----------
        tokens : sequence of list of int
            Special tokens included.

        Returns
        -------
        ndarray of float32, shape (n_texts, dimension)
        """
        import torch

        vectors = np.empty((len(tokens), self._words.shape[1]), dtype=np.float32)
        lengths = [len(one) for one in tokens]
        n_threads = torch.get_num_threads() if self._device.type == "cpu" else 1
        shared = list(runs(lengths, at_most=self._run_tokens(sum(lengths), n_threads)))

        def made(rows: list[int]) -> NDArray[np.float32]:
            return self._encode_run([tokens[row] for row in rows])

        for rows, own in zip(shared, self._threads.map(made, shared, n_threads=n_threads), strict=True):
            vectors[rows] = own
        return vectors

    def _run_tokens(self, n_tokens: int, n_threads: int) -> int:
        """Tokens of a run: whole blocks, and something to do for each thread."""
        blocks = -(-n_tokens // (n_threads * self._block))
        return RUN_TOKENS if n_threads == 1 else min(RUN_TOKENS, max(1, blocks) * self._block)

    def _encode_run(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        import torch

        side_by_side = list(alike([len(one) for one in tokens]))
        with torch.inference_mode():
            found = self._states(tokens, side_by_side)
        vectors = np.concatenate([_mean(found[one.start : one.stop], one) for one in side_by_side])
        if self._unit:
            vectors /= np.maximum(np.sqrt((vectors * vectors).sum(axis=1, keepdims=True)), np.float32(1e-12))
        return vectors

    def _states(self, tokens: list[list[int]], side_by_side: list[Alike]) -> NDArray[np.float32]:
        states = self._embed(tokens)
        for layer in self._layers:
            attended = self._attend(self._by_block(states, layer.query_key_value), side_by_side)
            self._finish(states, attended, layer)
        found: NDArray[np.float32] = states.cpu().numpy()
        return found

    def _embed(self, tokens: list[list[int]]) -> Any:
        import torch

        ids = np.concatenate([np.asarray(one, dtype=np.int64) for one in tokens])
        places = np.concatenate([np.arange(len(one), dtype=np.int64) for one in tokens])
        room = (0, -len(ids) % self._block)
        at = torch.from_numpy(np.pad(ids, room)).to(self._device)
        place = torch.from_numpy(np.pad(places, room)).to(self._device)
        return self._norm_first(self._words[at] + self._kind + self._places[place])

    def _norm_first(self, states: Any) -> Any:
        for block in self._blocks(states):
            block.copy_(_normed(block, self._first_norm))
        return states

    def _blocks(self, states: Any) -> Iterator[Any]:
        yield from (states[at : at + self._block] for at in range(0, len(states), self._block))

    def _linear(self, block: Any, weights: tuple[Any, ...]) -> Any:
        from torch.nn.functional import linear

        return linear(block.to(self._dtype), *weights)

    def _widened(self, block: Any, weights: tuple[Any, ...]) -> Any:
        from torch.nn.functional import gelu

        return gelu(self._linear(block, weights))

    def _by_block(self, states: Any, weights: tuple[Any, ...]) -> Any:
        result = states.new_empty((len(states), len(weights[1])))
        for block, target in zip(self._blocks(states), self._blocks(result), strict=True):
            target.copy_(self._linear(block, weights))
        return result

    def _attend(self, query_key_value: Any, side_by_side: list[Alike]) -> Any:
        from torch.nn.functional import scaled_dot_product_attention

        width = query_key_value.shape[1] // 3
        attended = query_key_value.new_zeros((len(query_key_value), width))
        for one in side_by_side:
            shape = (one.n_texts, one.length, 3, self._n_heads, width // self._n_heads)
            query, key, value = query_key_value[one.start : one.stop].view(shape).permute(2, 0, 3, 1, 4)
            heads = scaled_dot_product_attention(query, key, value).transpose(1, 2)
            attended[one.start : one.stop].view(shape[:2] + shape[3:]).copy_(heads)
        return attended

    def _finish(self, states: Any, attended: Any, layer: Layer) -> None:
        for block, seen in zip(self._blocks(states), self._blocks(attended), strict=True):
            between = _normed(block + self._linear(seen, layer.attended), layer.attended_norm)
            wide = self._widened(between, layer.wide)
            block.copy_(_normed(between + self._linear(wide, layer.narrow), layer.norm))

    def _layer(self, one: Any) -> Layer:
        return Layer(
            self._map(joined(one.attention.self)),
            self._map(one.attention.output.dense),
            _norm(one.attention.output.LayerNorm),
            self._map(one.intermediate.dense),
            self._map(one.output.dense),
            _norm(one.output.LayerNorm),
        )

    def _weights(self, weight: Any) -> Any:
        return weight.detach().to(self._dtype).contiguous()

    def _map(self, dense: Any) -> tuple[Any, Any]:
        return self._weights(dense.weight), self._weights(dense.bias)


def joined(attention: Any) -> _Joined:
    """Join the maps to query, key and value, which read the same input, into one."""
    import torch

    triple = (attention.query, attention.key, attention.value)
    return _Joined(torch.cat([one.weight for one in triple]), torch.cat([one.bias for one in triple]))


def can_pack(model: Any) -> bool:
    """Say whether a sentence-transformers model is a plain BERT, mean-pooled, perhaps brought to unit length."""
    names = [type(module).__name__ for module in model]
    if names[:2] != ["Transformer", "Pooling"] or names[2:] not in ([], ["Normalize"]):
        return False
    config = model[0].auto_model.config
    plain = getattr(config, "position_embedding_type", None) in (None, "absolute") and config.hidden_act == "gelu"
    return bool(config.model_type == "bert" and plain and _is_mean(model[1].get_config_dict()))


def _is_mean(pooling: dict[str, Any]) -> bool:
    older = [name for name, chosen in pooling.items() if name.startswith("pooling_mode_") and chosen]
    return pooling.get("pooling_mode") == "mean" or older == ["pooling_mode_mean_tokens"]


def _norm(layer: Any) -> tuple[Any, Any, float]:
    return layer.weight.detach(), layer.bias.detach(), float(layer.eps)


def _normed(block: Any, norm: tuple[Any, Any, float]) -> Any:
    from torch.nn.functional import layer_norm

    return layer_norm(block, (block.shape[1],), *norm)


def runs(lengths: list[int], *, at_most: int = RUN_TOKENS) -> Iterator[list[int]]:
    """Rows by rising length, so many at once as keep a run's arrays small."""
    rows: list[int] = []
    n_tokens = 0
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if rows and n_tokens + lengths[row] > at_most:
            yield rows
            rows, n_tokens = [], 0
        rows.append(row)
        n_tokens += lengths[row]
    if rows:
        yield rows


def alike(lengths: list[int]) -> Iterator[Alike]:
    """Yield stretches of texts of one length, in order."""
    start, first = 0, 0
    for row in range(1, len(lengths) + 1):
        if row == len(lengths) or lengths[row] != lengths[first]:
            yield Alike(start, row - first, lengths[first])
            start, first = start + (row - first) * lengths[first], row


def _mean(states: NDArray[np.float32], one: Alike) -> NDArray[np.float32]:
    by_text = states.reshape(one.n_texts, one.length, -1)
    mean: NDArray[np.float32] = np.add.reduce(by_text, axis=1) / np.float32(one.length)
    return mean
