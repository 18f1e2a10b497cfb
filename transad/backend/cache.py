"""Where generated modules live: on disk, under names made from their content.

A generated module is a real file, so that tracebacks, debuggers, `inspect.getsource` and numba's
own cache find its lines. Its name ends in the hash of its text: processes that write at once write
the same bytes, a finished file never becomes another one, and a damaged file is recognised. Beside
the modules, `<key>.json` says which module answers a question asked before (`Entry`); the key is
made by the caller from everything that the answer depends on.

Nothing here may stop a derivative from being computed. A directory that cannot be written is
replaced by a temporary one for this process; where even that fails, the text lives in `linecache`
alone. Whatever is found on disk and is not in perfect order counts as not found.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import linecache
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HASH_DIGITS = 16


@dataclass(frozen=True)
class Entry:
    """The answer to a key: the name of a module written with `write`, and what else to remember."""

    module_file: str
    manifest: dict[str, Any] = field(default_factory=dict)


def directory() -> Path:
    """`TRANSAD_CACHE_DIR`, else the platform's directory for caches; it need not exist."""
    chosen = os.environ.get("TRANSAD_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~\\AppData\\Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        xdg = os.environ.get("XDG_CACHE_HOME", "")
        base = xdg if os.path.isabs(xdg) else "~/.cache"  # the standard ignores relative ones
    return Path(os.path.expanduser(base)).absolute() / "transad"


# ---- modules --------------------------------------------------------------------------------------


def write(stem: str, text: str) -> Path:
    """The path of a file with this text, named after `stem` (a function's name) and the text.

    If no directory can be written, the path is of no file; `compile_module` makes its text visible.
    """
    data = text.encode()
    name = f"{_identifier(stem)}_{_digest(data)}.py"
    for place in _places():
        path = place / name
        if _read(path) == data or _put(path, data):
            return path
    return Path(f"<transad {name}>")


def compile_module(text: str, filename: str | Path, namespace: dict[str, Any]) -> dict[str, Any]:
    """Execute a generated module in `namespace` and return it.

    Its lines are registered with `linecache`: a traceback shows them as they were compiled, also
    when the file never existed or has been deleted since.
    """
    filename = str(filename)
    code = compile(text, filename, "exec", dont_inherit=True)
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace.setdefault("__name__", "transad.generated")
    namespace.setdefault("__file__", filename)
    exec(code, namespace)
    return namespace


# ---- what was answered before ---------------------------------------------------------------------


def key(*parts: str) -> str:
    """A name for the question that `parts` make up; where one part ends matters."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()[:40]


def store(key: str, entry: Entry) -> None:
    """Remember an entry for other processes; if nothing can be written, it is forgotten."""
    data = json.dumps({"module": entry.module_file, "manifest": entry.manifest}).encode()
    for place in _places():
        if _put(place / f"{key}.json", data):
            return


def load(key: str) -> Entry | None:
    """The entry stored under a key, if it and its module are there and whole."""
    for place in _places():
        entry = _entry(_read(place / f"{key}.json"))
        if entry is not None and _whole(place / entry.module_file):
            return entry
    return None


def module_path(entry: Entry) -> Path | None:
    """Where the module of an entry is; None if it is gone or damaged."""
    return next((p / entry.module_file for p in _places() if _whole(p / entry.module_file)), None)


def _entry(data: bytes | None) -> Entry | None:
    try:
        fields = json.loads(data or b"")
        module, manifest = fields["module"], fields["manifest"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    sound = isinstance(module, str) and os.path.basename(module) == module and isinstance(manifest, dict)
    return Entry(module, manifest) if sound else None


def _whole(path: Path) -> bool:
    """Whether the file has the content that its name tells of."""
    data = _read(path)
    return data is not None and path.stem.endswith("_" + _digest(data))


# ---- files ----------------------------------------------------------------------------------------


def _places() -> list[Path]:
    """Where to write, the first choice first; the second is made only when it is needed."""
    first = directory()
    if _usable(first):
        return [first]
    second = _temporary_directory()
    return [first, second] if second else [first]


def _usable(path: Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError):
        return False
    return os.access(path, os.W_OK | os.X_OK)


@functools.cache
def _temporary_directory() -> Path | None:
    """A directory of this process alone, deleted when it ends."""
    try:
        path = tempfile.mkdtemp(prefix="transad-")
    except OSError:
        return None
    owner = os.getpid()  # a forked child leaves what belongs to its parent
    atexit.register(lambda: shutil.rmtree(path, ignore_errors=True) if os.getpid() == owner else None)
    return Path(path)


def _put(path: Path, data: bytes) -> bool:
    """Write a file so that others see all of it or nothing; whether that worked."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
        return True
    except OSError:
        if temporary is not None:
            _remove(temporary)
        return _read(path) == data  # Windows: another process has just written it and holds it open


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:HASH_DIGITS]


def _identifier(stem: str) -> str:
    """A file name that every platform takes: `<lambda>` is `lambda`."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", stem).strip("_")[:60] or "function"
