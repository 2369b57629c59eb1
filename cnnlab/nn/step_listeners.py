"""Tell whoever listens that a network has taken a step of training, such as a board whose gears turn."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from cnnlab.nn.module import Module

#: A listener returns whether it still listens.
Listener = Callable[[], bool]

_listeners: WeakKeyDictionary[Module, list[Listener]] = WeakKeyDictionary()


def listen_to_steps(net: Module, listener: Listener) -> None:
    """Call the listener after each step of training that fit takes with the network, until it returns False."""
    _listeners.setdefault(net, []).append(listener)


def report_step(net: Module) -> None:
    """Call the network's listeners, and drop those that no longer listen."""
    if net in _listeners:
        _listeners[net][:] = [listener for listener in _listeners[net] if listener()]
