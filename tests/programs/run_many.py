"""Run many random programs through transad and count what happens to them.

    python tests/programs/run_many.py --count 20000 --seed 0 --features all --save failing/

Programs that give a wrong derivative or an internal error are made small and saved, with the message
on top, as files that can be run. The exit status is 1 if there are any.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import os
import re
import signal
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from programs.checker import Outcome, check
from programs.generator import NAMED_FEATURES, generate
from programs.shrink import shrink
from programs.special import SPECIAL

SECONDS = 60  # of the processor


class OutOfTime(BaseException):
    """Not an `Exception`: transad would take it for a mistake of its own."""


def _out_of_time(*_):
    raise OutOfTime(f"took more than {SECONDS} s")


def program_of(seed, features):
    """The program of a seed, by the name of a set of features or of a special kind."""
    return SPECIAL[features](seed) if features in SPECIAL else generate(seed, NAMED_FEATURES[features])


def run(seed, features, jit=None, second=False):
    """The outcome of one seed; whatever happens is an outcome."""
    return _checked(program_of(seed, features), jit, second)


def _checked(program, jit=None, second=False):
    signal.signal(signal.SIGPROF, _out_of_time)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with tempfile.TemporaryDirectory() as directory:
            return check(program, directory, {} if jit is None else {"jit": jit}, second)
    except BaseException:  # noqa: BLE001
        return Outcome("error", "outside transad: " + traceback.format_exc(limit=-4))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def essence(outcome):
    """What makes two failures the same: mode, and the exception or the kind of mismatch."""
    if outcome.kind == "refused":
        return reason(outcome.detail)
    lines = outcome.detail.strip().splitlines() or [""]
    mode = lines[0].split(":")[0]
    where = [line.strip() for line in lines if line.strip().startswith("File ")]
    last = lines[-1] if outcome.kind == "error" else lines[0].partition(": ")[2].split(":")[0]
    place = re.sub(r'.*/(\w+\.py)", line (\d+).*', r"\1:\2", where[-1]) if where else ""
    return f"{outcome.kind} {mode}: {last[:90]} {place}".rstrip()


def reason(detail):
    """A refusal's reason without places, names and numbers."""
    first = detail.splitlines()[0]
    first = re.sub(r"\S+\.py:\d+: ", "", first)
    return re.sub(r"'[^']*'|`[^`]*`|\b\w*\d+\w*\b", "_", first)[:100]


def minimal(seed, features, jit=None, second=False):
    """The smallest program that fails as this seed does, and its outcome."""
    program = program_of(seed, features)
    wanted = essence(_checked(program, jit, second))
    small = shrink(program, lambda p: essence(_checked(p, jit, second)) == wanted)
    return small, _checked(small, jit, second)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--features", choices=[*NAMED_FEATURES, *SPECIAL], default="all")
    parser.add_argument("--second", action="store_true", help="Hessians times vectors too")
    parser.add_argument("--jit", choices=("numba",), help="what is not compiled counts as refused")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--save", type=Path, help="directory for minimal failing programs")
    parser.add_argument("--save-refused", action="store_true", help="also one minimal program per reason")
    parser.add_argument("--most", type=int, default=20, help="how many failures to shrink")
    options = parser.parse_args()
    os.environ.setdefault("TRANSAD_CACHE_DIR", tempfile.mkdtemp(prefix="transad-programs-"))

    kinds, reasons, failing, refused = collections.Counter(), collections.Counter(), {}, {}
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        seeds = range(options.seed, options.seed + options.count)
        settings = [[x] * len(seeds) for x in (options.features, options.jit, options.second)]
        outcomes = pool.map(run, seeds, *settings, chunksize=5 if options.jit else 20)
        for seed, outcome in zip(seeds, outcomes, strict=True):
            kinds[outcome.kind] += 1
            if outcome.kind == "discarded":
                reasons["discarded: " + outcome.detail] += 1
            elif outcome.kind != "right":
                key = essence(outcome)
                reasons[key] += 1
                (refused if outcome.kind == "refused" else failing).setdefault(key, seed)

    total = kinds.total() - kinds["discarded"]
    for kind in ("right", "refused", "wrong", "error", "discarded"):
        print(f"{kind:10s} {kinds[kind]:7d}  {kinds[kind] / max(total, 1):7.2%}")
    for key, count in reasons.most_common(60):
        seed = failing.get(key, refused.get(key))
        print(f"{count:7d}  {key}" + (f"  (seed {seed})" if seed is not None else ""))
    wanted = [*failing.items(), *(refused.items() if options.save_refused else [])][: options.most]
    if options.save and wanted:
        options.save.mkdir(parents=True, exist_ok=True)
        for _, seed in wanted:
            program, outcome = minimal(seed, options.features, options.jit, options.second)
            message = "".join(f"# {line}\n" for line in outcome.detail.splitlines())
            path = options.save / f"{outcome.kind}_{options.features}_{seed}.py"
            path.write_text(f"{message}{program.text()}")
            print(f"saved {path}")
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main())
