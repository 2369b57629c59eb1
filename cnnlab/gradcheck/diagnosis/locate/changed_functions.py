"""Exchange the code of several functions for a trial, and watch them while a case runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from cnnlab.gradcheck.diagnosis.locate.live_functions import LiveFunction, nested_codes
from cnnlab.gradcheck.diagnosis.locate.observation import Observation, observe_lines
from cnnlab.gradcheck.diagnosis.locate.unit import Unit

#: Texts of units by their number; units that are not named keep their own.
Texts = Mapping[int, str]


class ChangedFunctions:
    """Functions of this process, each of which may be given another text."""

    def __init__(self, functions: Sequence[LiveFunction]):
        self._functions = functions
        self._texts: dict[int, str] = {}

    @property
    def units(self) -> Sequence[Unit]:
        return [f.unit for f in self._functions]

    def list_local_names(self, number: int) -> frozenset[str]:
        """Return the names of a function's own variables, those of its parameters left out."""
        code = self._functions[number].function.__code__
        given = code.co_argcount + code.co_kwonlyargcount
        return frozenset((*code.co_varnames[given:], *code.co_cellvars)) - frozenset(code.co_varnames[:given])

    def put(self, texts: Texts) -> bool:
        """Give every function its text; return False where one of them is no function."""
        for number in [n for n in self._texts if n not in texts]:
            self._functions[number].put_back()
            del self._texts[number]
        for number, text in texts.items():
            if self._texts.get(number) != text:
                try:
                    self._functions[number].put_text(text)
                except Exception:  # the defaults of its parameters may raise anything
                    self._functions[number].put_back()
                    self._texts.pop(number, None)
                    return False
                self._texts[number] = text
        for function in self._functions:
            with suppress(Exception):
                clear = getattr(function.function.__globals__.get(function.unit.name), "cache_clear", None)
                if clear:
                    clear()
        return True

    def observe(self, texts: Texts, run: Callable[[], object]) -> Observation:
        """Return what a run shows. run: calls the functions."""
        self.put(texts)
        codes = {}
        for live in self._functions:
            code = live.function.__code__
            codes |= dict.fromkeys((code, *nested_codes(code)), live.unit.file)
        with observe_lines(codes) as found:
            run()
        return found
