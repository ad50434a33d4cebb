"""Texts out of files: folders of Lua, JSON lines, Parquet, archives; streamed, so that memory does not grow."""

from aidec.sources.documents import documents, files
from aidec.sources.model import Document, Report

__all__ = ["Document", "Report", "documents", "files"]
