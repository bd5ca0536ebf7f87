# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text that the interface shows, and which of them a language lacks.

    python tools/ui_strings.py [LANGUAGE]        default: de

Reads the registered classes (names, tooltips, properties, enum items) and the sources of Blender's side (labels, placeholders,
messages). What a program puts into a sentence is {} in it. Needs the bpy wheel.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from blender_module import MODULE, ROOT, enabled_extension, extension

_SOURCES = ("*.py", "operators/*.py", "panels/*.py", "scene/*.py", "expclip_core/names/*.py")
_CORE = (
    "animate",
    "audio",
    "client",
    "contents",
    "excerpt",
    "expression",
    "generator",
    "lines",
    "machine",
    "runtime",
    "speech",
    "text",
    "worker",
)
_KEYWORDS = {"text", "placeholder", "message", "title", "confirm_text", "heading"}
_CALLS = {
    "poll_message_set": 0,
    "InputError": 0,
    "report": 1,
    "wrapped": 2,
    "end": 0,
    "translated": 0,
    "Obstacle": 0,
}  # where the text stands in the call
_ASSIGNED = {"when_cancelled", "stage", "moved"}  # to these, what is drawn later
_KINDS = ("Operator", "Panel", "PropertyGroup", "AddonPreferences", "UIList", "Menu", "FileHandler")


def texts() -> set[str]:
    """All texts, with bpy running and the extension enabled."""
    found = (set(_registered()) | set(_written())) - set(extension("expclip_core.channels").NAMES)
    return {text for text in found if any(each.isalpha() for each in text.replace("{}", ""))}


def _registered() -> Iterator[str]:
    import bpy

    for kind in _KINDS:
        for cls in getattr(bpy.types, kind).__subclasses__():
            if cls.__module__.startswith(MODULE) and getattr(cls, "is_registered", False):
                yield from _of_class(cls)


def _of_class(cls: type) -> Iterator[str]:
    import bpy

    rna = cls.bl_rna
    if issubclass(cls, bpy.types.Operator):
        rna = getattr(bpy.ops.expclip, cls.bl_idname.partition(".")[2]).get_rna_type()
        yield rna.description
    if isinstance(label := getattr(cls, "bl_label", ""), str):
        yield label
    annotated = {
        name
        for each in cls.__mro__
        if each.__module__.startswith(MODULE)
        for name in vars(each).get("__annotations__", {})
    }
    for name in annotated & set(rna.properties.keys()):
        property_ = rna.properties[name]
        if property_.is_hidden or property_.name == name:  # without a name it is shown nowhere
            continue
        yield from (property_.name, property_.description)
        if property_.type == "ENUM":
            for item in property_.enum_items:
                yield from (item.name, item.description)


def _written() -> Iterator[str]:
    for pattern in _SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            yield from _of_file(path)
    for name in _CORE:
        yield from _of_file(ROOT / "expclip_core" / f"{name}.py")


def _of_file(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        yield from _of_node(node)


def _name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        at = _CALLS.get(_name(node.func))
        if at is not None and len(node.args) > at:
            yield from _sentences(node.args[at])
        for keyword in node.keywords:
            if keyword.arg in _KEYWORDS:
                yield from _sentences(keyword.value)
    elif isinstance(node, ast.Assign) and _ASSIGNED & {_name(target) for target in node.targets}:
        yield from _sentences(node.value)
    elif isinstance(node, ast.Return) and node.value:
        yield from (text for text in _sentences(node.value) if " " in text)


def _sentences(node: ast.AST) -> Iterator[str]:
    """The texts that an expression may be: a literal, a literal with values put in, one or the other."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _sentences(body)
            yield from _sentences(orelse)


def main() -> None:
    language = (*sys.argv[1:], "de")[0]
    with enabled_extension():
        known = extension("translations").LANGUAGES[language]
        wanted = texts()
    for text in sorted(wanted - set(known)):
        print(f"    {text!r}: {''!r},")


if __name__ == "__main__":
    main()
