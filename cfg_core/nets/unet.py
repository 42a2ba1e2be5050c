"""The class-conditional U-Net with a null class, sized for two processor cores.

Pixels are folded 2x2 into channels first (3x32x32 -> 12x16x16): most of the cost of a 32x32 U-Net is at 32x32.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class UNetConfig:
    channels: tuple[int, ...] = (64, 128, 192)  # one level each: 16x16, 8x8, 4x4
    blocks: int = 1  # residual blocks per level (one more on the way up)
    attention: tuple[int, ...] = (8, 4)  # feature-map sizes that get self-attention
    embed: int = 256  # width of the (lam, class) embedding
    classes: int = 10  # the null class is index `classes`
    prediction: str = "v"  # what the output means: "eps", "v" or "x"
    dropout: float = 0.0
    norm: str = "group"  # "group", or "layer": over the channels of each pixel, a third cheaper on a processor
    takes_w: bool = False  # a student of guidance: the weight w is an input, and the output is the guided prediction
    upsample: str = "wide"  # "wide": double, then a 3x3 convolution; "narrow": to the next width by a 1x1, then double

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> UNetConfig:
        """The inverse of `to_dict`, also after a trip through JSON. Raises TypeError for unknown names."""
        known: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**known)


class PixelNorm(nn.LayerNorm):
    """LayerNorm over the channels of each pixel of [N, C, H, W], in channels-last memory without a copy."""

    def forward(self, h: Tensor) -> Tensor:
        return super().forward(h.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def norm_of(kind: str, channels: int) -> nn.Module:
    """The normalisation of that name. Raises ValueError for an unknown kind."""
    if kind not in ("group", "layer"):
        raise ValueError("norm must be group or layer")
    return PixelNorm(channels) if kind == "layer" else nn.GroupNorm(min(16, channels // 4), channels)


def _silu(h: Tensor) -> Tensor:
    """SiLU of what nobody else looks at: in its own memory, where no gradient will need it."""
    return F.silu(h, inplace=not torch.is_grad_enabled())


class Block(nn.Module):
    """Residual block: norm, silu, conv, scale-and-shift by the embedding, norm, silu, conv."""

    def __init__(self, n_in: int, n_out: int, config: UNetConfig, attend: bool) -> None:
        super().__init__()
        self.norm1, self.conv1 = norm_of(config.norm, n_in), nn.Conv2d(n_in, n_out, 3, padding=1)
        self.norm2, self.conv2 = norm_of(config.norm, n_out), nn.Conv2d(n_out, n_out, 3, padding=1)
        self.embed = nn.Linear(config.embed, 2 * n_out)
        self.skip = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()
        self.dropout = nn.Dropout(config.dropout)
        self.attention = Attention(n_out, config.norm) if attend else nn.Identity()
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.embed.weight)

    def forward(self, h: Tensor, emb: Tensor) -> Tensor:  # h [N, C, H, W], emb [N, E]
        r = self.conv1(_silu(self.norm1(h)))
        scale, shift = self.embed(emb)[:, :, None, None].chunk(2, dim=1)
        r = torch.addcmul(shift, self.norm2(r), scale + 1)
        r = self.conv2(self.dropout(_silu(r)))
        r += self.skip(h)
        return self.attention(r)


class Attention(nn.Module):
    """Self-attention over the positions of a small feature map, heads of 64 channels."""

    def __init__(self, channels: int, norm: str) -> None:
        super().__init__()
        self.heads = max(1, channels // 64)
        self.norm = norm_of(norm, channels)
        self.qkv, self.out = nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, h: Tensor) -> Tensor:
        n, c, height, width = h.shape
        qkv = self.qkv(self.norm(h)).reshape(n, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)  # each [N, heads, positions, channels]
        # plain products: at these sizes scaled_dot_product_attention's backward takes twice as long on a processor
        a = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1) @ v
        return h + self.out(a.transpose(-1, -2).reshape(n, c, height, width))


class LamEmbedding(nn.Sequential):
    """lam [N] in [-20, 20], or w in [-1, 8] -> [N, width]: sines and cosines, then two layers."""

    def __init__(self, width: int) -> None:
        super().__init__(nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width))
        self.freqs: Tensor
        self.register_buffer("freqs", torch.exp(torch.linspace(0, 4, 32)) / 8, persistent=False)

    def forward(self, lam: Tensor) -> Tensor:
        phase = 0.25 * lam.float()[:, None] * self.freqs.float()
        waves = torch.cat([phase.sin(), phase.cos()], dim=1).to(next(self.parameters()).dtype)
        return super().forward(waves)


def way_down(config: UNetConfig) -> tuple[nn.ModuleList, list[int], int]:
    """The layers from 16x16 to the smallest level, the channels of what each level hands over, the size that is left.

    A Block takes (h, emb), the convolutions between the levels take h.
    """
    layers, n, size = nn.ModuleList(), config.channels[0], 16
    channels = [n]
    for level, width in enumerate(config.channels):
        if level:
            layers.append(nn.Conv2d(n, n, 3, stride=2, padding=1))
            channels.append(n)
            size //= 2
        for _ in range(config.blocks):
            layers.append(Block(n, width, config, size in config.attention))
            n = width
            channels.append(n)
    return layers, channels, size


class UNet(nn.Module):
    """forward(z [N, 3, 32, 32], lam [N], c [N] in 0..classes) -> [N, 3, 32, 32], meaning `config.prediction`.

    c = classes is the null class. z is a noised image with pixels in [-1, 1]. A network that `takes_w` is also given
    w [N]; before it is trained, w changes nothing.
    """

    def __init__(self, config: UNetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or UNetConfig()
        ch, e = config.channels, config.embed
        self.embed_lam = LamEmbedding(e)
        self.embed_class = nn.Embedding(config.classes + 1, e)
        nn.init.normal_(self.embed_class.weight, std=0.5)
        if config.takes_w:
            self.embed_w = LamEmbedding(e)
            for weights in self.embed_w[-1].parameters():
                nn.init.zeros_(weights)
        self.stem = nn.Conv2d(12, ch[0], 3, padding=1)
        self.down, skips, size = way_down(config)
        self.up, n = nn.ModuleList(), ch[-1]
        self.middle = Block(n, n, config, True)
        for level, width in reversed(list(enumerate(ch))):
            for _ in range(config.blocks + 1):
                attend = size in config.attention
                self.up.append(Block(n + skips.pop(), width, config, attend))
                n = width
            if level:
                to = n if config.upsample == "wide" else ch[level - 1]
                self.up.append(Upsample(n, to, narrow=config.upsample == "narrow"))
                n = to
                size *= 2
        self.norm, self.out = norm_of(config.norm, n), nn.Conv2d(n, 12, 3, padding=1)
        nn.init.zeros_(self.out.weight)

    def forward(self, z: Tensor, lam: Tensor, c: Tensor, w: Tensor | None = None) -> Tensor:
        emb = self.embed_lam(lam) + self.embed_class(c)
        if w is not None:
            emb = emb + self.embed_w(w)
        emb = F.silu(emb)
        h = self.stem(F.pixel_unshuffle(z, 2))
        kept = [h]
        for layer in self.down:
            h = layer(h, emb) if isinstance(layer, Block) else layer(h)
            kept.append(h)
        h = self.middle(h, emb)
        for layer in self.up:
            h = layer(torch.cat([h, kept.pop()], dim=1), emb) if isinstance(layer, Block) else layer(h)
        return F.pixel_shuffle(self.out(F.silu(self.norm(h))), 2)


class Upsample(nn.Module):
    """Nearest-neighbour doubling, after a 3x3 convolution of the doubled or before it a 1x1 one: "wide", "narrow"."""

    def __init__(self, channels: int, to: int, narrow: bool) -> None:
        super().__init__()
        self.narrow = narrow
        self.conv = nn.Conv2d(channels, to, 1) if narrow else nn.Conv2d(channels, to, 3, padding=1)

    def forward(self, h: Tensor) -> Tensor:
        if self.narrow:
            return F.interpolate(self.conv(h), scale_factor=2.0, mode="nearest")
        return self.conv(F.interpolate(h, scale_factor=2.0, mode="nearest"))
