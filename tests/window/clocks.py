# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the add-on holds Blender's window: every method and timer of its own is timed where Blender calls it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import bpy

MODULE = "bl_ext.user_default.expclip"
_CALLED_BY_BLENDER = ("invoke", "modal", "execute", "draw", "draw_item", "filter_items", "poll")


class Clocks:
    """`longest` is seconds by the name of what held the window: a class and its method, or a timer."""

    def __init__(self) -> None:
        self.longest: dict[str, float] = {}
        for cls in self._classes():
            for name in _CALLED_BY_BLENDER:
                if name in vars(cls):
                    self._replace(cls, name)

    def forget(self) -> None:
        self.longest.clear()

    def worst(self, *but: str) -> tuple[str, float]:
        """What held the window longest, other than those of these names."""
        others = {name: seconds for name, seconds in self.longest.items() if name not in but}
        name = max(others, key=others.get, default="nothing")
        return name, others.get(name, 0.0)

    def timed(self, name: str, function: Callable) -> Callable:
        """The function with a clock. It has the same arguments by count, as that is how many Blender gives it."""

        def clocked(*arguments: object) -> object:
            started = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.longest[name] = max(self.longest.get(name, 0.0), time.perf_counter() - started)

        given = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
        return eval(f"lambda {given}: clocked({given})", {"clocked": clocked})

    def _classes(self) -> list[type]:
        modules = [module for name, module in sys.modules.items() if name.startswith(f"{MODULE}.")]
        found = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
        return [cls for cls in found if cls.__module__.startswith(MODULE)]

    def _replace(self, cls: type, name: str) -> None:
        method = vars(cls)[name]
        label = f"{cls.__name__}.{name}"
        if isinstance(method, classmethod):
            setattr(cls, name, classmethod(self.timed(label, method.__func__)))
        else:
            setattr(cls, name, self.timed(label, method))


def module(name: str):
    """A module of the installed add-on."""
    return sys.modules[f"{MODULE}.{name}"]


def preferences() -> bpy.types.AddonPreferences:
    return bpy.context.preferences.addons[MODULE].preferences
