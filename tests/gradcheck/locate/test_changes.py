"""Changes are made of whatever Python there is, and leave the rest of the text character by character."""

import ast

import pytest

from cnnlab.gradcheck.diagnosis.locate.change import apply_edits
from cnnlab.gradcheck.diagnosis.locate.changes.every_change import make_changes
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Scope
from cnnlab.gradcheck.diagnosis.locate.observation import Observation, Seen
from cnnlab.gradcheck.diagnosis.locate.unit import Source, Unit, wrap_text
from tests.gradcheck.locate.conftest import SOLUTIONS


def list_units():
    """Return every function of the solutions as a unit of which every line was run."""
    for path in sorted(SOLUTIONS.glob("[!_]*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                lines = text.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno]
                yield Unit(path.name, node.name, node.lineno, "".join(lines))


UNITS = list(list_units())


def change(unit):
    names = {"x": Seen("array", (2, 3)), "n": Seen("number"), "t": Seen("tuple"), "f": Seen("function")}
    count = unit.text.count("\n") + 1
    seen = Observation({(unit.file, unit.first_line + k): names for k in range(count)})
    return make_changes(Scope(Source(unit), seen, ("helper",)), 0)


@pytest.mark.parametrize("unit", UNITS[::3], ids=lambda unit: unit.name)
def test_changes_are_made_of_every_function(unit):
    changes = change(unit)
    assert all(0 <= e.start <= e.end <= len(unit.text) for c in changes for e in c.edits)
    texts = [apply_edits(unit.text, c.edits) for c in changes]
    assert unit.text not in texts


ODD = '''def odd(dy, cache):
    """Ünïcode, and more."""
    größe: float = float(dy.size)  # a comment
    match dy.ndim:
        case 1:
            k = [i for i in range(3) if i for j in range(i)]
        case _:
            k = {**{}, "a": (lambda a, *b, c=1, **d: a)(1)}
    with open("x") as file, open("y"):
        del file
    try:
        x = dy[..., ::2, None]; y = (yield x)
    except (ValueError, TypeError) as error:
        raise error from None
    finally:
        global z
    while (n := größe) > 0 and not k:
        größe -= 1
        break
    else:
        assert n
    print(f"{größe:>{n}} {x!r}", *k, sep="")
    (a, *b), c = dy if n else (x, y), dy @ (
        x
    ).T
    return a, b, c
'''


def test_changes_are_made_of_odd_code():
    unit = Unit("odd.py", "odd", 7, ODD)
    texts = [apply_edits(ODD, c.edits) for c in change(unit)]
    valid = 0
    for text in texts:
        try:
            ast.parse(wrap_text(text, False))
            valid += 1
        except SyntaxError:
            continue
    assert valid > 0.8 * len(texts) > 100
