"""Segments become a feature matrix."""
