"""A model taken apart into plain data, arrays and classifiers, and put together again; nothing here unpickles."""

import io
import json
import math
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import BundleError
from reviewkit.features.encoder import Encoder
from reviewkit.features.featurizer import Featurizer
from reviewkit.features.lexical import NgramVocabulary
from reviewkit.features.moves import MoveTagger
from reviewkit.model import ModelSettings, ReviewModel
from reviewkit.records import Rubric
from reviewkit.scoring.award import AwardCalibrator
from reviewkit.scoring.calibrator_choice import CALIBRATORS
from reviewkit.scoring.cold import ColdStart
from reviewkit.scoring.conformal import FoldScores
from reviewkit.scoring.heads import VIEWS, HingeBasis, LinearHeads
from reviewkit.scoring.interactions import INTERACTIONS, Interaction, VaryingHead
from reviewkit.scoring.linking import LevelLinking
from reviewkit.scoring.scorer import CriterionScorer
from reviewkit.screening.unfamiliar import Familiarity, TopicMatch

RUBRIC, VOCABULARY, SCORERS, ARRAYS, HEADS = (
    "rubric.json",
    "vocabulary.json",
    "scorers.json",
    "arrays.npz",
    "heads.skops",
)
ALLOWED_TYPES = frozenset(
    {
        "reviewkit.scoring.decomposition.OrderedThresholdsClassifier",
        "reviewkit.scoring.estimator.CumulativeLinkClassifier",
    }
)
PLAIN_TYPES = frozenset({"builtins.dict", "builtins.list", "builtins.str", "numpy.dtype", "numpy.ndarray"})
LARGEST_ARRAYS = 4 * 2**30
LARGEST_HEADS = 2**28
MOVES = "moves.json"  # only where moves are features
SCHEMA = "schema.json"
_FAMILIARITY, _TOPIC = "-familiarity/", "-topic/"  # no criterion's id begins with a hyphen
_CALIBRATOR, _MEMBER, _SEEN, _SEEN_LEVEL = "calibrator.", "member", "seen", "seen-level"
_BASIS = ("low", "high", "mean", "sd", "knots")

Arrays = dict[str, NDArray[Any]]


def model_files(model: ReviewModel) -> dict[str, bytes]:
    """Write a model as files, the same bytes for the same model."""
    vocabulary = model.featurizer_.vocabulary_
    arrays: Arrays = {"idf": vocabulary.idf_}
    line = [model.award_calibrator_.intercept, model.award_calibrator_.slope]
    scorers: dict[str, Any] = {"award_share": model.share_, "award_line": line, "criteria": {}}
    for prefix, step in ((_FAMILIARITY, model.familiarity_), (_TOPIC, model.topic_)):
        arrays |= {} if step is None else {f"{prefix}{key}": array for key, array in step.arrays().items()}
    classifiers: dict[str, Any] = {}
    for name, scorer in model.scorers_.items():
        scorers["criteria"][name] = _scorer_data(scorer, support=model.support_[name])
        arrays |= {f"{name}/{key}": array for key, array in _scorer_arrays(scorer).items()}
        members = {f"{name}/{at}": member for at, (member, _) in enumerate(scorer.members_)}
        classifiers |= {
            key: one.classifier_ for key, one in {name: scorer, **members}.items() if one.classifier_ is not None
        }
    moves = {} if model.tagger is None else {MOVES: _json_bytes({"tagger": model.tagger.digest})}
    return {
        **moves,
        RUBRIC: _json_bytes(model.rubric.model_dump(mode="json")),
        VOCABULARY: _json_bytes({"n_words": vocabulary.n_words_, "ngrams": list(vocabulary.ngrams_)}),
        SCORERS: _json_bytes(scorers),
        ARRAYS: _array_bytes(arrays),
        HEADS: _classifier_bytes(classifiers),
    }


def model_from_files(
    files: dict[str, bytes], *, encoder: Encoder, settings: ModelSettings, tagger: MoveTagger | None = None
) -> ReviewModel:
    """Put a model together: parse, audit, construct; ``tagger`` where moves are its features.

    Raises
    ------
    BundleError
        If a part is not what its file promises.
    """
    try:
        arrays, classifiers = _arrays_of(files[ARRAYS]), _classifiers_of(files[HEADS])
        rubric = Rubric.model_validate(json.loads(files[RUBRIC]))
        vocabulary, scorers = json.loads(files[VOCABULARY]), json.loads(files[SCORERS])
        model = ReviewModel(rubric, encoder, settings=settings, tagger=tagger)
        model.featurizer_ = Featurizer(encoder, settings=settings.lexical, tagger=tagger)
        model.featurizer_.vocabulary_ = NgramVocabulary(settings.lexical).restore(
            tuple(vocabulary["ngrams"]), int(vocabulary["n_words"]), arrays["idf"]
        )
        model.featurizer_.describe(rubric)
        model.share_ = float(scorers["award_share"])
        model.award_calibrator_ = AwardCalibrator(*map(float, scorers.get("award_line", (0.0, 1.0))))
        model.familiarity_ = Familiarity.from_arrays(kept) if (kept := _under(arrays, _FAMILIARITY)) else None
        model.topic_ = TopicMatch.from_arrays(kept) if (kept := _under(arrays, _TOPIC)) else None
        model.scorers_, model.support_ = {}, {}
        for criterion in rubric.criteria:
            data = scorers["criteria"][criterion.id]
            own = _under(arrays, f"{criterion.id}/")
            scorer = CriterionScorer(len(criterion.levels), settings=settings.scorer)
            model.scorers_[criterion.id] = _restored(scorer, data, own, classifiers, name=criterion.id)
            model.support_[criterion.id] = float(data["support"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise BundleError(f"the bundle's parts do not fit one another ({error!r}); train it anew.") from error
    return model


def _under(arrays: Arrays, prefix: str) -> Arrays:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _scorer_data(scorer: CriterionScorer, *, support: float) -> dict[str, Any]:
    return {
        "cold": scorer.cold_,
        "n_rated": scorer.n_rated_,
        "bounds": [one if math.isfinite(one) else None for one in scorer.bounds_.tolist()],
        "calibrator": None if scorer.calibrator_ is None else scorer.calibrator_.name,
        "strengths": [] if scorer.heads_ is None else list(scorer.heads_.strengths),
        "support": support,
        "members": [_scorer_data(one, support=support) for one, _ in scorer.members_],
    }


def _scorer_arrays(scorer: CriterionScorer) -> Arrays:
    arrays: Arrays = {"prior": scorer.cold_start_.prior}
    if scorer.disagreement_ is not None:
        arrays["disagreement"] = scorer.disagreement_
    if scorer.heads_ is not None:
        arrays |= {f"weights.{view}": weights for view, weights in scorer.heads_.weights.items()}
        arrays |= {f"basis.{name}": getattr(scorer.heads_.basis, name) for name in _BASIS}
        arrays |= {"intercepts": scorer.heads_.intercepts, "mix": scorer.mix_, "centre": scorer.centre_}
        for name, head in scorer.heads_.varying.items():
            arrays |= {f"{name}.columns": head.columns, f"{name}.constants": head.constants}
            arrays |= {f"{name}.{view}": rows for view, rows in head.weights.items()}
    if scorer.calibrator_ is not None:
        arrays |= {f"{_CALIBRATOR}{key}": array for key, array in scorer.calibrator_.arrays().items()}
    if scorer.linking_ is not None:
        arrays["cuts"] = scorer.linking_.cuts
    for at, (member, seen) in enumerate(scorer.members_):
        own = {**_scorer_arrays(member), _SEEN: seen.scores, _SEEN_LEVEL: seen.level_index}
        arrays |= {f"{_MEMBER}{at}/{key}": array for key, array in own.items()}
    return arrays


def _varying(name: str, interaction: Interaction, arrays: Arrays) -> VaryingHead:
    weights = {view: arrays[f"{name}.{view}"] for view in interaction.weighed}
    return VaryingHead(arrays[f"{name}.columns"], arrays[f"{name}.constants"], weights)


def _restored(
    scorer: CriterionScorer, data: dict[str, Any], arrays: Arrays, classifiers: dict[str, Any], *, name: str
) -> CriterionScorer:
    scorer.cold_, scorer.n_rated_ = bool(data["cold"]), int(data["n_rated"])
    bounds = [math.inf if one is None else float(one) for one in data["bounds"]]
    scorer.bounds_ = np.array(bounds).reshape(scorer.n_levels)
    scorer.cold_start_ = ColdStart(arrays["prior"])
    scorer.disagreement_ = arrays.get("disagreement")
    scorer.linking_ = LevelLinking(arrays["cuts"]) if "cuts" in arrays else None
    if not scorer.cold_:
        basis = HingeBasis(**{key: arrays[f"basis.{key}"] for key in _BASIS})
        weights = {view: arrays[f"weights.{view}"] for view in VIEWS if f"weights.{view}" in arrays}
        varying = {
            name: _varying(name, one, arrays) for name, one in INTERACTIONS.items() if f"{name}.columns" in arrays
        }
        scorer.heads_ = LinearHeads(weights, arrays["intercepts"], tuple(data["strengths"]), basis, varying)
        scorer.mix_, scorer.centre_ = arrays["mix"], arrays["centre"]
        scorer.calibrator_ = CALIBRATORS[data["calibrator"]].from_arrays(_under(arrays, _CALIBRATOR))
        if name not in classifiers:
            raise BundleError(f"{HEADS}: lacks a head that {SCORERS} promises; take the bundle anew.")
        scorer.classifier_ = classifiers[name]
    scorer.members_ = tuple(
        (
            _restored(
                CriterionScorer(scorer.n_levels, settings=scorer.settings),
                member,
                _under(arrays, f"{_MEMBER}{at}/"),
                classifiers,
                name=f"{name}/{at}",
            ),
            FoldScores(arrays[f"{_MEMBER}{at}/{_SEEN}"], arrays[f"{_MEMBER}{at}/{_SEEN_LEVEL}"]),
        )
        for at, member in enumerate(data["members"])
    )
    return scorer


def _json_bytes(data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode("utf-8")


def _array_bytes(arrays: Arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _arrays_of(raw: bytes) -> Arrays:
    try:
        _check_size(raw, ARRAYS, LARGEST_ARRAYS)
        with np.load(io.BytesIO(raw), allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"{ARRAYS}: is no file of plain arrays ({error}); do not trust it.") from None
    strange = sorted(name for name, one in arrays.items() if not _is_finite_array(one))
    if strange:
        raise BundleError(f"{ARRAYS}: {strange[0]!r} is no array of finite numbers; do not trust it.")
    return arrays


def _is_finite_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and bool(np.isfinite(value).all())


def _check_size(raw: bytes, name: str, largest: int) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        size = sum(one.file_size for one in archive.infolist())
    if size > largest:
        raise BundleError(f"{name}: unpacks to {size} bytes, but {largest} are the most; do not trust it.")


def _classifier_bytes(classifiers: dict[str, Any]) -> bytes:
    import skops.io

    written: bytes = skops.io.dumps(classifiers)
    return _canonical_archive(written)


def _canonical_archive(archive: bytes) -> bytes:
    """Write a skops archive again without time of day and addresses, so that the same model gives the same bytes."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    number_of: dict[str, int] = {}
    schema = _numbered(json.loads(members.pop(SCHEMA)), number_of)
    renamed = {_numbered_name(name, number_of): content for name, content in members.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in sorted({**renamed, SCHEMA: _json_bytes(schema)}.items()):
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _numbered(node: Any, number_of: dict[str, int]) -> Any:
    """Write a node of the schema with addresses in memory replaced by numbers in the order of appearance."""
    if isinstance(node, list):
        return [_numbered(one, number_of) for one in node]
    if not isinstance(node, dict):
        return node
    given = {key: _numbered(one, number_of) for key, one in node.items() if key not in ("__id__", "file")}
    if "__id__" in node:
        given["__id__"] = number_of.setdefault(str(node["__id__"]), len(number_of) + 1)
    if "file" in node:
        given["file"] = _numbered_name(node["file"], number_of)
    return given


def _numbered_name(name: str, number_of: dict[str, int]) -> str:
    stem, _, ending = name.partition(".")
    return f"{number_of.setdefault(stem, len(number_of) + 1)}.{ending}"


def _classifiers_of(raw: bytes) -> dict[str, Any]:
    import skops.io

    try:
        _check_size(raw, HEADS, LARGEST_HEADS)
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            named = set(_types_named(json.loads(archive.read(SCHEMA))))
        unknown = (named | set(skops.io.get_untrusted_types(data=raw))) - ALLOWED_TYPES - PLAIN_TYPES
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"{HEADS}: is no skops file ({error}); do not trust it.") from None
    if unknown:
        raise BundleError(
            f"{HEADS}: holds {', '.join(sorted(unknown))}, but a bundle holds only "
            f"{', '.join(sorted(ALLOWED_TYPES))}; do not trust it."
        )
    try:
        classifiers = skops.io.loads(raw, trusted=sorted(ALLOWED_TYPES))
    except Exception as error:
        raise BundleError(f"{HEADS}: does not load ({error}); take the bundle anew.") from None
    if not isinstance(classifiers, dict):
        raise BundleError(f"{HEADS}: holds no heads by criterion; take the bundle anew.")
    return classifiers


def _types_named(node: Any) -> Iterator[str]:
    """Every type that a schema names, those that skops trusts by itself included."""
    if isinstance(node, list):
        for one in node:
            yield from _types_named(one)
    elif isinstance(node, dict):
        if "__class__" in node:
            yield f"{node.get('__module__')}.{node['__class__']}"
        for one in node.values():
            yield from _types_named(one)
