"""A rubric and reviews of it, made by hand, for credentials, tables and research copies."""

from reviewkit.records import (
    CriterionScore,
    Evidence,
    Finding,
    NextLevel,
    PartDigest,
    ReviewRecord,
    Rubric,
    RubricReference,
)

SCALE = ("Not yet", "Partly", "Fully")
RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "exit-tickets",
        "version": "1.0.0",
        "title": "Exit tickets",
        "competency": "What pupils leave behind shapes the next lesson.",
        "criteria": [
            {
                "id": one,
                "title": one.capitalize(),
                "required_level": 2,
                "levels": [{"level": n, "name": name, "descriptor": f"{one} {n}"} for n, name in enumerate(SCALE, 1)],
            }
            for one in ("question", "use")
        ],
    }
)


def score(criterion_id: str, level: int, *, text: str = "I asked one question.") -> CriterionScore:
    probabilities = {str(n): 0.8 if n == level else 0.1 for n in (1, 2, 3)}
    return CriterionScore(
        criterion_id=criterion_id,
        level=level,
        expected_level=sum(int(key) * value for key, value in probabilities.items()),
        probabilities=probabilities,
        prediction_set=(level,),
        coverage_level=0.9,
        p_meets_required=0.9 if level > 1 else 0.2,
        rater_disagreement=0.2,
        stands=True,
        cold=False,
        evidence=(Evidence(part="Person A.docx", start=0, end=len(text), text=text, weight=0.3),),
        next_level=NextLevel(level=level + 1, missing=(f"{criterion_id}: says what follows",)) if level < 3 else None,
    )


def review(
    submission_id: str, *, question: int = 2, use: int = 3, attempt: int = 1, route: str = "suggest"
) -> ReviewRecord:
    return ReviewRecord(
        schema="reviewkit/review/1",
        submission_id=submission_id,
        attempt=attempt,
        rubric=RubricReference(id=RUBRIC.id, version=RUBRIC.version, digest=RUBRIC.digest),
        bundle_digest=None,
        route=route,
        review_probability=0.1,
        certificate=None,
        reasons=(),
        findings=(Finding(code="personal-data", leads_to="note", message="names Person A", part="Person A.docx"),),
        parts=(PartDigest(part="reflection", n_chars=21, sha256="0" * 64),),
        award_probability=None if route == "return" else 0.8,
        scores=() if route == "return" else (score("question", question), score("use", use)),
    )
