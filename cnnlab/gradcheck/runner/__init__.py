"""Run one case and record what happened. NumPy and the standard library only.

These files are the part of the engine that runs next to a learner's code: in this process, and alone in the grading
worker. They call, compare memory before and after, and report; they never judge, and hold nothing to judge with. They
import nothing else of this project.
"""
