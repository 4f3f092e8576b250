"""CEReD English as the tagger of moves reads it, and how a member of its ensemble is learned.

A sentence's place in its context is found by its very words, or, where the two were translated apart, by the stretch
that shares the most words with it.
"""

import csv
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import data_folder
from reviewkit import MOVES, SentenceInContext
from reviewkit.features.encoder import default_folder
from reviewkit.features.marked_bert import N_LAYERS
from reviewkit.features.moves import MoveEncoder, MoveSettings, MoveTagger

FEWEST_SHARED = 1 / 3
RUN_WORDS = 8
CLS, SEP = 101, 102

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the set: its move's index in ``MOVES``, and its mean typicality, 1 to 7."""

    row: int
    split: str
    context: str
    placed: SentenceInContext
    move: int
    typicality: float


def load_sentences() -> list[Sentence]:
    """Load the English half, in the file's order."""
    with (data_folder("cered") / "sentences.csv").open(encoding="utf-8", newline="") as file:
        english = [row for row in csv.DictReader(file) if row["lang"] == "en"]
    return [
        Sentence(
            row=at,
            split=row["split"],
            context=row["context"],
            placed=placed(row["sentence"].strip(), row["context"]),
            move=[str(one) for one in MOVES].index(row["y"]),
            typicality=float(row["conf_mean"]),
        )
        for at, row in enumerate(english)
    ]


def placed(sentence: str, context: str) -> SentenceInContext:
    """Find a sentence in its context; where nothing like it stands there, the whole context counts as before it."""
    start = context.find(sentence)
    if start >= 0:
        return SentenceInContext(sentence, context[:start], context[start + len(sentence) :])
    words = list(re.finditer(r"\w+", context))
    own = Counter(re.findall(r"\w+", sentence.lower()))
    width = max(1, own.total())
    shared = [
        (Counter(word.group().lower() for word in words[at : at + width]) & own).total()
        for at in range(max(0, len(words) - width) + 1)
    ]
    if not words or max(shared) < FEWEST_SHARED * width:
        return SentenceInContext(sentence, context)
    first = shared.index(max(shared))
    last = min(first + width, len(words)) - 1
    return SentenceInContext(sentence, context[: words[first].start()], context[words[last].end() :])


def runs_of(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of eight words."""
    words = re.findall(r"\w+", text.lower())
    yield from (tuple(words[at : at + RUN_WORDS]) for at in range(max(1, len(words) - RUN_WORDS + 1)))


def context_groups(sentences: Sequence[Sentence]) -> NDArray[np.intp]:
    """Number sentences so that those whose contexts share a run of eight words, however indirectly, share a number."""
    parent = list(range(len(sentences)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first_with: dict[tuple[str, ...], int] = {}
    for at, one in enumerate(sentences):
        for run in runs_of(one.context):
            parent[root(at)] = root(first_with.setdefault(run, at))
    return np.asarray([root(at) for at in range(len(sentences))], dtype=np.intp)


def without_overlap(learn: Sequence[Sentence], test: Sequence[Sentence]) -> list[Sentence]:
    """Leave out sentences whose context shares a run of eight words with a context of the test."""
    seen = {run for one in test for run in runs_of(one.context)}
    return [one for one in learn if seen.isdisjoint(runs_of(one.context))]


@dataclass(frozen=True)
class Learning:
    """How a member is learned.

    Attributes
    ----------
    rate, decay : float
        Learning rate of the top layer, and what each layer below it multiplies it by.
    smoothing : float
        Of the labels.
    """

    epochs: int = 4
    rate: float = 1.5e-4
    decay: float = 0.85
    smoothing: float = 0.1
    dropout: float = 0.1
    batch: int = 32
    context_tokens: int = 8
    longest: int = 96
    warm_up: float = 0.1
    weight_decay: float = 0.01
    head_rate: float = 5.0


def learn(sentences: Sequence[Sentence], *, learning: Learning, seed: int) -> dict[str, Floats]:
    """Fine-tune MiniLM's layers on sentences in their places; its word vectors stay as they are.

    Returns
    -------
    dict of str to ndarray of float32
        Weights as ``MarkedBert`` reads them, and the head's.
    """
    import torch
    from tokenizers import Tokenizer
    from torch.nn.functional import cross_entropy

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    in_bfloat16 = torch.cpu._is_avx512_bf16_supported()  # elsewhere it is emulated, 15 times as slow as float32
    model = _model(learning)
    tokenizer = Tokenizer.from_file(str(default_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokens = [_tokens(tokenizer, one, learning) for one in sentences]
    lengths = np.asarray([len(ids) for ids, _ in tokens])
    moves = torch.tensor([one.move for one in sentences])
    weights = torch.tensor([typicality_weight(one.typicality) for one in sentences])
    groups = _parameter_groups(model, learning)
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    n_steps, step, start = learning.epochs * -(-len(sentences) // learning.batch), 0, time.perf_counter()
    model.train()
    for epoch in range(learning.epochs):
        total = 0.0
        for rows in _batches(lengths, learning.batch, rng):
            step += 1
            share = min(step / (learning.warm_up * n_steps), (n_steps - step + 1) / ((1 - learning.warm_up) * n_steps))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * share
            with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
                logits = model(_padded([tokens[row] for row in rows]))
            losses = cross_entropy(logits.float(), moves[rows], reduction="none", label_smoothing=learning.smoothing)
            loss = (losses * weights[rows]).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * len(rows)
        print(
            f"seed {seed}, epoch {epoch + 1}: loss {total / len(sentences):.3f}, {time.perf_counter() - start:.0f} s",
            flush=True,
        )
    return _arrays(model)


def typicality_weight(typicality: float) -> float:
    """How much a sentence counts in learning: from a quarter for the least typical up to 1.25."""
    return float(np.clip((typicality - 1) / 4, 0.25, 1.25))


def tagger_of(members: Sequence[dict[str, Floats]], *, settings: MoveSettings, written: Any = None) -> MoveTagger:
    """Make a tagger of members, as they are or as ``written`` writes each."""
    arrays = {
        f"{at}/{name}": array
        for at, member in enumerate(members)
        for name, array in (member if written is None else written(member)).items()
    }
    return MoveTagger(MoveEncoder(arrays, weights_sha256="0" * 64, settings=settings), settings=settings)


def remembered(path: Path, make: Any) -> dict[str, Floats]:
    """Read a member from a file, or learn it and write it there."""
    from safetensors.numpy import load_file, save_file

    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(make(), path)
    found: dict[str, Floats] = load_file(path)
    return found


def fitted_temperature(logits: NDArray[np.float64], moves: Rows) -> float:
    """Temperature with the least log loss on rows that were not learned from."""
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(moves)), moves]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def _tokens(tokenizer: Any, one: Sentence, learning: Learning) -> tuple[list[int], list[int]]:
    """Token numbers of a sentence in its place, and a mark for each of its own."""
    texts = (one.placed.before, one.placed.text, one.placed.after)
    before, own, after = (tokenizer.encode(text, add_special_tokens=False).ids for text in texts)
    before, own, after = before[-learning.context_tokens :], own[: learning.longest], after[: learning.context_tokens]
    return [CLS, *before, *own, *after, SEP], [0, *(0 for _ in before), *(1 for _ in own), *(0 for _ in after), 0]


def _padded(tokens: Sequence[tuple[list[int], list[int]]]) -> Any:
    """Token numbers, marks and what is no padding, each of shape (n_texts, longest rounded up to eights)."""
    import torch

    width = -(-max(len(ids) for ids, _ in tokens) // 8) * 8
    arrays = np.zeros((3, len(tokens), width), dtype=np.int64)
    for row, (ids, marks) in enumerate(tokens):
        arrays[:, row, : len(ids)] = ids, marks, [1] * len(ids)
    return torch.from_numpy(arrays)


def _batches(lengths: Rows, batch: int, rng: np.random.Generator) -> list[Rows]:
    """Rows in random order, those of like length together."""
    order = rng.permutation(len(lengths))
    batches: list[Rows] = []
    for start in range(0, len(order), 16 * batch):
        some = order[start : start + 16 * batch]
        some = some[np.argsort(lengths[some], kind="stable")]
        batches += [some[at : at + batch] for at in range(0, len(some), batch)]
    return [batches[at] for at in rng.permutation(len(batches))]


def _model(learning: Learning) -> Any:
    """Build MiniLM with a head over the mean of the sentence's own states and the first token's."""
    import torch
    from transformers import BertModel

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel.from_pretrained(
                default_folder(), attn_implementation="sdpa", add_pooling_layer=False,
                hidden_dropout_prob=learning.dropout, attention_probs_dropout_prob=0.0,
            )  # fmt: skip
            self.bert.embeddings.word_embeddings.weight.requires_grad_(False)
            self.head = torch.nn.Linear(2 * self.bert.config.hidden_size, len(MOVES))
            torch.nn.init.normal_(self.head.weight, std=0.02)
            torch.nn.init.zeros_(self.head.bias)
            self.dropout = torch.nn.Dropout(learning.dropout)

        def forward(self, arrays: Any) -> Any:
            ids, marks, present = arrays
            states = self.bert(input_ids=ids, token_type_ids=marks, attention_mask=present).last_hidden_state.float()
            mean = (states * marks[..., None]).sum(1) / marks.sum(1, keepdim=True)
            return self.head(self.dropout(torch.cat([mean, states[:, 0]], dim=1)))

    return Model()


def _parameter_groups(model: Any, learning: Learning) -> list[dict[str, Any]]:
    """One group a parameter: lower layers learn more slowly, the head faster."""
    groups = []
    for name, parameter in model.named_parameters():
        layer = re.search(r"layer\.(\d+)", name)
        depth = N_LAYERS - (int(layer[1]) + 1 if layer else 0)
        peak = learning.head_rate * learning.rate if name.startswith("head") else learning.rate * learning.decay**depth
        decay = learning.weight_decay if parameter.ndim > 1 else 0.0
        if parameter.requires_grad:
            groups.append({"params": [parameter], "peak": peak, "weight_decay": decay})
    return groups


def _arrays(model: Any) -> dict[str, Floats]:
    """Weights as ``MarkedBert`` names them."""
    state = {name: one.detach().float().numpy() for name, one in model.state_dict().items()}
    arrays = {
        "kinds": state["bert.embeddings.token_type_embeddings.weight"],
        "places": state["bert.embeddings.position_embeddings.weight"],
        "head.weight": state["head.weight"],
        "head.bias": state["head.bias"],
    }
    theirs = {
        "attended": "attention.output.dense",
        "attended_norm": "attention.output.LayerNorm",
        "wide": "intermediate.dense",
        "narrow": "output.dense",
        "norm": "output.LayerNorm",
    }
    for kind in ("weight", "bias"):
        arrays[f"first_norm.{kind}"] = state[f"bert.embeddings.LayerNorm.{kind}"]
        for at in range(N_LAYERS):
            layer = f"bert.encoder.layer.{at}"
            three = [state[f"{layer}.attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
            arrays[f"{at}.query_key_value.{kind}"] = np.concatenate(three)
            arrays |= {f"{at}.{name}.{kind}": state[f"{layer}.{other}.{kind}"] for name, other in theirs.items()}
    return arrays
