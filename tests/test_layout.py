"""Check the layout of the code: imports point downwards, files stay short, importing only defines names."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(
    p for folder in ("cnnlab", "grading", "solutions", "authoring", "benchmarks") for p in (ROOT / folder).rglob("*.py")
)

#: A folder, and what nothing in it may import.
FORBIDDEN = {
    "cnnlab": ("grading", "solutions", "authoring", "tests"),
    "cnnlab/gradcheck": (
        "cnnlab.course",
        "cnnlab.loader",
        "cnnlab.cli",
        "cnnlab.sourcefile",
        "cnnlab.nn",
        "cnnlab.data",
    ),
    "cnnlab/course": ("cnnlab.cli", "cnnlab.progress", "cnnlab.widgets", "cnnlab.nn", "cnnlab.train", "cnnlab.data"),
    "cnnlab/loader.py": ("cnnlab.course", "cnnlab.gradcheck", "cnnlab.cli", "cnnlab.nn", "cnnlab.train"),
    "cnnlab/nn": ("cnnlab.cli", "cnnlab.progress", "cnnlab.widgets", "cnnlab.train", "cnnlab.data"),
    "cnnlab/data": ("cnnlab.cli", "cnnlab.course", "cnnlab.loader", "cnnlab.nn", "cnnlab.train"),
    "cnnlab/widgets": ("cnnlab.cli", "cnnlab.progress", "cnnlab.train"),
    "grading": ("solutions", "authoring", "tests"),
}

#: The parts of the engine, lowest level first: each imports from lower levels only.
ENGINE = ROOT / "cnnlab" / "gradcheck"
ENGINE_LEVELS = (
    ("runner", "codes", "time_limit", "wording", "exercise_place"),
    ("case",),
    ("problem", "example", "case_sizes"),
    ("compare", "subject", "own_layer_problem"),
    ("reference", "contract", "render"),
    ("report",),
    ("diagnosis", "shrinking"),
    ("judged_case",),
    ("summary",),
    ("engine",),
    ("custom", "own_layer"),
)

#: The parts of grading, lowest level first: each imports from lower levels only.
GRADING = ROOT / "grading"
GRADING_LEVELS = (
    ("errors", "describe_error"),
    ("class_folder", "worker"),
    ("class_config", "class_files", "run_nbgrader"),
    ("gradebook", "intake"),
    ("batch", "copy_gradebook", "handout"),
    ("nbgrader_steps", "report"),
    ("demo", "nbgrader_config"),
    ("__main__",),
)

#: The parts of the course, lowest level first, in the same way.
COURSE = ROOT / "cnnlab" / "course"
COURSE_LEVELS = (
    ("cases", "derivation", "exercise", "progress_file"),
    ("backward_exercise", "chapters", "passes"),
    ("topics",),
    ("catalogue",),
    ("gear_train", "learner_folder", "reset"),
    ("model_answer", "subjects"),
    ("trial_child",),
    ("locate_line",),
    ("check",),
)

LONGEST = 400

#: What starts the course, outside every package.
STARTERS = (ROOT / "start.py", ROOT / "config" / "set_up_venv.py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def within(path, folder):
    return path == ROOT / folder or (ROOT / folder) in path.parents


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_run_downwards(folder):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in FILES
        if within(path, folder)
        for name in imports(path)
        if any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN[folder])
    ]
    assert wrong == []


def run_time_imports(path):
    """Yield every import outside `if TYPE_CHECKING`, those inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


LEVELS = {"the engine": (ENGINE, ENGINE_LEVELS), "grading": (GRADING, GRADING_LEVELS)}


def module_name(path):
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def find_part(name, folder, levels):
    """Return the part of a folder that a module belongs to, or None."""
    inside = name.removeprefix(module_name(folder) + ".")
    part = inside.partition(".")[0]
    return part if inside != name and any(part in level for level in levels) else None


@pytest.mark.parametrize("name", LEVELS)
def test_every_part_has_its_level(name):
    folder, levels = LEVELS[name]
    parts = {p for p in folder.iterdir() if p.suffix == ".py" or any(p.rglob("*.py"))}
    found = {p.stem for p in parts if p.stem not in ("__init__", "__pycache__")}
    assert found == {part for level in levels for part in level}


@pytest.mark.parametrize("name", LEVELS)
def test_parts_import_downwards_and_in_no_circle(name):
    folder, levels = LEVELS[name]
    level = {part: number for number, parts in enumerate(levels) for part in parts}
    wrong = []
    for path in folder.rglob("*.py"):
        here = find_part(module_name(path), folder, levels)
        for imported in run_time_imports(path) if here else ():
            there = find_part(imported, folder, levels)
            if there and there != here and level[there] >= level[here]:
                wrong.append(f"{path.relative_to(ROOT)} imports {imported}")
    assert wrong == []


def test_no_module_of_grading_imports_itself_in_a_circle():
    modules = {module_name(path): path for path in GRADING.rglob("*.py")}
    uses = {
        name: {used for used in run_time_imports(path) if used in modules and used != name}
        for name, path in modules.items()
    }
    while free := [name for name, used in uses.items() if not used & uses.keys() - {"grading"}]:
        for name in free:
            del uses[name]
    assert uses == {}


def test_what_the_sandbox_mounts_imports_no_judge():
    """What is in grading/worker/sandboxed/ runs beside a student's code, and needs nothing that a sandbox lacks."""
    allowed = ("grading.worker.sandboxed", *mounted_modules())
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (GRADING / "worker" / "sandboxed").rglob("*.py")
        for name in run_time_imports(path)
        if name.partition(".")[0] in ("cnnlab", "grading") and name != "cnnlab" and not name.startswith(allowed)
    ]
    assert wrong == []


def mounted_modules():
    """Return the modules of cnnlab that a sandbox has."""
    from grading.worker.sandbox import ENGINE as MOUNTED

    paths = (name.removesuffix(".py").removesuffix("/__init__") for name in MOUNTED)
    return tuple(f"cnnlab.{path.replace('/', '.')}" for path in paths)


def test_what_is_mounted_imports_what_is_mounted():
    from grading.worker.sandbox import ENGINE as MOUNTED

    wrong = [
        f"{path} imports {name}"
        for path in MOUNTED
        for name in run_time_imports(ROOT / "cnnlab" / path)
        if name.startswith("cnnlab.") and not {name, name.rpartition(".")[0]} & set(mounted_modules())
    ]
    assert wrong == []


def course_part(name):
    """Return the part of the course that a module belongs to, or None."""
    parts = name.split(".")
    known = {part for level in COURSE_LEVELS for part in level}
    return parts[2] if parts[:2] == ["cnnlab", "course"] and len(parts) > 2 and parts[2] in known else None


def test_the_course_imports_downwards_and_in_no_circle():
    level = {part: number for number, parts in enumerate(COURSE_LEVELS) for part in parts}
    others = {"__init__", "__pycache__", "answers", "stubs", "conftest", "test_exercises"}
    assert {p.stem for p in COURSE.iterdir()} - others == set(level)
    wrong = []
    for path in COURSE.rglob("*.py"):
        here = course_part("cnnlab.course." + path.relative_to(COURSE).with_suffix("").as_posix().replace("/", "."))
        for name in run_time_imports(path) if here else ():
            there = course_part(name)
            if there and there != here and level[there] >= level[here]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_every_topic_is_named_as_a_learner_file_or_is_a_part_of_one():
    parts = {"activation_pieces", "average_pool", "bug_hunt", "drawn_numbers", "entry_losses", "norm_formulas"}
    parts |= {"pool_pieces", "receptive_field", "schedules", "soft_activations", "tensor_subject", "two_layers"}
    parts |= {"unfold_rivals", "update_rules", "box_overlap", "map_overlap"}
    parts |= {"roi_align", "roi_max_pool", "gan_steps", "gan_rivals"}
    topics = {p.stem for p in (COURSE / "topics").glob("[!_]*.py") if not p.stem.endswith("_mistakes")}
    learner_files = {p.stem for p in (COURSE / "stubs").glob("[!_]*.py")}
    assert topics - parts == learner_files - {"arguments"}


def test_the_runner_needs_numpy_and_the_standard_library_only():
    allowed = {*sys.stdlib_module_names, "numpy"}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ENGINE / "runner").glob("*.py")
        for name in imports(path)
        if name.partition(".")[0] not in allowed
        and not name.startswith("cnnlab.gradcheck.runner")
        and name != "cnnlab.escape_text"  # which imports nothing but the standard library itself
    ]
    assert wrong == []


def test_the_escaping_of_text_needs_the_standard_library_only():
    assert {name.partition(".")[0] for name in imports(ROOT / "cnnlab" / "escape_text.py")} <= sys.stdlib_module_names


def test_learner_files_are_imported_by_each_other_only():
    rooms = ("cnnlab/ops", "cnnlab/course/stubs", "solutions/ops")
    outside = [path for path in FILES if not any(within(path, room) for room in rooms)]
    wrong = [path for path in outside if any(n.startswith("cnnlab.ops") for n in imports(path))]
    assert wrong == []


def test_files_are_short():
    long = {
        str(p.relative_to(ROOT)): n
        for p in (*FILES, *STARTERS)
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_importing_does_nothing_but_define_names():
    slow = {"torch", "tensorflow", "jax", "matplotlib", "anywidget", "ipywidgets", "IPython", "pooch", "tqdm"}
    code = f"import sys, cnnlab; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


#: The packages whose public names are imported when they are first used.
LAZY = ("cnnlab", "cnnlab.gradcheck")


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("package", LAZY)
def test_importing_the_package_imports_none_of_its_parts(package):
    names = "(n for n in sys.modules if n.startswith(('cnnlab', 'numpy')) and n != 'cnnlab.left_out')"
    done = run_code(f"import sys, {package}; print(*{names})")
    assert (done.stdout.split(), done.stderr) == ([p for p in LAZY if package.startswith(p)], "")


@pytest.mark.parametrize("package", LAZY)
def test_every_public_name_is_there_and_no_other(package):
    done = run_code(f"import {package} as p; print(*(getattr(p, name) is not None for name in p.__all__)); p.chekc")
    assert set(done.stdout.split()) == {"True"}
    assert f"module '{package}' has no attribute 'chekc'" in done.stderr


@pytest.mark.parametrize("package", LAZY)
def test_a_public_name_is_what_a_type_checker_takes_it_for(package):
    """Each name comes at run time from the module that the imports for type checkers name."""
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    pairs = {(alias.name, node.module) for node in block.body for alias in node.names}
    module = importlib.import_module(package)
    assert {name for name, _ in pairs} == set(module.__all__)
    for name, place in pairs:
        assert getattr(module, name) is getattr(importlib.import_module(place), name)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("first", ["", "import cnnlab.gradcheck.custom.gradcheck, cnnlab.gradcheck.engine; "])
def test_gradcheck_is_the_function_whatever_was_imported_before(first):
    done = run_code(
        f"{first}from cnnlab.gradcheck import gradcheck, judge; print(callable(gradcheck), callable(judge))"
    )
    assert (done.stdout, done.stderr) == ("True True\n", "")


@pytest.mark.parametrize("package", LAZY)
def test_no_module_of_a_lazy_package_takes_the_place_of_a_public_name(package):
    """Importing a module binds its name in the package, and would hide a function of the same name."""
    folder = ROOT / package.replace(".", "/")
    modules = {name for name in importlib.import_module(package).__all__ if (folder / f"{name}.py").exists()}
    assert modules == set()


#: Prepositions that begin no name of a function; `from_...` and `to_...` are idiom for conversions, and `by_...` in
#: public makes an oracle, as Oracle has `by_pytorch`.
PREPOSITION = re.compile(r"_?(around|as|at|before|by|for|in|of|on|through|with|without)_")


def test_no_function_of_the_engine_begins_with_a_preposition():
    wrong = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in ENGINE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and PREPOSITION.match(node.name)
        and node.name not in ("by_tensorflow", "by_jax")
    ]
    assert wrong == []
