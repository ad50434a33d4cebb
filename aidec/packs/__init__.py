"""Chunk to text: packs, their vocabulary, and the renderer. Knows nothing of tokenizers."""

from aidec.packs.check import check
from aidec.packs.pack import Family, Pack, find_packs, load_pack, search_path
from aidec.packs.renderer import Renderer, renderer

__all__ = ["Family", "Pack", "Renderer", "check", "find_packs", "load_pack", "renderer", "search_path"]
