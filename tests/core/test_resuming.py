# SPDX-License-Identifier: GPL-3.0-or-later
"""The runtime is installed in earnest, with pip and from a package index, of small wheels: broken off, and gone on with."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from sys import executable

import pytest

from expclip_core import runtime, wheels
from expclip_core.errors import Cancelled, InputError
from expclip_core.machine import this_system
from expclip_core.runtime import Installation, Recipe
from expclip_core.worker import REQUIRED_PACKAGES

TORCH = """
class version: hip = None
class cuda: is_available = staticmethod(lambda: False)
class backends:
    class mps: is_available = staticmethod(lambda: False)
"""
LARGE = 10**7  # bytes; the wheels are small, sizes.json says they are not


class Index(ThreadingHTTPServer):
    """A package index that remembers what was asked of it, and can hold one file back."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.folder = folder
        self.fetched: list[str] = []
        self.held = ""  # the package whose file comes by half
        self.holding = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class Answer(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        kind, name = self.path.strip("/").split("/")
        if kind == "simple":
            found = self.server.folder.glob(f"{name.replace('-', '_')}-*.whl")
            self.send("".join(f'<a href="/files/{each.name}">{each.name}</a>' for each in found).encode(), "text/html")
            return
        package = name.partition("-")[0]
        self.server.fetched.append(package)
        content = (self.server.folder / name).read_bytes()
        if package != self.server.held:
            self.send(content, "application/octet-stream")
            return
        self.send(content[: len(content) // 2], "application/octet-stream", len(content))
        self.server.holding.set()
        time.sleep(60)

    def send(self, content: bytes, kind: str, length: int = 0) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(content)))
        self.send_header("Cache-Control", "no-store")  # nobody but us keeps anything
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def wheel(folder: Path, name: str, content: str = "", needs: str = "") -> Path:
    """A wheel of one module."""
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    files = {
        f"{name}.py": content,
        f"{name}-1.0.dist-info/METADATA": metadata + (f"Requires-Dist: {needs}\n" if needs else ""),
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{name}-1.0.dist-info/RECORD"
    digests = {path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for path, text in files.items()}
    lines = [f"{path},sha256={digests[path].decode().rstrip('=')},{len(text)}" for path, text in files.items()]
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        for inside, text in (files | {record: "\n".join([*lines, f"{record},,", ""])}).items():
            file.writestr(inside, text)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    (folder := tmp_path / "index").mkdir()
    server = Index(folder)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", server.address)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def recipe(tmp_path: Path, index: Index) -> Recipe:
    """All packages that the worker needs as wheels of a few hundred bytes, and pip as the Python brings it along."""
    (lock := tmp_path / "requirements" / "lock").mkdir(parents=True)
    packages = {"pip": (), "torch": ("torch",), "runtime": ("numpy", "scipy", "soundfile", "transformers", "tqdm"),
                "text-encoder": ("safetensors",)}  # fmt: skip
    assert {name for names in packages.values() for name in names} > set(REQUIRED_PACKAGES)
    small = ("soundfile", "tqdm")
    sizes = {
        name: {this_system(): {each: 10 if each in small else LARGE for each in names}}
        for name, names in packages.items()
    }
    (lock / "sizes.json").write_text(json.dumps(sizes))
    for name, names in packages.items():
        built = [wheel(index.folder, each, TORCH if each == "torch" else "") for each in names]
        digests = [hashlib.sha256(each.read_bytes()).hexdigest() for each in built]
        pins = [f"{each}==1.0 \\\n    --hash=sha256:{digest}" for each, digest in zip(names, digests, strict=True)]
        (lock / f"{name}.txt").write_text("\n".join([*pins, ""]))
    (tmp_path / "user").mkdir()
    return Recipe(tmp_path / "user" / "runtime", Path(executable), lock.parent)


def broken_off(recipe: Recipe, index: Index, package: str) -> None:
    """An installation that is cancelled while half of a package is here."""
    index.held = package
    index.holding.clear()
    installation = Installation(recipe)
    assert index.holding.wait(300.0)
    assert installation.stage.startswith(f"Downloading {package}")
    installation.cancel()
    with pytest.raises(Cancelled):
        installation.result()
    index.held = ""


def test_an_installation_that_was_broken_off_goes_on_where_it_stopped(recipe: Recipe, index: Index) -> None:
    broken_off(recipe, index, "transformers")
    kept = {path.name.partition("-")[0] for path in runtime.kept_wheels(recipe.folder).iterdir()}
    assert kept == {"torch", "numpy", "scipy"}
    assert index.fetched == ["torch", "numpy", "scipy", "transformers"]
    assert not recipe.folder.exists()

    (runtime.kept_wheels(recipe.folder) / "scipy-1.0-py3-none-any.whl").write_bytes(b"cut off while it was put there")
    index.fetched.clear()
    installation = Installation(recipe)
    assert installation.result() == recipe.folder
    assert sorted(index.fetched) == ["safetensors", "scipy", "soundfile", "tqdm", "transformers"]
    assert runtime.installed(recipe.folder)
    assert installation.computes_on == "cpu"
    assert not runtime.downloads(recipe.folder).exists()

    broken_off(recipe, index, "numpy")  # one that is made anew leaves what works until then
    assert runtime.installed(recipe.folder)
    assert runtime.interpreter(recipe.folder).exists()
    assert {each.name for each in recipe.folder.parent.iterdir() if "rubbish" not in each.name} <= {
        "runtime",
        "downloads",
    }


def test_a_torch_from_another_index_is_kept_while_what_it_needs_comes(recipe: Recipe, index: Index) -> None:
    wheel(index.folder, "torch", TORCH, needs="filelock")
    wheel(index.folder, "filelock")
    (recipe.requirements / "torch.txt").write_text("torch==1.0\n")
    own = replace(recipe, source=index.address)
    index.held = "filelock"
    installation = Installation(own)
    assert index.holding.wait(300.0)
    installation.cancel()
    with pytest.raises(Cancelled):
        installation.result()
    assert index.fetched == ["torch", "filelock"]
    index.held = ""
    index.fetched.clear()
    Installation(own).result()
    assert "torch" not in index.fetched
    assert index.fetched[0] == "filelock"


def test_a_file_that_is_not_the_one_that_was_tested_is_refused(recipe: Recipe, index: Index) -> None:
    wheel(index.folder, "numpy", "import os  # not what was locked")
    with pytest.raises(InputError, match=r"Downloading numpy failed: .*Try again: what was downloaded is kept\."):
        Installation(recipe).result()
    assert [path.name.partition("-")[0] for path in runtime.kept_wheels(recipe.folder).iterdir()] == ["torch"]
    assert not recipe.folder.exists()
    runtime.remove(recipe.folder)
    assert not runtime.downloads(recipe.folder).exists()


def test_without_the_network_it_says_so(recipe: Recipe, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody is there
    with pytest.raises(InputError, match="Downloading torch failed: the package index does not answer, so check the"):
        Installation(recipe).result()


def test_small_packages_come_together(recipe: Recipe) -> None:
    parts = wheels.parts(recipe.requirements, "runtime", this_system())
    assert [(part.name, part.size) for part in parts] == [
        ("numpy", LARGE), ("scipy", LARGE), ("transformers", LARGE), ("2 small packages", 20),
    ]  # fmt: skip
