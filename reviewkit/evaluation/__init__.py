"""Scores held against ratings."""
