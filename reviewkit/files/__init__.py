"""Records from files and back; every fault carries its file and line, or its key path."""

from reviewkit.files.documents import read_document, read_rubric
from reviewkit.files.json_lines import NumberedSubmission, iter_submissions, read_json_lines, read_submissions
from reviewkit.files.ratings import RatingsFile, check_ratings, read_ratings
from reviewkit.files.writing import json_text, whole_file, write_json_lines

__all__ = [
    "NumberedSubmission",
    "RatingsFile",
    "check_ratings",
    "iter_submissions",
    "json_text",
    "read_document",
    "read_json_lines",
    "read_ratings",
    "read_rubric",
    "read_submissions",
    "whole_file",
    "write_json_lines",
]
