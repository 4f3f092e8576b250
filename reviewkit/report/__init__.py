"""Evaluation and reviews as pages, tables and plots."""
