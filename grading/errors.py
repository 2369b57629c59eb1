"""The errors of grading that a user can mend. The command line catches CnnlabError alone: anything else is a bug.

CnnlabError                 cnnlab/errors.py
└── GradingError
    ├── NotAccepted         intake does not take a submission
    ├── NothingToGrade      there is no submission, or no verdict, to work on
    ├── Busy                another batch works on the class
    ├── TargetExists        something would be overwritten
    ├── MissingFiles        files that a command needs are not there
    ├── CommandFailed       a command that was started failed
    │   └── NbgraderFailed
    ├── NotReleased         a chapter must not be handed out
    ├── UnknownCell         a graded cell that the catalogue does not have
    ├── NotConfigured       a class's configuration is missing, edited or wrong
    ├── BadSeed, BadClassFolder, UsageError
    ├── GradebookUnavailable
    └── WorkerUnavailable   no worker runs on this machine
"""

from __future__ import annotations

from cnnlab.errors import CnnlabError


class GradingError(CnnlabError):
    """An error on the instructor's side that a user can mend."""


class NotAccepted(GradingError):
    """Intake does not accept a submission, so it must not be judged. Mend what the message names, then grade again."""


class NothingToGrade(GradingError):
    """A chapter has no submission or no verdict. Collect the submissions, or run autograde first."""


class Busy(GradingError):
    """Another batch works on the class. Wait for it, or end it."""


class TargetExists(GradingError):
    """A command would overwrite something. Remove it, or name another place."""


class MissingFiles(GradingError):
    """Files that a command needs are not there. Restore them."""


class CommandFailed(GradingError):
    """A command that was started failed. Its own words say why."""


class NbgraderFailed(CommandFailed):
    """One of nbgrader's commands failed. Its own words say why."""


class NotReleased(GradingError):
    """A chapter must not be handed out. Mend what the message names, then release it again."""


class UnknownCell(GradingError):
    """A graded cell is in no chapter of the catalogue: nbgrader would give it every point. Build the notebook again."""


class NotConfigured(GradingError):
    """A class is not configured, or its configuration must not be written. Do what the message says."""


class BadSeed(GradingError):
    """A seed file cannot be used. Mend it, or name another file with --seed-file."""


class BadClassFolder(GradingError):
    """A class folder cannot be used. Mend or move it."""


class GradebookUnavailable(GradingError):
    """A gradebook cannot be opened, read or written. Mend what the message names, then run the same command again."""


class WorkerUnavailable(GradingError):
    """No worker can run on this machine, whatever the file. Grade on Linux or macOS, with bubblewrap where it works."""


class UsageError(GradingError):
    """An argument of a command is wrong. Give what the message asks for."""
