"""With the encoder that comes with the library: scores do not depend on batch, order, disk or process."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from small_programs import simulated, small_rubric

from reviewkit import (
    PolicySettings,
    Reviewed,
    ReviewEngine,
    ReviewModel,
    SentenceTransformerEncoder,
    Submission,
    TrainedModel,
    json_text,
    load_bundle,
    save_bundle,
    train,
)
from reviewkit.bundle.parts import model_files

NEW = simulated(64, seed=21)[0]
ELSEWHERE = """
import sys
from small_programs import HashEncoder, simulated, small_rubric
from reviewkit import PolicySettings, json_text, load_bundle, train
from reviewkit.bundle.parts import model_files
submissions, ratings = simulated(48)
print(digests(train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder()).model))
engine = load_bundle(sys.argv[1]).engine(policy=PolicySettings(allow_uncertified=True))
for one in simulated(64, seed=21)[0][:3]:
    print(json_text(engine.review(one)))
"""
DIGESTS = """
import hashlib
from reviewkit.bundle.parts import model_files
def digests(model):
    return {name: hashlib.sha256(raw).hexdigest() for name, raw in model_files(model).items()}
"""


def digests(model: ReviewModel) -> dict[str, str]:
    return {name: hashlib.sha256(raw).hexdigest() for name, raw in model_files(model).items()}


@pytest.fixture(scope="module")
def elsewhere(real_bundle: Path) -> list[str]:
    """What another process, whose hashes of text differ, prints of a training and of three reviews."""
    paths = os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parents[1])))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "3"}
    command = [sys.executable, "-c", DIGESTS + ELSEWHERE, str(real_bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def real_bundle(real_encoder: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    submissions, ratings = simulated(30)
    folder = tmp_path_factory.mktemp("bundles") / "real"
    save_bundle(train(small_rubric(), submissions, ratings=ratings, encoder=real_encoder), folder)
    return folder


@pytest.fixture(scope="module")
def real_engine(real_bundle: Path, real_encoder: SentenceTransformerEncoder) -> ReviewEngine:
    return load_bundle(real_bundle, encoder=real_encoder).engine(policy=PolicySettings(allow_uncertified=True))


def lines(engine: ReviewEngine, submissions: list[Submission]) -> dict[str, str]:
    found = engine.review_many(submissions)
    return {one.review.submission_id: json_text(one.review) for one in found if isinstance(one, Reviewed)}


@pytest.mark.parametrize("size", [2, 17, 64])
def test_a_submission_scores_the_same_alone_and_in_a_shuffled_batch(real_engine: ReviewEngine, size: int) -> None:
    batch = random.Random(size).sample(NEW, size)
    together = lines(real_engine, batch)
    assert all(json_text(real_engine.review(one)) == together[one.submission_id] for one in batch[:6])


def test_it_scores_the_same_in_another_process(real_engine: ReviewEngine, elsewhere: list[str]) -> None:
    assert elsewhere[1:] == [json_text(real_engine.review(one)) for one in NEW[:3]]


def test_the_same_data_and_seed_give_the_same_bytes_in_another_process(
    trained: TrainedModel, elsewhere: list[str]
) -> None:
    assert elsewhere[0] == str(digests(trained.model))


def test_six_hundred_words_without_a_full_stop_are_all_read(real_engine: ReviewEngine) -> None:
    long = NEW[0].model_copy(update={"reflection": "we practise the entry routine until pupils lead it " * 67})
    taken = real_engine.take_in(long)
    assert sum(len(one.text.split()) for one in taken.segmented.segments if one.part == "reflection") == 603
    assert len(real_engine.review(long).scores) == 2
