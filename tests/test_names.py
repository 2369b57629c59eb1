"""Functions are named with a verb and its object, not with a bare participle or a preposition."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PREPOSITIONS = {
    *("of", "by", "in", "around", "with", "without", "through", "after", "before", "at", "on", "under", "beside"),
    *("inside", "for", "from", "to", "as", "per", "over", "into", "between", "above", "below", "until", "against"),
}
PARTICIPLE = re.compile(r"[a-z]+(ed|en|wn|ght|ept|eld|old)")

#: Names that are fine: idiom for conversions, properties that read as "the report is passed", and public API
#: (`of` is a field of a report).
EXCEPTIONS = {
    *("to_dict", "to_json", "to_text", "to_html", "to_torch", "to_float64", "to_wire"),
    *("from_torch", "from_cause", "from_wire", "from_functions", "from_json"),
    *("by_tensorflow", "by_jax"),
    *("given", "passed", "unknown", "of", "__len__", "_flatten", "_lengthen", "weight"),
}

#: Package -> the share of its functions that may break the rule. The lists become stricter as packages are renamed.
MOST = {"cnnlab": 0.02, "solutions": 0.02, "authoring": 0.02, "benchmarks": 0.02, "grading": 0.02}


def breaks_rule(name):
    words = name.strip("_").split("_")
    return name not in EXCEPTIONS and (
        words[0] in PREPOSITIONS or (len(words) == 1 and bool(PARTICIPLE.fullmatch(words[0])))
    )


def list_functions(package):
    """Yield (file, name) of every function outside the learner's files, whose names the course text gives."""
    for path in sorted((ROOT / package).rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(("cnnlab/ops/", "cnnlab/course/stubs/", "solutions/ops/")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield place, node.name


@pytest.mark.parametrize("package", MOST)
def test_functions_are_named_with_a_verb(package):
    functions = list(list_functions(package))
    wrong = [f"{place}: {name}" for place, name in functions if breaks_rule(name)]
    assert len(wrong) <= MOST[package] * len(functions), "\n".join(wrong)


@pytest.mark.parametrize("package", ["cnnlab/course", "cnnlab/gradcheck", "cnnlab/nn"])
def test_no_function_breaks_the_rule(package):
    assert [f"{place}: {name}" for place, name in list_functions(package) if breaks_rule(name)] == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("held", True),
        ("_of_dx", True),
        ("by_p", True),
        ("without", True),
        ("compare_values", False),
        ("to_dict", False),
    ],
)
def test_the_rule_itself(name, wrong):
    assert breaks_rule(name) is wrong
