# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.evaluate_expclip: ExpCLIP on held-out rows of TEAD and on prompts with checkable claims.

Two simple methods stand beside it, both on the sentence encoder as it is published: "nearest label" takes the expression
of the lexicon whose name and words are nearest to the prompt, "nearest row" the pose of the nearest training row.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from expclip_core import arkit
from expclip_core.expression import FILE_NAME, Towers, plausible
from expclip_core.text import SentenceEncoder
from training.tead import action_units, lexicon
from training.tead import corpus as tead
from training.tead.corpus import Corpus, WordStore
from training.tead.prompts import bare, plain

PROMPTS = {
    name: Path(__file__).parent / "tead" / f"{name}_prompts.tsv"
    for name in ("development", "notes", "test", "opposites")
}
_MOST_ROWS = 250  # of each split, while training
_GALLERY = 500  # expressions among which a retrieval looks
_ALIKE = 0.02  # poses this near (weights, root mean square) are one expression
_REDIRECTING = (
    "not_but",
    "not_does_but",
    "not_noun_but",
)  # kinds of wordings with something refused and something asked
_PLAIN = ("word", "direction")  # sources whose texts say one word of the lexicon and nothing else
_OUTRIGHT = ("instruction", "side")  # kinds of prompts that name a movement or a side of the face
_UNIT_SHOWN = 0.2  # an Action Unit of at least this strength counts as shown
_ONE_SIDED, _SIDE_SHOWN = 0.3, 0.15  # left and right differ by this much in the true pose, and at least in the guess
_KNOWN = 2500  # rows like “not x, only y” that were trained on, to see whether the towers know the sentence at all
_PAIRS, _APART = 600, 8.0  # new pairs of words, and millimetres between what the two show
_AT_REST = 3.0  # millimetres; a pose of less counts as rest

Predict = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True)
class Claim:
    """A sum of weights above or below a number, or above another weight by a number."""

    left: tuple[str, ...]
    sign: str
    right: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Claim:
        left, sign, right = re.fullmatch(r"(.+?)([<>])(.+)", text.replace(" ", "")).groups()
        return cls(_terms(left), sign, _terms(right))

    def holds(self, pose: np.ndarray) -> bool:
        left, right = _sum(self.left, pose), _sum(self.right, pose)
        return left > right if self.sign == ">" else left < right


@dataclass(frozen=True)
class Prompt:
    kind: str
    text: str
    claims: tuple[Claim, ...]


def prompts(path: Path = PROMPTS["development"]) -> tuple[Prompt, ...]:
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return tuple(Prompt(kind, text, tuple(map(Claim.parse, claims.split(";")))) for kind, text, claims in rows)


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    data = tead.read(arguments.corpus)
    published = SentenceEncoder.load(arguments.text_encoder)
    baselines = _baselines(published, data, arguments.corpus.parent)
    shipped = _read(arguments.weights, arguments)
    train_only = _read(arguments.held_out, arguments) if arguments.held_out.exists() else None
    lines = ["# How ExpCLIP reads", "", "Printed by `make evaluate`.", ""]
    if train_only is None:
        lines += ["What was never read was not measured: `make heldout` trains on the training split alone.", ""]
    else:
        lines += _held_out_lines(train_only, data, baselines)
    readers = {
        "as shipped": shipped.predict,
        **({"train split": train_only.predict} if train_only else {}),
        **baselines,
    }
    lines += _prompt_lines(readers, new_redirections(set(data.texts)), arguments.verbose)
    print("\n".join(lines))
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Reader:
    """Towers with the encoder they stand on. trained_on: what their file says."""

    towers: Towers
    store: WordStore
    trained_on: str

    def predict(self, texts: list[str]) -> np.ndarray:
        """Poses, float32 (texts, 52)."""
        parts = [texts[start : start + 256] for start in range(0, len(texts), 256)]
        with torch.inference_mode():
            decode = (self.towers.decoder(self.towers.text(self.store.encoder.words(part)))[0] for part in parts)
            return plausible(torch.cat([*decode]).numpy())


def _read(weights: Path, arguments: argparse.Namespace) -> Reader:
    towers, metadata = Towers.read(weights)
    own = towers.sizes.own_layers
    encoder = SentenceEncoder.load(arguments.text_encoder, without_last=own)
    store = WordStore(arguments.corpus.parent, encoder, own)
    return Reader(towers.eval(), store, metadata.get("trained_on", "unknown training"))


@dataclass(frozen=True)
class Scores:
    """How one method reads one kind of row. own, different, to_text: R@1 and R@5 from text to pose among the rows' own poses and
    among 500 that all differ, and from pose to text. error: millimetres. units: precision and recall of Action Units.
    """

    own: tuple[float, float]
    different: tuple[float, float]
    to_text: tuple[float, float]
    cosine: float
    error: float
    units: tuple[float, float]

    def __str__(self) -> str:
        recalls = (self.own, self.different, self.to_text)
        return " | ".join([*map(_written, recalls), f"{self.cosine:.3f}", f"{self.error:.2f}", _written(self.units)])


def _held_out_lines(reader: Reader, data: Corpus, baselines: dict[str, Predict]) -> list[str]:
    """What was never trained on, as Markdown."""
    every = np.flatnonzero([split.endswith("-test") for split in data.splits])
    fresh = _unlike_training(data, every)
    reader.store.add([data.texts[row] for row in fresh])
    states = reader.store.open()
    lines = [
        f"## Held-out rows of TEAD\n\n{len(data)} quadruples; weights of {reader.trained_on}. Test split, at most {_GALLERY} rows of each kind "
        f"(seed 0). {len(every) - len(fresh)} of {len(every)} rows whose text stands in the training split but for case, punctuation or emoji are left "
        "out. Retrieval among the rows' own poses, and among 500 that all differ; expressions that are alike count as hits.\n",
        "| held out | rows, expressions | method | text to pose R@1 / R@5 | among 500 different | pose to text | cosine | error, mm "
        "| units precision / recall |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, rows in _splits(data, fresh).items():
        chosen = np.random.default_rng(0).permutation(rows)[:_GALLERY]
        if not len(chosen):
            continue
        found = _scores(reader, data, chosen, states, baselines)
        size = f"{len(chosen)}, {_distinct(alike(data.poses[chosen], data.poses[chosen]))}"
        lines += [f"| {name} | {size} | {method} | {scores} |" for method, scores in found.items()]
        print(*lines[-len(found) :], sep="\n", flush=True)
    return [*lines, "", *_kind_lines(reader, data, fresh, baselines), ""]


def _unlike_training(data: Corpus, rows: np.ndarray) -> np.ndarray:
    known = {bare(data.texts[row]) for row in np.flatnonzero(data.splits == "train")}
    return np.array([row for row in rows if bare(data.texts[row]) not in known], dtype=int)


def _splits(data: Corpus, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Rows by what is held out; a word or a family also where it is said alone, in no mixture, negation or restraint."""
    kinds = ("wording", "word", "family", "combination", "instruction", "situation", "event")
    found = {kind: rows[data.splits[rows] == f"{kind}-test"] for kind in kinds}
    plain = np.isin(data.sources, _PLAIN)
    return found | {f"{kind}, said alone": found[kind][plain[found[kind]]] for kind in ("word", "family")}


def _scores(
    reader: Reader, data: Corpus, rows: np.ndarray, states: np.ndarray, baselines: dict[str, Predict]
) -> dict[str, Scores]:
    """By method; ExpCLIP compares embeddings, the others the pose they guess."""
    poses, told = decoded(reader.towers, data, reader.store, states, rows)
    true = data.poses[rows]
    gallery = different(true, data.poses[np.random.default_rng(1).permutation(len(data))])
    with torch.inference_mode():
        seen, hung = (reader.towers.expression(torch.from_numpy(each)).numpy() for each in (true, gallery))
    same, among = alike(true, true), alike(true, gallery)

    def scored(guess: np.ndarray, own: np.ndarray, other: np.ndarray) -> Scores:
        recalls = recall(own, same), recall(other, among), recall(own.T, same)
        return Scores(*recalls, float(cosine(guess, true).mean()), millimetres(guess, true), unit_scores(guess, true))

    guesses = {name: predict([data.texts[row] for row in rows]) for name, predict in baselines.items()}
    nearest = {
        name: scored(guess, -_distances(guess, true), -_distances(guess, gallery)) for name, guess in guesses.items()
    }
    return {"ExpCLIP": scored(poses, told @ seen.T, told @ hung.T), **nearest}


def _kind_lines(reader: Reader, data: Corpus, rows: np.ndarray, baselines: dict[str, Predict]) -> list[str]:
    """Sides, refusals, and what is asked for in the place of something else, among held-out rows."""
    texts = np.array(data.texts, dtype=object)
    sided = rows[[bool(re.search(r"\b(left|right)\b", text.lower())) for text in texts[rows]]]
    sided = sided[_one_sided(data.poses[sided])]
    refusing = rows[[data.families[row].startswith("not ") for row in rows]]
    refusing = refusing[~data.poses[refusing].any(1)]
    instead, away = _redirected(data, rows)
    trained_on = np.random.default_rng(0).permutation(np.flatnonzero(data.splits == "train"))
    known, known_away = (part[:_KNOWN] for part in _redirected(data, trained_on))
    reader.store.add([*texts[known]])
    states = reader.store.open()
    methods = {"ExpCLIP": lambda some: decoded(reader.towers, data, reader.store, states, some)[0]}
    methods |= {name: lambda some, guess=guess: guess([*texts[some]]) for name, guess in baselines.items()}
    lines = [
        f"| held out | ExpCLIP | {' | '.join(baselines)} |",
        f"| --- | --- |{' --- |' * len(baselines)}",
    ]
    shares = {
        f"the right side, of {len(sided)} that say one": [
            right_sides(pose_of(sided), data.poses[sided]).mean() for pose_of in methods.values()
        ],
        f"rest (under {_AT_REST:g} mm), of {len(refusing)} that refuse a feeling": [
            (np.linalg.norm(pose_of(refusing) * arkit.DISPLACEMENT_MM, axis=1) < _AT_REST).mean()
            for pose_of in methods.values()
        ],
        f"nearer to what is asked than to what is refused, of {len(instead)} like “not x, only y”": [
            _nearer(pose_of(instead), data.poses[instead], away).mean() for pose_of in methods.values()
        ],
        f"the same, of {len(known)} that were trained on": [
            _nearer(pose_of(known), data.poses[known], known_away).mean() for pose_of in methods.values()
        ],
    }
    return [*lines, *(f"| {name} | {' | '.join(f'{share:.3f}' for share in row)} |" for name, row in shares.items())]


def _redirected(data: Corpus, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those of the rows that refuse one thing and ask for another, and the poses of what they refuse."""
    some = rows[np.isin(data.sources[rows], ("negation", "redirection")) & data.poses[rows].any(1)]
    found = {row: pose for row in some if (pose := _refused_pose(data, row)) is not None}
    return np.array([*found], dtype=int), np.array([*found.values()]).reshape(-1, arkit.COUNT)


def _refused_pose(data: Corpus, row: int) -> np.ndarray | None:
    """The pose of what a row's text refuses while it asks for what the row shows; None if it does not say so."""
    word = refused(data.texts[row], data.families[row])
    return action_units.to_weights(word.feeling.units) if word else None


def refused(text: str, asked: str) -> lexicon.Word | None:
    """X of “not x, only y” where y is a word of the family `asked`, by the sentence patterns that the rows are made with.

    A word looked for anywhere in the text may be a part of y, as "wavering" of "unwavering".
    """
    families = _families_of()
    for said in filter(None, (pattern.fullmatch(text) for pattern in _redirecting())):
        others = [word for word in families.get(said["no"], ()) if word.family != asked]
        if others and any(word.family == asked for word in families.get(said["yes"], ())):
            return others[0]
    return None


@cache
def _families_of() -> dict[str, list[lexicon.Word]]:
    """Text → the words that are written so, of which each may be of another family."""
    found: dict[str, list[lexicon.Word]] = {}
    for word in lexicon.words():
        found.setdefault(word.text, []).append(word)
    return found


@cache
def _redirecting() -> tuple[re.Pattern, ...]:
    patterns = (re.escape(plain(each)) for kind in _REDIRECTING for each in lexicon.wordings()[kind])
    return tuple(re.compile(re.sub(r"\\{(no|yes)\\}", r"(?P<\1>.+)", each)) for each in patterns)


def _nearer(guess: np.ndarray, asked: np.ndarray, refused: np.ndarray) -> np.ndarray:
    """Bool (rows,)."""
    to_asked, to_refused = (np.linalg.norm((guess - each) * arkit.DISPLACEMENT_MM, axis=1) for each in (asked, refused))
    return to_asked < to_refused


@dataclass(frozen=True)
class Redirections:
    """Texts like “not x, only y” with the poses of y and of x."""

    texts: list[str]
    asked: np.ndarray
    refused: np.ndarray


def new_redirections(known: set[str], seed: int = 5) -> Redirections:
    """Of words that TEAD knows, in patterns that it knows, in pairs that it does not have; poses at least 8 mm apart."""
    chance = random.Random(seed)
    adjectives = [word for word in lexicon.words() if word.form == "is" and " " not in word.text]
    patterns = [plain(pattern) for pattern in lexicon.wordings()["not_but"]]
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    while len(found) < _PAIRS:
        one, other = chance.sample(adjectives, 2)
        text = chance.choice(patterns).format(no=one.text, yes=other.text)
        poses = tuple(action_units.to_weights(word.feeling.units) for word in (other, one))
        if text not in known and millimetres(poses[0][None], poses[1][None]) >= _APART:
            found[text] = poses
    return Redirections([*found], *(np.stack(poses) for poses in zip(*found.values(), strict=True)))


def _prompt_lines(readers: dict[str, Predict], pairs: Redirections, verbose: bool) -> list[str]:
    """The lists of prompts with checkable claims, as Markdown."""
    lists = {name: prompts(path) for name, path in PROMPTS.items()}
    held = {
        name: {list_: [_holds(*pair) for pair in _posed(predict, asked)] for list_, asked in lists.items()}
        for name, predict in readers.items()
    }
    every = [prompt for asked in lists.values() for prompt in asked]
    outright = [prompt.kind in _OUTRIGHT for prompt in every]
    rows = {
        f"all claims true, {list_}, {len(asked)}": [np.mean(each[list_]) for each in held.values()]
        for list_, asked in lists.items()
    }
    rows[f"outright instructions and sides of all lists, {sum(outright)}"] = [
        np.mean(np.concatenate([*each.values()])[outright]) for each in held.values()
    ]
    rows[f"nearer to y than to x in “not x, only y”, {_PAIRS} new pairs of known words"] = [
        _nearer(predict(pairs.texts), pairs.asked, pairs.refused).mean() for predict in readers.values()
    ]
    rows["degrees in order"] = [degree_order(predict) for predict in readers.values()]
    lines = [
        "## Prompts with checkable claims\n\nNone of their texts is trained on. “Train split”: the weights of the held-out rows above.\n",
        f"| | {' | '.join(readers)} |",
        f"| --- |{' --- |' * len(readers)}",
        *(f"| {name} | {' | '.join(f'{share:.3f}' for share in row)} |" for name, row in rows.items()),
    ]
    if verbose:
        failed = [
            (prompt, pose)
            for asked in lists.values()
            for prompt, pose in _posed(readers["as shipped"], asked)
            if not _holds(prompt, pose)
        ]
        lines += ["", *(f"- {prompt.kind}: {prompt.text!r} fails {_failures(prompt, pose)}" for prompt, pose in failed)]
    return lines


def _posed(predict: Predict, asked: tuple[Prompt, ...]) -> list[tuple[Prompt, np.ndarray]]:
    return [*zip(asked, predict([prompt.text for prompt in asked]), strict=True)]


def _holds(prompt: Prompt, pose: np.ndarray) -> bool:
    return all(claim.holds(pose) for claim in prompt.claims)


def _failures(prompt: Prompt, pose: np.ndarray) -> str:
    return "; ".join(_said(claim, pose) for claim in prompt.claims if not claim.holds(pose))


def different(poses: np.ndarray, more: np.ndarray) -> np.ndarray:
    """At most 500 poses of which none is like another: of `poses` first, then of `more`."""
    chosen = poses[:1]
    for pose in np.concatenate([poses[1:], more]):
        if len(chosen) < _GALLERY and not alike(pose[None], chosen).any():
            chosen = np.concatenate([chosen, pose[None]])
    return chosen


def _written(scores: tuple[float, float]) -> str:
    return " / ".join(f"{score:.3f}" for score in scores)


def right_sides(guess: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Bool, one for each one-sided true pose: its most one-sided shape is on the same side in the guess."""
    difference, guessed = true - true[:, arkit.MIRROR], guess - guess[:, arkit.MIRROR]
    most = difference.argmax(1)
    rows = np.flatnonzero(_one_sided(true))
    return guessed[rows, most[rows]] > _SIDE_SHOWN


def _one_sided(poses: np.ndarray) -> np.ndarray:
    """Bool, one for each pose."""
    return (poses - poses[:, arkit.MIRROR]).max(1) > _ONE_SIDED


def _distances(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Millimetres between poses, (ones, others)."""
    a, b = ones * arkit.DISPLACEMENT_MM, others * arkit.DISPLACEMENT_MM
    return np.sqrt(np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0))


def degree_order(predict: Predict) -> float:
    """Share of neighbouring pairs of "slightly x" < "x" < "extremely x" whose poses grow, over the lexicon's families."""
    words = [
        next(word for word in lexicon.words() if word.family == f and word.form == "is") for f in lexicon.expressions()
    ]
    words = [word for word in words if action_units.to_weights(word.feeling.units).max() > 0.3]
    patterns = ("slightly {}", "{}", "extremely {}")
    sizes = [
        np.linalg.norm(predict([p.format(word.text) for word in words]) * arkit.DISPLACEMENT_MM, axis=1)
        for p in patterns
    ]
    return float(np.mean([sizes[0] < sizes[1], sizes[1] < sizes[2]]))


def _baselines(encoder: SentenceEncoder, data: Corpus, folder: Path) -> dict[str, Predict]:
    rows = np.flatnonzero(data.splits == "train")
    store = WordStore(folder, encoder)
    store.add([data.texts[row] for row in rows])
    known = _pooled(data, store, store.open(), rows)
    names = {family: [w.text for w in lexicon.words() if w.family == family][:8] for family in lexicon.expressions()}
    labels = np.stack([encoder.encode([family.replace("_", " "), *texts]).mean(0) for family, texts in names.items()])
    labels /= np.linalg.norm(labels, axis=1, keepdims=True)
    faces = np.stack([action_units.to_weights(feeling.units) for feeling in lexicon.expressions().values()])
    return {
        "nearest label": lambda texts: faces[(encoder.encode(texts) @ labels.T).argmax(1)],
        "nearest row": lambda texts: data.poses[rows[(encoder.encode(texts) @ known.T).argmax(1)]],
    }


def _pooled(data: Corpus, store: WordStore, states: np.ndarray, rows: np.ndarray) -> np.ndarray:
    chunks = np.array_split(rows, max(1, len(rows) // 1024))
    return np.concatenate(
        [store.batch(states, [data.texts[row] for row in chunk]).pooled().numpy() for chunk in chunks]
    )


def development_scores(towers: Towers, data: Corpus, store: WordStore, states: np.ndarray) -> dict[str, float]:
    """Mean cosine of decoded and true pose for each kind of held-out row, 0..1, and of one-sided ones how many are on their side."""
    scores = {}
    every = np.flatnonzero([split.endswith("-development") for split in data.splits])
    one_sided = every[_one_sided(data.poses[every])]
    if len(one_sided):
        rows = np.random.default_rng(0).permutation(one_sided)[: 2 * _MOST_ROWS]
        poses, _ = decoded(towers, data, store, states, rows)
        scores["sides"] = float(right_sides(poses, data.poses[rows]).mean())
    for split in sorted(set(data.splits)):
        if split.endswith("-development"):
            rows = np.random.default_rng(0).permutation(np.flatnonzero(data.splits == split))[:_MOST_ROWS]
            poses, _ = decoded(towers, data, store, states, rows)
            scores[split.removesuffix("-development")] = float(cosine(poses, data.poses[rows]).mean())
    return scores


@torch.inference_mode()
def decoded(
    towers: Towers, data: Corpus, store: WordStore, states: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Poses (rows, 52) and embeddings (rows, 128) of rows' texts."""
    towers.eval()
    poses, embeddings = [], []
    for start in range(0, len(rows), 256):
        embedding = towers.text(store.batch(states, [data.texts[row] for row in rows[start : start + 256]]))
        poses.append(plausible(towers.decoder(embedding)[0].numpy()))
        embeddings.append(embedding.numpy())
    return np.concatenate(poses), np.concatenate(embeddings)


def cosine(guess: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Cosine of poses measured in millimetres. Two poses at rest agree; rest against a pose of over 1 mm does not."""
    a, b = guess * arkit.DISPLACEMENT_MM, true * arkit.DISPLACEMENT_MM
    long_a, long_b = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    value = (a * b).sum(1) / np.maximum(long_a * long_b, 1e-6)
    rest = long_b < 1.0
    return np.where(rest, np.clip(1 - long_a / 10, 0, 1), value)


def millimetres(guess: np.ndarray, true: np.ndarray) -> float:
    """Mean over rows of the length of the difference, each shape in millimetres of its largest displacement."""
    return float(np.linalg.norm((guess - true) * arkit.DISPLACEMENT_MM, axis=1).mean())


def recall(similarity: np.ndarray, alike: np.ndarray) -> tuple[float, float]:
    """R@1 and R@5 of queries (rows) among answers (columns); an answer with the query's expression is a hit."""
    order = np.argsort(-similarity, axis=1, kind="stable")
    hits = np.take_along_axis(alike, order, axis=1)
    return float(hits[:, 0].mean()), float(hits[:, :5].any(1).mean())


def unit_scores(guess: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """Precision and recall of the Action Units that are shown, read from both poses in the same way."""
    right = shown = wanted = 0
    for one, other in zip(guess, true, strict=True):
        found, asked = _shown(one), _shown(other)
        right, shown, wanted = right + len(found & asked), shown + len(found), wanted + len(asked)
    return right / max(shown, 1), right / max(wanted, 1)


def _shown(pose: np.ndarray) -> set[str]:
    return {unit for unit, strength in action_units.from_weights(pose).items() if strength >= _UNIT_SHOWN}


def alike(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Bool (ones, others): which poses show the same expression."""
    return ((ones[:, None] - others[None]) ** 2).mean(-1) ** 0.5 < _ALIKE


def _distinct(alike: np.ndarray) -> int:
    return int((alike.argmax(1) == np.arange(len(alike))).sum())


def _terms(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[+-]?[^+-]+", text))


def _sum(terms: tuple[str, ...], pose: np.ndarray) -> float:
    return sum(_value(term, pose) for term in terms)


def _value(term: str, pose: np.ndarray) -> float:
    factor, name = (-1.0 if term.startswith("-") else 1.0), term.lstrip("+-")
    if name[0].isdigit():
        return factor * float(name)
    return factor * float(np.mean([pose[arkit.INDEX[one]] for one in arkit.sides(name)]))


def _said(claim: Claim, pose: np.ndarray) -> str:
    return f"{''.join(claim.left)} = {_sum(claim.left, pose):.2f} {claim.sign} {''.join(claim.right)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure ExpCLIP.")
    parser.add_argument("--corpus", type=Path, default=Path("corpus/tead.jsonl"))
    parser.add_argument("--weights", type=Path, default=Path("weights") / FILE_NAME, help="what ships")
    parser.add_argument("--held-out", type=Path, default=Path("runs/expclip-held-out") / FILE_NAME,
                        help="weights of the training split alone, for what was never read")  # fmt: skip
    parser.add_argument("--text-encoder", type=Path, help="folder of another text encoder than all-MiniLM-L6-v2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, help="Markdown")
    parser.add_argument("--verbose", action="store_true", help="name the claims that fail of what ships")
    return parser.parse_args()


if __name__ == "__main__":
    main()
