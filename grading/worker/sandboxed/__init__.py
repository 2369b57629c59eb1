"""The files of grading that a worker's sandbox mounts: all of them, and no others."""
