"""Rubric-assisted evidence review."""
