# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock the runtime: every package that the worker's environment gets, with the SHA-256 of each of its wheels.

    python tools/lock_runtime.py

Reads requirements/{pip,torch,runtime,text-encoder}.txt and writes requirements/lock/*.txt, for pip's --require-hashes, and
sizes.json, the bytes to download by system and package. One resolution by uv for all systems and Pythons in `_SYSTEMS` and `_PYTHONS`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
LOCK = REQUIREMENTS / "lock"
_PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class System:
    """A kind of computer: as markers call it, and how its wheels' platform tags begin and end."""

    name: str
    platform: str
    machine: str
    wheels: tuple[str, ...]
    tag_ends: str


_SYSTEMS = (
    System("linux-x86_64", "linux", "x86_64", ("manylinux", "linux"), "x86_64"),
    System("linux-aarch64", "linux", "aarch64", ("manylinux", "linux"), "aarch64"),
    System("windows-x86_64", "win32", "AMD64", ("win_amd64",), "amd64"),
    System("macos-arm64", "darwin", "arm64", ("macosx",), ("arm64", "universal2")),
)


def main() -> None:
    LOCK.mkdir(exist_ok=True)
    sizes: dict[str, dict[str, dict[str, int]]] = {}
    for names in (("pip",), ("torch", "runtime"), ("text-encoder",)):
        with tempfile.TemporaryDirectory() as folder:
            packages = _resolve(Path(folder), names)
            for name in names:
                wanted = [
                    each for each in _export(Path(folder), name) if names != ("text-encoder",) or _asked(each, name)
                ]
                (LOCK / f"{name}.txt").write_text(_locked(wanted, packages))
                sizes[name] = {system.name: _sizes(wanted, packages, system) for system in _SYSTEMS}
    (LOCK / "sizes.json").write_text(json.dumps(sizes, indent=2) + "\n")


def _lines(name: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in (REQUIREMENTS / f"{name}.txt").read_text().splitlines())
    return [line for line in lines if line]


def _asked(requirement: Requirement, name: str) -> bool:
    """Is the package itself in the file? The text encoder is installed without what it depends on."""
    return canonicalize_name(requirement.name) in {canonicalize_name(Requirement(line).name) for line in _lines(name)}


def _resolve(folder: Path, names: tuple[str, ...]) -> dict[tuple[str, str], dict]:
    """Resolve the files together; (name, version) → what uv knows of that package."""
    systems = [f"sys_platform == '{each.platform}' and platform_machine == '{each.machine}'" for each in _SYSTEMS]
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "expclip-lock"\nversion = "0"\nrequires-python = ">={_PYTHONS[0]},<=3.14.99"\n'
        "[dependency-groups]\n"
        + "".join(f"{name} = {json.dumps(_lines(name))}\n" for name in names)
        + f"[tool.uv]\nenvironments = {json.dumps(systems)}\n"
    )
    _uv(folder, "lock")
    lock = tomllib.loads((folder / "uv.lock").read_text())
    return {(each["name"], each.get("version", "")): each for each in lock["package"]}


def _export(folder: Path, name: str) -> list[Requirement]:
    text = _uv(
        folder,
        "export",
        "--frozen",
        "--no-hashes",
        "--no-header",
        "--no-annotate",
        "--no-emit-project",
        "--only-group",
        name,
    )
    return [Requirement(line) for line in text.splitlines() if line.strip()]


def _uv(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "uv", *arguments, "--quiet"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def _locked(requirements: list[Requirement], packages: dict) -> str:
    """The requirements as pip reads them, with the hashes of all wheels that fit one of the systems."""
    blocks = []
    for requirement in requirements:
        wheels = [wheel for wheel in _wheels(requirement, packages) if any(_fits(wheel, each) for each in _SYSTEMS)]
        if not wheels:
            raise SystemExit(f"{requirement} has no wheel for any of the systems")
        hashes = sorted(wheel["hash"] for wheel in wheels)
        named = requirement.name + str(requirement.specifier) if _everywhere(requirement) else str(requirement)
        blocks.append(" \\\n".join([named, *(f"    --hash={each}" for each in hashes)]))
    return "# Made by tools/lock_runtime.py\n" + "\n".join(blocks) + "\n"


def _everywhere(requirement: Requirement) -> bool:
    return all(_applies(requirement, system, python) for system in _SYSTEMS for python in _PYTHONS)


def _applies(requirement: Requirement, system: System, python: str) -> bool:
    environment = {
        "sys_platform": system.platform, "platform_machine": system.machine, "implementation_name": "cpython",
        "python_version": python, "python_full_version": f"{python}.0",
    }  # fmt: skip
    return requirement.marker is None or requirement.marker.evaluate(environment)


def _sizes(requirements: list[Requirement], packages: dict, system: System) -> dict[str, int]:
    """Bytes by package that a system downloads, the most of all Pythons. Raises SystemExit when one has no wheel for it."""
    sizes: dict[str, int] = {}
    for each, python in product(requirements, _PYTHONS):
        if _applies(each, system, python):
            sizes[each.name] = max(_wheel_size(each, packages, system, python), sizes.get(each.name, 0))
    return sizes


def _wheel_size(requirement: Requirement, packages: dict, system: System, python: str) -> int:
    fitting = [wheel["size"] for wheel in _wheels(requirement, packages) if _fits(wheel, system, (python,))]
    if not fitting:
        raise SystemExit(f"{requirement} has no wheel for Python {python} on {system.name}")
    return max(fitting)


def _wheels(requirement: Requirement, packages: dict) -> list[dict]:
    version = str(requirement.specifier).removeprefix("==")
    return packages[canonicalize_name(requirement.name), version].get("wheels", [])


def _fits(wheel: dict, system: System, pythons: tuple[str, ...] = _PYTHONS) -> bool:
    tags = parse_wheel_filename(wheel["url"].rpartition("/")[2])[3]
    return any(_tag_fits(tag, system, pythons) for tag in tags)


def _tag_fits(tag: Tag, system: System, pythons: tuple[str, ...]) -> bool:
    """Does the tag fit the system and one of the Pythons?"""
    exact = {f"cp{python.replace('.', '')}" for python in pythons}
    interpreter = tag.interpreter.startswith("py") or tag.interpreter in exact
    if tag.abi == "abi3":
        newest = max(int(python.replace(".", "")) for python in pythons)
        interpreter = tag.interpreter.startswith("cp3") and int(tag.interpreter[2:]) <= newest
    abi = tag.abi in {"none", "abi3"} or tag.abi in exact
    platform = tag.platform == "any" or (
        tag.platform.startswith(system.wheels) and tag.platform.endswith(system.tag_ends)
    )
    return interpreter and abi and platform


if __name__ == "__main__":
    main()
