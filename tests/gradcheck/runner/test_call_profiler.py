"""What a backward calls is its own, whatever runs when garbage is collected meanwhile."""

import gc

from cnnlab.gradcheck.runner.call_profiler import CallProfiler


def test_a_library_that_waits_for_the_collector_is_not_blamed_on_the_backward():
    names = {"__name__": "jax.interpreters"}
    exec("def notice(phase, info): pass", names)
    before = gc.get_threshold()
    gc.callbacks.append(names["notice"])
    gc.set_threshold(1)
    try:
        profiler = CallProfiler(None, None)
        with profiler.record_calls():
            kept = [[k] for k in range(100)]
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(names["notice"])
    assert len(kept) == 100 and gc.isenabled()
    assert profiler.find_borrowed(1, 1) is None
