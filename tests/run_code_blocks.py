"""Run the Python code blocks of Markdown files, so that what the documentation shows works.

    python tests/run_code_blocks.py README.md docs/*.md

The blocks fenced as ```python run in order, in one namespace a file. A failing block is reported
with its place, the rest of its file is skipped, and the exit status is 1.
"""

from __future__ import annotations

import linecache
import re
import sys
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^(?P<indent> *)```python *\n(?P<code>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Each block with the line it starts on."""
    for match in BLOCK.finditer(text):
        yield text.count("\n", 0, match.start("code")) + 1, textwrap.dedent(match["code"])


def run(path: str) -> tuple[int, bool]:
    """The number of blocks of a file that ran, and whether all did."""
    namespace = {"__name__": "__main__"}
    count = 0
    for line, code in blocks(Path(path).read_text(encoding="utf-8")):
        filename = f"<{path}, line {line}>"
        padded = "\n" * (line - 1) + code  # tracebacks then count the lines of the file
        linecache.cache[filename] = (len(padded), None, padded.splitlines(True), filename)
        try:
            exec(compile(padded, filename, "exec", dont_inherit=True), namespace)
        except BaseException:  # sys.exit in a block is a failure too
            print(f"{path}:{line}: this block fails", file=sys.stderr)
            traceback.print_exc()
            return count, False
        count += 1
    return count, True


def main(paths: list[str]) -> int:
    passed = failed = 0
    for path in paths:
        count, good = run(path)
        passed, failed = passed + count, failed + (not good)
    print(f"code blocks: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
