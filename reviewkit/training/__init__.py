"""The way back: ratings become a model."""
