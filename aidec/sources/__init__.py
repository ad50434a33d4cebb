"""Texts from files: folders of Lua, JSON lines, Parquet and archives. They are streamed, so memory does not grow."""

from aidec.sources.model import Document, Report
from aidec.sources.reader import documents, files

__all__ = ["Document", "Report", "documents", "files"]
