# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the family that a rig's names belong to, and each channel's shape keys in it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from ..channels import NAMES
from .families import FAMILIES, Family
from .spelling import normalised, shared_prefixes


@dataclass(frozen=True)
class Target:
    """A shape key that a channel moves: the key's value is the channel's weight times `gain`, summed over channels."""

    key: str
    gain: float = 1.0


@dataclass(frozen=True)
class Mapping:
    """ARKit channel → shape keys. `ambiguous` are keys that mean the same; none of them is used."""

    targets: dict[str, tuple[Target, ...]]
    family: str = ""
    ambiguous: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in NAMES if name not in self.targets)

    @property
    def keys(self) -> tuple[str, ...]:
        """The shape keys that some channel moves, each once."""
        return tuple(dict.fromkeys(target.key for targets in self.targets.values() for target in targets))

    def __len__(self) -> int:
        return len(self.targets)


@lru_cache(maxsize=256)
def match(keys: tuple[str, ...]) -> Mapping:
    """The mapping that finds most channels among a mesh's shape keys. Names are compared whole, never by a part."""
    prefixes = [re.compile("^" + re.escape(prefix)) for prefix in shared_prefixes(keys)]
    candidates = [_match_family(keys, family, family.trim) for family in FAMILIES]
    candidates += [_match_family(keys, family, prefix) for family in FAMILIES for prefix in prefixes]
    return max(candidates, key=len)  # the first of the best


def _match_family(keys: tuple[str, ...], family: Family, trim: re.Pattern[str] | None) -> Mapping:
    known: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        known[normalised(trim.sub("", key) if trim else key)].append(key)
    ambiguous: dict[str, None] = {}
    targets: dict[str, tuple[Target, ...]] = {}
    for channel in NAMES:
        for alternative in family.alternatives(channel):
            found = {name: _only(known.get(normalised(name), []), name, family.prefers) for name, _ in alternative}
            if found[alternative[0][0]]:
                targets[channel] = tuple(Target(found[name], gain) for name, gain in alternative if found[name])
                break
            ambiguous.update(dict.fromkeys(known.get(normalised(alternative[0][0]), [])))
    return Mapping(targets, family.name if targets else "", tuple(ambiguous))


def _only(keys: list[str], name: str, prefers: str | None) -> str | None:
    """The one key of a spelling; of several the one spelled exactly so, or the one that is preferred, otherwise none."""
    preferred = [key for key in keys if key == name] or [key for key in keys if prefers and key.startswith(prefers)]
    chosen = keys if len(keys) == 1 else preferred
    return chosen[0] if len(chosen) == 1 else None
