"""The source of a function as a text that runs by itself: with the imports and the helpers it uses."""

import ast
import builtins
import dis
import inspect
import linecache
import sys
import textwrap
import types
from collections.abc import Callable


def standalone(fn: Callable) -> tuple[str | None, list[str]]:
    """A text that defines `fn` in an empty namespace, and the names it uses that could not be brought along.

    The text is None where there is no source to read, e.g. for a built-in function.
    """
    fn = inspect.unwrap(fn)  # a decorator's wrapper lives among the names of the decorator's module
    source = _source(fn)
    if source is None or not _defines(source):
        return None, []
    parts: dict[str, str] = {}
    missing = list(getattr(getattr(fn, "__code__", None), "co_freevars", ()))
    _gather(fn.__name__, source, getattr(fn, "__globals__", {}), parts, missing)
    order = sorted(parts, key=lambda name: not parts[name].startswith(("import ", "from ")))  # stable: imports first
    return "\n".join(parts[name].rstrip() for name in order) + "\n", sorted(set(missing))


def load(text: str, name: str, title: str) -> Callable:
    """Run such a text and return the function called `name`; it can be inspected like any other."""
    filename = f"<{title}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace = {"__name__": "__main__"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace[name]


def used_names(source: str) -> list[str]:
    """The global names a piece of code needs from outside, builtins left out, in order of first use."""
    names: list[str] = []
    made: set[str] = set()
    stack: list[types.CodeType] = [compile(source, "<names>", "exec")]
    while stack:
        code = stack.pop(0)
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and step.argval not in names:
                names.append(step.argval)
            elif step.opname in ("STORE_GLOBAL", "STORE_NAME"):
                made.add(step.argval)
        stack += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return [name for name in names if name not in made and not hasattr(builtins, name) and not name.startswith("__")]


def _gather(name: str, source: str, scope: dict, parts: dict[str, str], missing: list[str]) -> None:
    """Put the code for `name` into `parts`, everything it uses before it."""
    parts[name] = ""  # marks it as seen: functions may call each other
    for used in used_names(source):
        if used in parts:
            continue
        if used not in scope:
            missing.append(used)
            continue
        value = scope[used]
        line = _import_line(used, value) or _constant_line(used, value)
        helper = None if line else _source(value)
        if line:
            parts[used] = line
        elif helper and isinstance(value, (types.FunctionType, type)) and value.__name__ == used:
            _gather(used, helper, getattr(value, "__globals__", scope), parts, missing)
        else:
            missing.append(used)
    del parts[name]
    parts[name] = source


def _source(value) -> str | None:
    try:
        source = textwrap.dedent(inspect.getsource(value))
        ast.parse(source)
        return source
    except (OSError, TypeError, SyntaxError):
        return None


def _defines(source: str) -> bool:
    """Whether the text is a `def` or `name = lambda ...`, and not e.g. a line that hands a lambda to a call."""
    first = ast.parse(source).body[0]
    return isinstance(first, ast.FunctionDef) or (isinstance(first, ast.Assign) and isinstance(first.value, ast.Lambda))


def _import_line(name: str, value) -> str | None:
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__} as {name}" if value.__name__ != name else f"import {name}"
    module, inner = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(inner, str) or module == "__main__":
        return None
    importable = all(part.isidentifier() for part in (*module.split("."), inner))
    if importable and getattr(sys.modules.get(module), inner, None) is value:
        return f"from {module} import {inner} as {name}" if inner != name else f"from {module} import {name}"
    return None


def _constant_line(name: str, value) -> str | None:
    plain = (bool, int, float, str, type(None))
    if type(value) in plain or (type(value) is tuple and all(type(item) in plain for item in value)):
        return f"{name} = {value!r}" if "nan" not in repr(value) and "inf" not in repr(value) else None
    return None
