"""Configure nbgrader for this course.

nbgrader reads it through the nbgrader_config.py of a class folder (class_config.py writes that), or wherever
JUPYTER_CONFIG_PATH names this folder. An instructor's own settings, class_settings.py in the class folder, come last.
"""

import os
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


#: Option of a kernel: files beside the notebook are not imported. If it is given twice, no kernel starts.
GUARD = "--IPKernelApp.ignore_cwd=True"


def is_guarded():
    """Return whether the kernel has that option already, as in an environment that start.py made."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        return GUARD in KernelSpecManager().get_kernel_spec("python3").argv
    except NoSuchKernel:
        return False


def configure(c):
    """Set everything on nbgrader's configuration object."""
    if str(REPOSITORY) not in sys.path:
        sys.path.insert(0, str(REPOSITORY))  # or nbgrader finds our preprocessors from one folder only
    # nbgrader calls alembic by name when it makes a gradebook, and leaves half of one where there is none
    if shutil.which("alembic") is None:
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    if shutil.which("alembic") is None:
        raise RuntimeError(
            "there is no program alembic, which nbgrader needs for its gradebook; install nbgrader again"
        )

    from nbgrader.converters import Autograde, GenerateAssignment
    from nbgrader.preprocessors import Execute, SaveAutoGrades

    from grading import class_config, class_folder
    from grading.handout.prepare_release import CheckReleased, Prepare
    from grading.intake import accept_submission
    from grading.nbgrader_steps.exchange_collect import RecordingCollect
    from grading.nbgrader_steps.feedback_page import configure_feedback
    from grading.nbgrader_steps.judge_preprocessor import Judge
    from grading.nbgrader_steps.safe_export import SafeCsvExport
    from grading.nbgrader_steps.save_grades import SaveGrades
    from grading.nbgrader_steps.zip_collect import LmsFileNames, SafeExtractor

    where = class_folder.find_class_folder()
    c.CourseDirectory.root = str(where.folder)
    c.CourseDirectory.source_directory = str(class_folder.find_source_folder())
    c.CourseDirectory.course_id = where.course_id
    c.NbGrader.logfile = str(where.folder / ".nbgrader.log")

    c.ExchangeFactory.collect = RecordingCollect
    c.ZipCollectApp.extractor_plugin = SafeExtractor
    c.ZipCollectApp.collector_plugin = LmsFileNames
    c.ZipCollectApp.log_level = "ERROR"  # nbgrader has three lines for every file; the plugin prints what matters

    c.GenerateAssignment.preprocessors = [
        Prepare,
        *(GenerateAssignment.preprocessors.default() or []),
        CheckReleased,
    ]
    c.Autograde.pre_convert_hook = accept_submission.accept_for_nbgrader
    steps = Autograde.autograde_preprocessors.default() or []
    ours = {Execute: Judge, SaveAutoGrades: SaveGrades}
    c.Autograde.autograde_preprocessors = [ours.get(step, step) for step in steps]
    c.ExportApp.plugin_class = SafeCsvExport
    configure_feedback(c)

    # for `nbgrader validate` alone, which runs a kernel: a numpy.py beside the notebook must not take over
    c.Execute.extra_arguments = [] if is_guarded() else [GUARD]
    c.Execute.timeout = 300  # seconds a cell; nbgrader's 30 are few for one that trains LeNet on a busy machine

    class_config.apply_class_settings(c, where.folder)


try:
    configure(get_config())  # noqa: F821  # pyright: ignore[reportUndefinedVariable]
except Exception as error:
    # nbgrader would report any other exception and go on with its own defaults, which run students' code in a kernel
    raise SystemExit(f"{__file__} could not be loaded: {type(error).__name__}: {error}") from error
