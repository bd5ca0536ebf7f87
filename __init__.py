# SPDX-License-Identifier: GPL-3.0-or-later
"""ExpCLIP for Blender: speech and a prompt become facial animation."""

from . import (
    line_properties,
    operators,
    panels,
    preferences,
    preview,
    prompt_properties,
    properties,
    session,
    take_properties,
    translations,
)

_PARTS = (
    translations,
    take_properties,
    prompt_properties,
    properties,
    line_properties,
    preferences,
    session,
    preview,
    operators,
    panels,
)


def register() -> None:
    for part in _PARTS:
        part.register()


def unregister() -> None:
    for part in reversed(_PARTS):
        part.unregister()
