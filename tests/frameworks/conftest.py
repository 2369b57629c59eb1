"""Refuse to run without TensorFlow and JAX: these tests are never skipped. Keep TensorFlow's start-up messages away."""

import importlib.util
import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

missing = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name) is None]
if missing:
    raise pytest.UsageError(f"no {' and no '.join(missing)} here: python3 tests/frameworks/run.py runs these tests")
