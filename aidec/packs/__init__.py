"""Chunk to text and back: packs, their vocabulary, the renderer; the reader is imported from its own module."""

from aidec.packs.pack import Family, Pack, find_packs, search_path
from aidec.packs.pack_loader import load_pack
from aidec.packs.rendering import Renderer, renderer

__all__ = ["Family", "Pack", "Renderer", "find_packs", "load_pack", "renderer", "search_path"]
