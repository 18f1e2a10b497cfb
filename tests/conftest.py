"""For all tests: the list is verified after every pass; generated files have a directory of their own."""

import os
import tempfile

os.environ.setdefault("TRANSAD_CACHE_DIR", tempfile.mkdtemp(prefix="transad-tests-"))

from transad.passes import pipeline  # noqa: E402

pipeline.VERIFY = True
