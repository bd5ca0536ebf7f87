# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the reference in docs/scripting.md from what the extension registers.

    python tools/scripting_page.py

Everything below the page's mark is made here, what is above it is written by hand. Needs the bpy wheel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from blender_module import MODULE, ROOT, enabled_extension

PAGE = ROOT / "docs" / "scripting.md"
_LISTED = 12  # names of an enumeration that are all written out
MARK = "<!-- made by tools/scripting_page.py from here on -->\n"


def reference() -> str:
    """The operators and settings as Markdown, with bpy running and the extension enabled."""
    return "\n".join([*_operators(), *_settings()]) + "\n"


def _operators() -> Iterator[str]:
    import bpy

    classes = [cls for cls in bpy.types.Operator.__subclasses__() if cls.__module__.startswith(MODULE)]
    yield "\n## Operators"
    for cls in sorted((each for each in classes if each.is_registered), key=lambda each: each.bl_idname):
        rna = getattr(bpy.ops.expclip, cls.bl_idname.partition(".")[2]).get_rna_type()
        yield f"\n### `bpy.ops.{cls.bl_idname}()` · {cls.bl_label}\n\n{rna.description}."
        yield from _table(rna)


def _settings() -> Iterator[str]:
    import bpy

    yield "\n## Settings"
    for owner in (bpy.types.Scene, bpy.types.Object, bpy.types.Action):
        yield from _groups_in(owner.__name__.lower(), owner.bl_rna)
    yield "\n### `preferences.addons[…].preferences`"
    yield from _table(_preferences().bl_rna)


def _groups_in(place: str, rna) -> Iterator[str]:
    """The settings of the groups that one of Blender's types or of our groups holds, and of the groups in those."""
    for each in rna.properties:
        inner = each.fixed_type if each.type in ("POINTER", "COLLECTION") else None
        if inner and inner.identifier.startswith("EXPCLIP_"):
            inside = f"{place}.{each.identifier}{'[…]' if each.type == 'COLLECTION' else ''}"
            if rows := list(_table(inner)):
                yield f"\n### `{inside}`"
                yield from rows
            yield from _groups_in(inside, inner)


def _preferences() -> type:
    import bpy

    classes = [each for each in bpy.types.AddonPreferences.__subclasses__() if each.__module__.startswith(MODULE)]
    return next(each for each in classes if each.is_registered)


def _table(rna) -> Iterator[str]:
    inherited = set(rna.base.properties.keys()) if rna.base else {"rna_type"}
    ours = [each for each in rna.properties if each.identifier not in inherited and not each.is_hidden]
    shown = [each for each in ours if each.name != each.identifier and each.identifier != "bl_idname"]
    if not shown:
        return
    yield "\n| property | type | default | what |\n| --- | --- | --- | --- |"
    for each in shown:
        yield f"| `{each.identifier}` | {_type(each)} | {_default(each)} | {each.description or each.name} |"


def _type(each) -> str:
    kind = {
        "FLOAT": "float",
        "INT": "int",
        "BOOLEAN": "bool",
        "STRING": "str",
        "POINTER": "pointer",
        "COLLECTION": "list",
    }
    if each.type == "ENUM":
        several = "set of " if each.is_enum_flag else ""
        names = [f"`{item.identifier}`" for item in each.enum_items]
        return several + ", ".join(names if len(names) <= _LISTED else [*names[:3], f"… ({len(names)})"])
    limits = _limits(each) if each.type in ("FLOAT", "INT") else ""
    return kind[each.type] + limits


def _limits(each) -> str:
    """The hard limits, where there are any that mean something."""
    low, high = each.hard_min, each.hard_max
    if abs(low) > 1e6 and abs(high) > 1e6:
        return ""
    return f", {low:g} to {high:g}" if abs(high) < 1e6 else f" from {low:g}"


def _default(each) -> str:
    if each.type in ("POINTER", "COLLECTION"):
        return ""
    if each.type == "ENUM" and each.is_enum_flag:
        return ", ".join(f"`{name}`" for name in sorted(each.default_flag))
    value = round(each.default, 4) if each.type == "FLOAT" else each.default
    return f"`{value!r}`"


def main() -> None:
    with enabled_extension():
        by_hand = PAGE.read_text().partition(MARK)[0]
        PAGE.write_text(by_hand + MARK + reference())
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
