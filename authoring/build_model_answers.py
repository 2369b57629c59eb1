"""Write the model answers that learners see, cnnlab/course/answers/, from solutions/chapters/.

    python -m authoring.build_model_answers           write them
    python -m authoring.build_model_answers --check   compare; name what differs and exit 1

The marking schemes are left out: they are the instructor's.
"""

import argparse
import sys
from pathlib import Path

from authoring.build_answers import SOLUTIONS, answers
from authoring.build_notebooks import relative_path
from cnnlab.course.model_answer import ANSWERS


def list_files(folder: Path = ANSWERS) -> dict[Path, str]:
    """Return each file and the text that it must have."""
    found = {}
    for chapter in sorted((SOLUTIONS / "chapters").glob("ch*.md")):
        for name, (answer, _) in answers(chapter).items():
            found[folder / f"{name}.md"] = answer.lstrip(". ").strip() + "\n"
    return found


def find_differences(folder: Path = ANSWERS) -> list[str]:
    """Return what in the folder is not what solutions/chapters/ says, one sentence each."""
    wanted = list_files(folder)
    found = [
        f"{relative_path(file)} differs from solutions/chapters/"
        for file, text in wanted.items()
        if not file.is_file() or file.read_text(encoding="utf-8") != text
    ]
    return found + [f"{relative_path(file)} answers no question" for file in folder.glob("*.md") if file not in wanted]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m authoring.build_model_answers", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list the files that differ and exit with 1"
    )
    if parser.parse_args(arguments).check:
        found = find_differences()
        print(*found or ["the model answers are those of solutions/chapters/"], sep="\n")
        return 1 if found else 0
    wanted = list_files()
    ANSWERS.mkdir(exist_ok=True)
    for file in ANSWERS.glob("*.md"):
        if file not in wanted:
            file.unlink()
    for file, text in wanted.items():
        file.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(wanted)} model answers in {relative_path(ANSWERS)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
