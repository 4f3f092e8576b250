"""A submission becomes parts and segments."""
