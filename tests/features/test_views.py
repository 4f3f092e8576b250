"""Views: added up from sentences, so that taking one out is the text without it; the same alone and in any batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_programs import STRONG, WEAK, HashEncoder, rubric_data, small_rubric

from reviewkit.errors import NotFittedError
from reviewkit.features.featurizer import Featurizer, SegmentFeatures, Views, asks_of
from reviewkit.features.lexical import LexicalSettings, NgramVocabulary
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.features.surface import SURFACE_FEATURES, segment_counts, surface_features, words_of
from reviewkit.records import Part, Rubric, Segment

SENTENCES = [*WEAK, *STRONG["routines"], *STRONG["evidence"], "Why?", "3 of 4!", "…", "Überall: «neu»; a, b, c."]
RUBRIC = small_rubric()


def segmented(sentences: list[str], plan: list[str] | None = None) -> SegmentedSubmission:
    parts, segments = [], []
    for part, kind, texts in (("reflection", "reflection", sentences), ("plan", "lesson-plan", plan or [])):
        at = 0
        for text in texts:
            segments.append(Segment(part=part, start=at, end=at + len(text), text=text))
            at += len(text) + 1
        parts.append(Part(part=part, kind=kind, text=" ".join(texts)))
    return SegmentedSubmission("s1", tuple(parts), tuple(segments))


def without(one: SegmentedSubmission, row: int) -> SegmentedSubmission:
    return SegmentedSubmission(one.submission_id, one.parts, one.segments[:row] + one.segments[row + 1 :])


def fitted() -> Featurizer:
    learned = [segmented(SENTENCES), segmented(SENTENCES[::2]), segmented(SENTENCES[1::2], ["A plan."])]
    return Featurizer(HashEncoder(), settings=LexicalSettings(min_submissions=1)).fit(learned, RUBRIC)


FEATURIZER = fitted()


def features_of(one: SegmentedSubmission) -> SegmentFeatures:
    return FEATURIZER.transform([one])[0]


def same(row: Views, one: Views) -> None:
    """One row of views holds what the only row of other views holds."""
    np.testing.assert_allclose(row.embedding, one.embedding, atol=1e-7)
    np.testing.assert_allclose(row.surface, one.surface, atol=1e-9)
    np.testing.assert_allclose(row.similarity, one.similarity, atol=1e-12)


def sums(views: Views) -> np.ndarray:
    """Sums over n-grams, weighed and present, under weights drawn once; shape (n_texts, 2 * n_draws)."""
    drawn = np.random.default_rng(0).normal(size=(3, len(FEATURIZER.vocabulary_.ngrams_)))
    present = np.column_stack([views.ngrams.present(weights) for weights in drawn])
    np.testing.assert_allclose(views.ngrams.present(drawn), present, atol=1e-12)
    return np.column_stack([present, *[views.ngrams.weighed(weights) for weights in drawn]])


def row_of(views: Views, row: int) -> Views:
    cut = slice(row, row + 1)
    return Views(views.embedding[cut], views.surface[cut], views.similarity[cut], views.ngrams)


def numbers(views: Views) -> list[np.ndarray]:
    return [views.embedding, views.surface, views.similarity, sums(views)]


class TestWithoutEach:
    @given(
        st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=9), st.lists(st.sampled_from(SENTENCES), max_size=3)
    )
    @settings(max_examples=40, deadline=None)
    def test_the_text_then_a_segment_taken_out_is_the_submission_without_it(
        self, sentences: list[str], plan: list[str]
    ) -> None:
        one = segmented(sentences, plan)
        taken = FEATURIZER.views(features_of(one), RUBRIC.criteria, without_each=True)
        for criterion in RUBRIC.criteria:
            whole = FEATURIZER.views(features_of(one), RUBRIC.criteria)[criterion.id]
            assert all(
                (row == rows[0]).all() for row, rows in zip(numbers(whole), numbers(taken[criterion.id]), strict=True)
            )
            for at, row in enumerate(one.rows_read(criterion), start=1):
                really = FEATURIZER.views(features_of(without(one, int(row))), RUBRIC.criteria)
                same(row_of(taken[criterion.id], at), really[criterion.id])
                np.testing.assert_allclose(sums(taken[criterion.id])[at], sums(really[criterion.id])[0], atol=1e-9)

    def test_nothing_is_encoded_again(self) -> None:
        class Counting(HashEncoder):
            n_calls = 0

            def encode(self, texts):  # type: ignore[no-untyped-def]
                type(self).n_calls += 1
                return super().encode(texts)

        featurizer = Featurizer(Counting()).fit([segmented(SENTENCES)], RUBRIC)
        features = featurizer.transform([segmented(SENTENCES)])[0]
        before = Counting.n_calls
        featurizer.views(features, RUBRIC.criteria, without_each=True)
        assert Counting.n_calls == before

    def test_nothing_read_has_no_rows_but_its_own(self) -> None:
        one = segmented([], ["Only a plan."])
        taken = FEATURIZER.views(features_of(one), RUBRIC.criteria, without_each=True)
        assert (len(taken["routines"].embedding), len(taken["evidence"].embedding)) == (2, 1)


class TestViews:
    @given(st.lists(st.lists(st.sampled_from(SENTENCES), max_size=8), min_size=2, max_size=6))
    @settings(max_examples=25, deadline=None)
    def test_a_submission_has_the_same_bits_alone_and_among_others(self, many: list[list[str]]) -> None:
        together = FEATURIZER.transform([segmented(one) for one in many])
        for one, features in zip(many, together, strict=True):
            alone = FEATURIZER.views(features_of(segmented(one)), RUBRIC.criteria)["routines"]
            among = FEATURIZER.views(features, RUBRIC.criteria)["routines"]
            assert all((one == other).all() for one, other in zip(numbers(alone), numbers(among), strict=True))

    @given(st.lists(st.sampled_from(SENTENCES), max_size=6))
    @settings(max_examples=25, deadline=None)
    def test_every_number_is_finite_also_without_text(self, sentences: list[str]) -> None:
        views = FEATURIZER.views(features_of(segmented(sentences)), RUBRIC.criteria)["routines"]
        assert all(np.isfinite(one).all() for one in numbers(views))

    def test_the_embedding_is_sum_over_root_number_and_standard_deviation_of_the_sentences(self) -> None:
        vectors = HashEncoder().encode(SENTENCES[:3]).astype(float)
        found = FEATURIZER.views(features_of(segmented(SENTENCES[:3])), RUBRIC.criteria)["routines"].embedding
        np.testing.assert_allclose(
            found[0], np.concatenate([vectors.sum(axis=0) / np.sqrt(3), vectors.std(axis=0)]), atol=1e-7
        )

    def test_similarity_is_the_nearest_sentence_and_the_mean_of_three(self) -> None:
        vectors = HashEncoder().encode(SENTENCES[:5]).astype(float)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosine = -np.sort(-(unit @ FEATURIZER.descriptors_["routines"].T), axis=0)
        found = FEATURIZER.views(features_of(segmented(SENTENCES[:5])), RUBRIC.criteria)["routines"].similarity
        np.testing.assert_allclose(found[0], np.concatenate([cosine[0], cosine[:3].mean(axis=0)]), atol=1e-12)

    def test_a_criterion_reads_only_the_kinds_it_names(self) -> None:
        one, other = segmented(SENTENCES[:3], ["A plan."]), segmented(SENTENCES[:3], ["Another plan, longer."])
        mine, theirs = (FEATURIZER.views(features_of(part), RUBRIC.criteria) for part in (one, other))
        assert (mine["evidence"].surface == theirs["evidence"].surface).all()
        assert (mine["routines"].surface != theirs["routines"].surface).any()

    def test_each_distinct_sentence_is_encoded_once(self) -> None:
        asked: list[list[str]] = []

        class Listening(HashEncoder):
            def encode(self, texts):  # type: ignore[no-untyped-def]
                asked.append(list(texts))
                return super().encode(texts)

        featurizer = Featurizer(Listening()).fit([segmented(SENTENCES)], RUBRIC)
        featurizer.transform([segmented(["Why?", "Why?"]), segmented(["Why?", "We wait."])])
        assert asked[-1] == ["Why?", "We wait."]

    def test_before_fitting_it_says_what_to_do(self) -> None:
        with pytest.raises(NotFittedError, match="call fit, or load a bundle"):
            Featurizer(HashEncoder()).transform([])


class TestDescriptors:
    @pytest.mark.parametrize("descriptor", ["x" * 900, "語" * 900, "word " * 900, " ", ""])
    def test_one_that_exceeds_the_window_or_is_empty_still_has_a_vector(self, descriptor: str) -> None:
        class Letters(HashEncoder):
            def count_tokens(self, text: str) -> int:
                return len(text)

            def encode(self, texts):  # type: ignore[no-untyped-def]
                assert all(self.count_tokens(text) <= self.max_tokens for text in texts)
                return super().encode(texts)

        data = rubric_data()
        data["criteria"][0]["levels"][0]["descriptor"] = descriptor
        described = Featurizer(Letters()).describe(Rubric.model_validate(data))
        assert np.isfinite(described.descriptors_["routines"]).all()

    def test_short_clauses_are_no_asks(self) -> None:
        assert asks_of("Yes; and so. Pupils lead it.") == ["Pupils lead it"]
        assert asks_of("Yes") == ["Yes"]


class TestLexical:
    def test_weights_worked_by_hand(self) -> None:
        """Words: 'a' twice in both texts, 'b' once in one. tf 1 + ln 2 and 1; idf 1 and 1 + ln(3/2)."""
        settings = LexicalSettings(min_submissions=1, word_lengths=(1, 1), character_lengths=(2, 2), max_characters=0)
        vocabulary = NgramVocabulary(settings).fit([["a a b"], ["a"]])
        assert vocabulary.ngrams_ == ("a", "b")
        np.testing.assert_allclose(vocabulary.idf_, [1.0, 1 + np.log(1.5)])
        raw = np.array([1 + np.log(2), 1 + np.log(1.5)])
        found = vocabulary.whole(vocabulary.counts(["a a b"], [["a", "a", "b"]])).values
        np.testing.assert_allclose(found, raw / np.linalg.norm(raw) / np.sqrt(2))

    def test_character_ngrams_run_across_words(self) -> None:
        settings = LexicalSettings(min_submissions=1, max_words=0, character_lengths=(3, 3))
        assert "e u" in NgramVocabulary(settings).fit([["We line  up."]]).ngrams_

    def test_a_vocabulary_counts_each_place_of_a_character_ngram(self) -> None:
        settings = LexicalSettings(min_submissions=1, max_words=0, character_lengths=(1, 2))
        vocabulary = NgramVocabulary(settings).fit([["abab"]])
        counted = dict(zip(vocabulary.ngrams_, vocabulary.counts(["abab"], [["abab"]]).toarray()[0], strict=True))
        assert counted == {" ": 2, " a": 1, "a": 2, "ab": 2, "b": 2, "b ": 1, "ba": 1}

    def test_a_word_of_one_teacher_alone_is_not_kept(self) -> None:
        texts = [["we waited"], ["we waited"], ["we waited, said Ms Okonkwo-Vance"]]
        assert not any("okonkwo" in ngram for ngram in NgramVocabulary(LexicalSettings()).fit(texts).ngrams_)

    def test_ngrams_never_cross_a_segment(self) -> None:
        vocabulary = NgramVocabulary(LexicalSettings(min_submissions=1)).fit([["one two", "three"]])
        assert "one two" in vocabulary.ngrams_
        assert "two three" not in vocabulary.ngrams_

    def test_no_more_are_kept_than_asked(self) -> None:
        vocabulary = NgramVocabulary(LexicalSettings(min_submissions=1, max_words=3, max_characters=4)).fit([SENTENCES])
        assert (vocabulary.n_words_, len(vocabulary.ngrams_)) == (3, 7)


def spoken(*texts: str) -> tuple[tuple[str, ...], list[list[str]]]:
    return texts, [words_of(text) for text in texts]


class TestSurface:
    def test_values_worked_by_hand(self) -> None:
        counts, words = segment_counts(*spoken("We asked, because I knew.", "why?"))
        summed = (one.sum(axis=0, keepdims=True) for one in (counts, words))
        found = surface_features(*summed, cohesion=np.array([0.25]))
        value = dict(zip(SURFACE_FEATURES, found[0], strict=True))
        assert value["log_words"] == pytest.approx(np.log(6))
        assert (value["distinct_words"], value["words_per_segment"], value["sd_words_per_segment"]) == (6, 3, 2)
        assert value["mean_word_length"] == pytest.approx((2 + 5 + 7 + 1 + 4 + 3) / 6)
        assert (value["small_start_share"], value["cause_rate"], value["commas_rate"]) == (0.5, 2 / 6, 1 / 6)

    def test_spelling_and_rare_words_worked_by_hand(self) -> None:
        """Seven words have no capital; 'recieved' and 'metacognitive' are listed under no spelling."""
        counts, words = segment_counts(*spoken("Becuase Okafor recieved the metacognitive organiser for the pupils."))
        value = dict(zip(SURFACE_FEATURES, surface_features(counts, words, cohesion=np.zeros(1))[0], strict=True))
        assert value["unlisted_word_share"] == pytest.approx(2 / 7)
        assert value["root_unlisted_words"] == pytest.approx(np.sqrt(2))

    def test_curly_and_straight_apostrophes_are_one(self) -> None:
        assert words_of("didn’t") == words_of("didn't") == ["didn't"]


class TestCohesion:
    def test_without_a_sentence_its_neighbours_become_neighbours(self) -> None:
        with_gap = segmented([SENTENCES[0], SENTENCES[1], SENTENCES[2], SENTENCES[3]])
        without = FEATURIZER.views(features_of(with_gap), RUBRIC.criteria, without_each=True)["routines"]
        shorter = segmented([SENTENCES[0], SENTENCES[2], SENTENCES[3]])
        whole = FEATURIZER.views(features_of(shorter), RUBRIC.criteria)["routines"]
        column = SURFACE_FEATURES.index("cohesion")
        assert without.surface[2, column] == pytest.approx(whole.surface[0, column], abs=1e-12)
