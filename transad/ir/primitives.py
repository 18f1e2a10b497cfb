"""The primitives of the list itself: structure, containers, in-place writes, tapes.

They have no counterpart in NumPy; how each is differentiated is part of the transforms, how each
is written in Python is part of the backend.
"""

from __future__ import annotations

import numpy as np

from transad.ir.core import Primitive
from transad.runtime import mirror

FOR = Primitive("for_")
WHILE = Primitive("while_")
IF = Primitive("if_")

TUPLE = Primitive("tuple")  # inputs: the items; attrs cls: a named tuple's class
LIST = Primitive("list")
DICT = Primitive("dict")  # attrs keys; inputs: the values
SLICE = Primitive("slice")  # inputs: start, stop, step
APPEND = Primitive("append")  # list, item -> list
MIRROR = Primitive("mirror", mirror)  # object, other attributes; attrs keywords: their names
ATTRIBUTE = Primitive("attribute", alias="maybe")  # object; attrs name

# x1 = update(x0, value, *operands): x0 with the part at the end of a path replaced. attrs
# path: the primitives of the views passed through (getitem, transpose, ...), each taking its
# operands from `operands`: `counts` says how many.
UPDATE = Primitive("update")
READ = Primitive("read", alias="view")  # the part itself: read(x, *operands), same attrs
ADD_AT = Primitive("add_at")  # like update, with the value added
RESTORE = Primitive("restore")  # update that undoes one in the reverse sweep

NEW_TAPE = Primitive("new_tape")
PUSH = Primitive("push")  # tape, value -> tape
POP = Primitive("pop")  # tape -> value, tape

HOOK = Primitive("hook")  # x, *values -> x; attrs body: what to do to its adjoint, given the values

CALL = Primitive("call")  # arguments -> results; attrs callee
SAVE = Primitive("save")  # values -> all of them in one, for the reverse sweep of a function of its own
LOAD = Primitive("load")  # what was saved -> the values; it is read once

CHECKPOINT = Primitive("checkpoint", effect=True)  # slots; begins the body of a loop over checkpoint(...)
BOUND = Primitive("bound", effect=True)  # x: reading it raises if it has no value here
PRINT = Primitive("print", print, effect=True)
TEXT = Primitive("text")  # the values in an f-string; attrs pieces: text, and (conversion, format) for each
RAISE = Primitive("raise", effect=True)  # inputs: exception class or instance's arguments
ASSERT = Primitive("assert", effect=True)
OPAQUE = "opaque"  # attrs key of calls run once, in the forward sweep

# Views that NumPy does not let one write to; nor can an adjoint be added to through one.
READ_ONLY = {np.diagonal, np.diag, np.broadcast_to, np.lib.stride_tricks.sliding_window_view}

STRUCTURED = {FOR, WHILE, IF}
