"""One engine, eight threads: each gets the review that it would get alone."""

from concurrent.futures import ThreadPoolExecutor

from small_programs import simulated

from reviewkit import ReviewEngine, json_text


class TestThreads:
    def test_eight_threads_share_an_engine(self, engine: ReviewEngine) -> None:
        submissions = simulated(24)[0]
        alone = [json_text(engine.review(one)) for one in submissions]
        with ThreadPoolExecutor(8) as pool:
            together = [json_text(one) for one in pool.map(engine.review, submissions * 3)]
        assert together == alone * 3
