"""An engine as a folder on disk."""
