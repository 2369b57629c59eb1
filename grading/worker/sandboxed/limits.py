"""Every limit of grading, in one place, with its reason. Standard library only; this file also runs in the worker."""

from __future__ import annotations

#: Seconds of processor time for one case, as many as at home; the worker's own alarm, which can say in which line it
#: rang. Processor time, so that a busy machine costs nobody a point.
CASE_CPU_SECONDS = 5.0

#: Seconds on the clock for one case: what ends a file that sleeps.
CASE_WALL_SECONDS = 20.0

#: Seconds the judge waits for one reply. Above CASE_WALL_SECONDS, since a file may switch both alarms off.
REPLY_SECONDS = 25.0

#: Seconds until a fresh worker says that it is ready; NumPy takes 0.2 s, a cold network disk much longer.
START_SECONDS = 30.0

#: Seconds that all cases of one exercise may keep the judge waiting, as at home: a slow function costs itself, and not
#: the exercises after it, and a class of loops still ends.
EXERCISE_SECONDS = 60.0

#: Seconds that all cases of one exercise may take in the run with the public seed, which looks for an example to show.
PUBLIC_RUN_SECONDS = 10.0

#: Seconds of processor time and on the clock for one case of a changed function, where the line of a mistake is looked
#: for: as many as at home. Single changes make endless loops.
TRIAL_CPU_SECONDS = 0.5
TRIAL_WALL_SECONDS = 5.0

#: Seconds of processor time for the case in which the lines of a function are watched, which makes it slower.
WATCH_CPU_SECONDS = 2.0

#: Seconds the judge waits for the answer of a changed function, which may catch both alarms.
TRIAL_REPLY_SECONDS = 10.0

#: Changes that are tried for one exercise where the instructor names no other number.
MAX_TRIALS = 3000

#: Trials of one exercise that may end their process, each of which costs a new worker, and trials that may be late.
MAX_LOST_TRIALS = 10
MAX_LATE_TRIALS = 20

#: Seconds on the clock that so many changes of one submission may take together. Where no line is found, an exercise
#: takes 5 to 15; a file whose every trial just stays below its own limit would take hours.
SEARCH_SECONDS = 600.0

#: Seconds that are always left to say where the changes are that were found.
PLACE_SECONDS = 10.0

#: Changes in one list, and characters and lines of the text of a change.
MAX_LISTED_CHANGES = 100_000
MAX_CHANGE_CHARS = 2000
MAX_CHANGE_LINES = 30

#: Names of a learner's own that a change may have.
MAX_CHANGED_NAMES = 100

#: Seconds of processor time of a worker: what ends it should the judge itself be killed. Enough for every exercise of a
#: chapter to be slow.
WORKER_CPU_SECONDS = 600

#: Address space in bytes. NumPy takes 0.1 GB of it; the largest case is far below 1 MB.
MAX_MEMORY_BYTES = 1 << 30

#: Open files. A worker has four, and Python's import opens one at a time.
MAX_OPEN_FILES = 64

#: Bytes of the text part of a message. The longest honest one is a traceback: ten frames of 200 characters.
MAX_HEADER_BYTES = 1 << 18

#: Bytes of the arrays of a message. The largest case of the course is below 1 MB.
MAX_BODY_BYTES = 1 << 25

#: Arrays in a message. A request of the widest op has about ten.
MAX_ARRAYS = 64

#: Axes of an array, and cells counted with empty axes as 1, since NumPy refuses (0, 2**62) with an error of its own.
MAX_ARRAY_AXES = 8
MAX_ARRAY_CELLS = MAX_BODY_BYTES

#: Characters kept of anything that a worker says: a message, a line of code, a name; and frames of a traceback.
MAX_TEXT_CHARS = 500
MAX_LINE_CHARS = 200
MAX_NAME_CHARS = 60
MAX_ARGUMENT_CHARS = 20
MAX_FRAMES = 10

#: Bytes of a submitted notebook. 240 MB of outputs were met in practice: an accident, not an attack.
MAX_NOTEBOOK_BYTES = 256_000_000

#: Bytes up to which a notebook is read in the judge's own process, where JSON may take thirty times its size. The
#: course's largest has 70,000.
MAX_SMALL_NOTEBOOK_BYTES = 2_000_000

#: Memory in bytes, and seconds of processor time and on the clock, of the process that reads a larger one.
MAX_NOTEBOOK_MEMORY_BYTES = 3 << 29
NOTEBOOK_CPU_SECONDS = 30
NOTEBOOK_WALL_SECONDS = 300.0

#: Cells, and characters of text in all cells, that are read of a notebook. The course's longest has 96 cells.
MAX_NOTEBOOK_CELLS = 10_000
MAX_NOTEBOOK_CHARS = 4_000_000

#: What is looked at of a submission's folder: names, folders, levels of folders, and notebooks that are read.
MAX_SUBMISSION_NAMES = 200_000
MAX_SUBMISSION_FOLDERS = 2_000
MAX_SUBMISSION_LEVELS = 8
MAX_SUBMISSION_NOTEBOOKS = 6

#: Characters of one written answer, and of a learner's file as the feedback shows it; the longest solution has 10,000.
MAX_SUBMITTED_ANSWER_CHARS = 100_000
MAX_LISTING_BYTES = 100_000
