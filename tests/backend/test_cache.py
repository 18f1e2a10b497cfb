"""Generated modules on disk: whole or not there, readable by every tool, never in the way."""

import inspect
import json
import linecache
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from transad.backend import cache
from transad.backend.cache import Entry

TEXT = "def f(x):\n    y = x * x\n    return y / 0\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def unwritable(tmp_path, monkeypatch):
    """Below a regular file nobody can make a directory, not even root."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRANSAD_CACHE_DIR", str(tmp_path / "file" / "cache"))


@pytest.fixture
def nowhere(unwritable, monkeypatch):
    monkeypatch.setattr(cache, "_temporary_directory", lambda: None)


# ---- the directory ----


def test_the_directory_is_the_one_asked_for(home):
    assert cache.directory() == home


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/transad"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/me/.cache/transad"),
        ("linux", {}, "/home/me/.cache/transad"),
        ("darwin", {}, "/home/me/Library/Caches/transad"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/transad"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="paths as POSIX writes them")
def test_else_it_is_the_platforms(monkeypatch, platform, variables, expected):
    monkeypatch.setenv("TRANSAD_CACHE_DIR", "")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert str(cache.directory()) == expected


# ---- writing ----


def test_a_module_is_named_after_its_function_and_its_content(home):
    path = cache.write("wave_grad", TEXT)
    assert path.parent == home and path.name.startswith("wave_grad_") and path.suffix == ".py"
    assert path.read_text(encoding="utf-8") == TEXT
    assert cache.write("wave_grad", TEXT) == path
    assert cache.write("wave_grad", TEXT + "\n") != path


@pytest.mark.parametrize("stem", ["<lambda>", "a/b", "..", "", "é" * 5, "x" * 500, "f.<locals>.g"])
def test_any_name_makes_a_file(stem, home):
    path = cache.write(stem, TEXT)
    assert path.parent == home and path.exists() and len(path.name) < 100


def test_text_is_kept_to_the_byte():
    text = "s = 'é\u2028'\r\nt = 1\n"
    assert cache.write("f", text).read_bytes() == text.encode()


def test_a_finished_file_is_not_written_again():
    path = cache.write("f", TEXT)
    os.utime(path, (1, 1))
    cache.write("f", TEXT)
    assert path.stat().st_mtime == 1


def test_a_damaged_file_is_made_whole_again():
    path = cache.write("f", TEXT)
    path.write_text(TEXT[:10])
    assert cache.write("f", TEXT).read_text() == TEXT


def test_no_temporary_files_stay_behind(home):
    cache.write("f", TEXT)
    cache.store("k", Entry("f.py"))
    assert not [p for p in home.iterdir() if p.suffix == ".tmp"]


WRITER = """
import sys, time
from transad.backend import cache
from transad.backend.cache import Entry

time.sleep(max(0.0, float(sys.argv[1]) - time.time()))  # all at once
names = set()
for i in range(60):
    name = cache.write(f"f{i % 3}", "x = 1\\n" * (1 + 4000 * (i % 7))).name
    cache.store(name[:-3], Entry(name, {"n": i % 3}))
    assert cache.load(name[:-3]) == Entry(name, {"n": i % 3}), name
    names.add(name)
print(*sorted(names))
"""


def test_processes_may_write_at_once(home):
    command = [sys.executable, "-c", WRITER, str(time.time() + 1.0)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = {writer.communicate(timeout=60)[0] for writer in writers}
    assert [writer.returncode for writer in writers] == [0] * 4
    assert len(found) == 1
    names = set(found.pop().split())
    assert len(names) == 21
    assert {p.name for p in home.glob("*.py")} == names
    assert all(cache._whole(home / name) for name in names)


# ---- when nothing can be written ----


def test_an_unwritable_directory_is_replaced_for_this_process(unwritable, tmp_path):
    path = cache.write("f", TEXT)
    assert path.read_text() == TEXT and tmp_path not in path.parents
    cache.store("k", Entry(path.name, {"a": 1}))
    assert cache.load("k") == Entry(path.name, {"a": 1})


def test_the_replacement_is_deleted_when_the_process_ends(unwritable):
    code = "from transad.backend import cache; print(cache.write('f', 'x = 1'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not os.path.exists(done.stdout.strip())
    assert not os.path.exists(os.path.dirname(done.stdout.strip()))


def test_a_full_disk_is_no_error(monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.tempfile, "mkstemp", full)
    path = cache.write("f", TEXT)
    assert not path.exists()
    assert callable(cache.compile_module(TEXT, path, {})["f"])
    cache.store("k", Entry("f.py"))
    assert cache.load("k") is None


# ---- running what was written ----


@pytest.mark.parametrize("where", ["home", "unwritable", "nowhere"])
def test_tools_see_the_source(where, request):
    request.getfixturevalue(where)
    namespace = cache.compile_module(TEXT, cache.write("f", TEXT), {})
    f = namespace["f"]
    assert inspect.getsource(f) == TEXT
    with pytest.raises(ZeroDivisionError) as error:
        f(1.0)
    assert "return y / 0" in "".join(traceback.format_tb(error.value.__traceback__))


def test_the_source_survives_the_file():
    path = cache.write("f", TEXT)
    f = cache.compile_module(TEXT, path, {})["f"]
    path.unlink()
    linecache.checkcache()
    assert linecache.getline(str(path), 2) == "    y = x * x\n"
    assert inspect.unwrap(f).__code__.co_filename == str(path)


def test_the_namespace_is_the_modules_globals():
    namespace = {"k": 3, "__name__": "mine"}
    assert cache.compile_module("def g(x):\n    return k * x\n", "g.py", namespace) is namespace
    assert namespace["g"](2) == 6 and namespace["g"].__module__ == "mine"
    assert namespace["__file__"] == "g.py"


# ---- what was answered before ----


def stored():
    path = cache.write("f", TEXT)
    entry = Entry(path.name, {"types": ["f8", [1, None]], "n": 1.5})
    cache.store("k", entry)
    return path, entry


def test_an_entry_is_found_again_by_another_process():
    path, entry = stored()
    code = "from transad.backend import cache; e = cache.load('k'); print(e, cache.module_path(e))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{entry} {path}"


def test_what_was_never_stored_is_not_found():
    assert cache.load("k") is None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"3", b"null", b"\xff\xfe", b"{}", b"[" * 100_000),
        json.dumps({"module": 3, "manifest": {}}).encode(),
        json.dumps({"module": "missing_0000000000000000.py", "manifest": {}}).encode(),
        json.dumps({"module": "../f.py", "manifest": {}}).encode(),
        json.dumps({"module": "f\0.py", "manifest": {}}).encode(),
        json.dumps({"module": "f.py"}).encode(),
    ],
    ids=range(13),
)
def test_a_damaged_entry_is_not_found(home, content):
    stored()
    (home / "k.json").write_bytes(content)
    assert cache.load("k") is None


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_text(TEXT[:9])])
def test_an_entry_without_its_whole_module_is_not_found(damage):
    path, entry = stored()
    assert cache.module_path(entry) == path
    damage(path)
    assert cache.load("k") is None and cache.module_path(entry) is None


def test_a_key_tells_where_its_parts_end():
    keys = {cache.key(*p) for p in [(), ("",), ("a", "b"), ("ab",), ("a", "b", ""), ("1:a",), ("b", "a")]}
    assert len(keys) == 7
    assert all(k.isalnum() for k in keys)
    assert cache.key("a", "b") == cache.key("a", "b")


def test_a_key_takes_any_text():
    assert cache.key("é\udc80\0")


def test_the_home_of_the_tests_is_not_the_users(home):
    assert Path.home() not in home.parents or "tmp" in str(home)
