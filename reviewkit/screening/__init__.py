"""Segments become findings, before anything is scored."""
