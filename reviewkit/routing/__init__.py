"""Scores and findings become a decision."""
