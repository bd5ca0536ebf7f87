# SPDX-License-Identifier: GPL-3.0-or-later
"""ExpCLIP: prompts and facial expressions in one embedding space, and the way back to a pose.

After Zhong, Wei, Yang, Wang: ExpCLIP: Bridging Text and Facial Expressions via Semantic Alignment, AAAI 2024. The text
tower reads the word states of a sentence encoder; its pooled sentence embedding alone loses sides and negation. Towers that
read differently may stand side by side, and their embeddings are averaged. The encoder's last layers may be the tower's
own, fine-tuned; the layers before them stay frozen and are not stored here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from . import arkit
from .errors import InputError
from .text import DEFAULT_SHA256, SentenceEncoder, WordStates

FILE_NAME = "expclip.safetensors"
EMBEDDING = 128
MOST_INTENSITY = 2.0
_REST = 0.025  # a decoded weight below this is rest; a sigmoid never reaches 0 by itself


@dataclass(frozen=True)
class Style:
    """How a line is to be performed.

    embedding: float32 (128,), unit length. pose: float32 (52,), 0..1, in the order of :data:`arkit.NAMES`.
    affect: float32 (3,), valence, arousal, dominance, -1..1.
    """

    embedding: np.ndarray
    pose: np.ndarray
    affect: np.ndarray


@dataclass(frozen=True)
class Sizes:
    """What the weights were trained with; stored beside them."""

    text_width: int = 384
    width: int = 192
    heads: int = 4
    layers: int = 2
    queries: int = 4  # with 0 the text tower reads the pooled sentence embedding alone
    hidden: int = 256
    beside: int = 0  # width of a perceptron that reads the pooled sentence embedding beside the rest; 0 for none
    own_layers: int = 0  # last layers of the sentence encoder that the text tower has its own copy of
    own_heads: int = 12
    own_hidden: int = 1536


class TextTower(nn.Module):
    """Word states (N, L, text width) → embedding (N, 128) of unit length."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.own = nn.ModuleList(
            nn.TransformerEncoderLayer(
                sizes.text_width, sizes.own_heads, sizes.own_hidden, 0.1, "gelu", 1e-12, batch_first=True
            )
            for _ in range(sizes.own_layers)
        )
        if sizes.queries:
            self.enter = nn.Sequential(nn.LayerNorm(sizes.text_width), nn.Linear(sizes.text_width, sizes.width))
            self.layers = nn.ModuleList(
                nn.TransformerEncoderLayer(
                    sizes.width, sizes.heads, 2 * sizes.width, 0.1, "gelu", batch_first=True, norm_first=True
                )
                for _ in range(sizes.layers)
            )
            self.queries = nn.Parameter(0.02 * torch.randn(sizes.queries, sizes.width))
            self.pool = nn.MultiheadAttention(sizes.width, sizes.heads, batch_first=True)
        self.leave = nn.Sequential(
            nn.LayerNorm(sizes.queries * sizes.width + sizes.text_width),
            nn.Linear(sizes.queries * sizes.width + sizes.text_width, sizes.hidden),
            nn.GELU(),
            nn.Dropout(0.1),
            nn.Linear(sizes.hidden, EMBEDDING),
        )
        self.beside = _beside(sizes) if sizes.beside else None

    def forward(self, words: WordStates) -> torch.Tensor:
        states = words.states
        for layer in self.own:
            states = layer(states, src_key_padding_mask=~words.mask)
        words = WordStates(states * words.mask.unsqueeze(-1), words.mask)
        pooled = words.pooled()
        embedding = self.leave(torch.cat([self._read(words), pooled], dim=-1) if self.sizes.queries else pooled)
        if self.beside:
            embedding = embedding + self.beside(pooled)
        return functional.normalize(embedding, dim=-1)

    def _read(self, words: WordStates) -> torch.Tensor:
        """What each query finds in the prompt, (N, queries × width)."""
        x, outside = self.enter(words.states), ~words.mask
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=outside)
        queries = self.queries.expand(len(x), -1, -1)
        return self.pool(queries, x, x, key_padding_mask=outside, need_weights=False)[0].flatten(1)


class TextTowers(nn.ModuleList):
    """Several text towers of one style space: the direction in the middle of their embeddings, which each errs from its own way."""

    def forward(self, words: WordStates) -> torch.Tensor:
        return functional.normalize(sum(tower(words) for tower in self), dim=-1)


class ExpressionTower(nn.Module):
    """Pose (N, 52) → embedding (N, 128) of unit length. One pose is one token, so attention would be an MLP anyway."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.layers = _perceptron(arkit.COUNT, sizes.hidden, EMBEDDING)

    def forward(self, pose: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.layers(pose), dim=-1)


class Decoder(nn.Module):
    """Embedding (N, 128) → pose (N, 52), 0..1, and affect (N, 3), -1..1."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.layers = _perceptron(EMBEDDING, sizes.hidden, arkit.COUNT + 3)

    def forward(self, embedding: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        # A unit vector of 128 has components near 0.09; the factor brings them to the scale layers start out for.
        x = self.layers(embedding * EMBEDDING**0.5)
        return torch.sigmoid(x[:, : arkit.COUNT]), torch.tanh(x[:, arkit.COUNT :])


class Towers(nn.Module):
    """Everything that is trained: both towers, the decoder and the temperature of the contrastive loss.

    more: the sizes of further text towers; their embeddings and the first one's are averaged.
    """

    def __init__(self, sizes: Sizes, *more: Sizes) -> None:
        super().__init__()
        self.sizes, self.more = sizes, more
        self.text = TextTowers(map(TextTower, (sizes, *more))) if more else TextTower(sizes)
        self.expression = ExpressionTower(sizes)
        self.decoder = Decoder(sizes)
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    @classmethod
    def joined(cls, towers: Sequence[Towers]) -> Towers:
        """The text towers of all. Raises InputError when they do not share one style space and one text encoder."""
        first = towers[0]
        for other in towers[1:]:
            pairs = zip(_space(first), _space(other), strict=True)
            if other.sizes.own_layers != first.sizes.own_layers or not all(torch.equal(*pair) for pair in pairs):
                raise InputError(
                    "These weights have different style spaces; train both with --keep-space from the same file."
                )
        joined = cls(*(sizes for each in towers for sizes in (each.sizes, *each.more)))
        joined.expression, joined.decoder, joined.log_scale = first.expression, first.decoder, first.log_scale
        joined.text = TextTowers(text for each in towers for text in (each.text if each.more else [each.text]))
        return joined.eval()

    def own_last_layers(self, model: nn.Module) -> None:
        """Start the tower's own layers as copies of the last ones of a BERT model."""
        for own, theirs in zip(self.text.own, model.encoder.layer[-self.sizes.own_layers :], strict=True):
            attention = theirs.attention
            projections = (attention.self.query, attention.self.key, attention.self.value)
            _copy(own.self_attn.in_proj_weight, torch.cat([projection.weight for projection in projections]))
            _copy(own.self_attn.in_proj_bias, torch.cat([projection.bias for projection in projections]))
            for mine, other in (
                (own.self_attn.out_proj, attention.output.dense), (own.norm1, attention.output.LayerNorm),
                (own.linear1, theirs.intermediate.dense), (own.linear2, theirs.output.dense),
                (own.norm2, theirs.output.LayerNorm),
            ):  # fmt: skip
                _copy(mine.weight, other.weight)
                _copy(mine.bias, other.bias)

    def save(self, path: Path, text_encoder_sha256: str, **notes: str) -> None:
        """Half precision, with sizes, the text encoder's fingerprint and notes as metadata."""
        tensors = {name: value.detach().half().contiguous() for name, value in self.state_dict().items()}
        sizes = [vars(each) for each in (self.sizes, *self.more)]
        metadata = {"sizes": json.dumps(sizes), "text_encoder_sha256": text_encoder_sha256, **notes}
        save_file(tensors, path, metadata=metadata)

    @classmethod
    def read(cls, path: Path) -> tuple[Towers, dict[str, str]]:
        """The towers and the file's metadata. Raises InputError when the file is missing or not ours."""
        if not path.is_file():
            raise InputError(f"The weights {path} are missing; install the extension again.")
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if "sizes" not in metadata:
                raise InputError(f"{path} holds no ExpCLIP weights; install the extension again.")
            sizes = json.loads(metadata["sizes"])
            towers = cls(*(Sizes(**each) for each in (sizes if isinstance(sizes, list) else [sizes])))
            towers.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})  # noqa: SIM118
        return towers.eval(), metadata


class ExpClip:
    """Prompts, poses and mixtures of them → styles."""

    def __init__(self, towers: Towers, encoder: SentenceEncoder, sha256: str = "") -> None:
        self.towers, self.encoder, self.sha256 = towers, encoder, sha256
        self.neutral = self._neutral()

    @classmethod
    def load(cls, weights_folder: Path, text_encoder_folder: Path | None = None, device: str = "cpu") -> ExpClip:
        """Read the trained towers and the text encoder they were trained with. Raises InputError."""
        path = Path(weights_folder) / FILE_NAME
        towers, metadata = Towers.read(path)
        encoder = SentenceEncoder.load(text_encoder_folder, device, towers.sizes.own_layers)
        if encoder.sha256 != metadata.get("text_encoder_sha256", DEFAULT_SHA256):
            raise InputError(
                "These weights were trained with another text encoder; train again with "
                "'python -m training.train_expclip --text-encoder FOLDER', or remove the setting."
            )
        return cls(towers.to(device), encoder, hashlib.sha256(path.read_bytes()).hexdigest())

    @torch.inference_mode()
    def style_of_prompts(self, prompts: Sequence[str]) -> list[Style]:
        """One style a prompt; an empty prompt is the neutral style. Raises InputError for an over-long prompt."""
        wanted = [index for index, prompt in enumerate(prompts) if prompt.strip()]
        styles = [self.neutral] * len(prompts)
        if not wanted:
            return styles
        words = self.encoder.words([prompts[index] for index in wanted])
        embeddings = self.towers.text(WordStates(words.states.to(self._device), words.mask.to(self._device)))
        for index, style in zip(wanted, self._decoded(embeddings), strict=True):
            styles[index] = style
        return styles

    @torch.inference_mode()
    def style_of_pose(self, pose: np.ndarray) -> Style:
        """A pose from a rig as a style: embedding and affect are the model's, the pose stays as given."""
        pose = np.clip(np.asarray(pose, dtype=np.float32), 0.0, 1.0)
        embedding = self.towers.expression(torch.from_numpy(pose).to(self._device)[None])
        style = self._decoded(embedding)[0]
        return Style(style.embedding, pose, style.affect)

    def mixed(self, styles: Sequence[Style], weights: Sequence[float]) -> Style:
        """Between styles, by weights that need not sum to 1. Raises InputError without a positive weight."""
        shares = np.asarray(weights, dtype=np.float32)
        if len(shares) != len(styles) or not len(shares) or shares.min() < 0 or shares.sum() <= 0:
            raise InputError("A mixture needs one weight of 0 or more for each style, and at least one above 0.")
        shares = shares / shares.sum()
        return Style(
            _unit(sum(share * style.embedding for share, style in zip(shares, styles, strict=True))),
            sum(share * style.pose for share, style in zip(shares, styles, strict=True)),
            sum(share * style.affect for share, style in zip(shares, styles, strict=True)),
        )

    def at_intensity(self, style: Style, intensity: float) -> Style:
        """0 is neutral, 1 as written, up to 2 exaggerated. No channel ever falls as intensity rises."""
        if not 0.0 <= intensity <= MOST_INTENSITY:
            raise InputError(f"The intensity is {intensity:g}; choose one from 0 to {MOST_INTENSITY:g}.")
        start, way = self.neutral.embedding, style.embedding - self.neutral.embedding
        pose = style.pose * intensity if intensity <= 1 else 1 - (1 - style.pose) ** np.float32(intensity)
        affect = np.clip(style.affect * intensity, -1, 1)
        return Style(_unit(start + intensity * way), pose.astype(np.float32), affect.astype(np.float32))

    @property
    def _device(self) -> torch.device:
        return self.towers.log_scale.device

    @torch.inference_mode()
    def _neutral(self) -> Style:
        rest = torch.zeros(1, arkit.COUNT, device=self._device)
        embedding = self.towers.expression(rest)[0].cpu().numpy()
        return Style(embedding, np.zeros(arkit.COUNT, dtype=np.float32), np.zeros(3, dtype=np.float32))

    def _decoded(self, embeddings: torch.Tensor) -> list[Style]:
        poses, affects = (values.cpu().numpy() for values in self.towers.decoder(embeddings))
        poses = plausible(poses)
        return [Style(*values) for values in zip(embeddings.cpu().numpy(), poses, affects, strict=True)]


def plausible(poses: np.ndarray) -> np.ndarray:
    """Decoded poses (N, 52) with what is almost rest at rest, and mouthClose never above jawOpen, which crosses the lips."""
    poses = np.where(poses < _REST, 0.0, poses).astype(np.float32)
    close, jaw = arkit.INDEX["mouthClose"], arkit.INDEX["jawOpen"]
    poses[:, close] = np.minimum(poses[:, close], poses[:, jaw])
    return poses


def _space(towers: Towers) -> list[torch.Tensor]:
    """What makes a style space: the expression tower and the decoder."""
    return [*towers.expression.parameters(), *towers.decoder.parameters()]


@torch.no_grad()
def _copy(to: torch.Tensor, values: torch.Tensor) -> None:
    to.copy_(values)


def _unit(vector: np.ndarray) -> np.ndarray:
    return (vector / max(float(np.linalg.norm(vector)), 1e-6)).astype(np.float32)


def _beside(sizes: Sizes) -> nn.Sequential:
    """Starts out adding nothing, so that a tower without it can be trained on with it."""
    layers = nn.Sequential(
        nn.LayerNorm(sizes.text_width), nn.Linear(sizes.text_width, sizes.beside), nn.GELU(), nn.Dropout(0.2),
        nn.Linear(sizes.beside, sizes.beside), nn.GELU(), nn.Dropout(0.2), nn.Linear(sizes.beside, EMBEDDING),
    )  # fmt: skip
    nn.init.zeros_(layers[-1].weight)
    nn.init.zeros_(layers[-1].bias)
    return layers


def _perceptron(entering: int, hidden: int, leaving: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(entering, hidden), nn.LayerNorm(hidden), nn.GELU(),
        nn.Linear(hidden, hidden), nn.LayerNorm(hidden), nn.GELU(),
        nn.Linear(hidden, leaving),
    )  # fmt: skip
