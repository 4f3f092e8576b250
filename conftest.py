"""What doctests and tests share: nothing of theirs goes into the user's own cache."""

import os
import tempfile

_cache = tempfile.TemporaryDirectory(prefix="reviewkit-cache-")
os.environ["REVIEWKIT_CACHE"] = _cache.name
