"""Task packs: how an item of synthesis becomes a conversation, as a folder of Jinja2 templates."""

from aidec.taskpacks.pack import TaskPack, find_task_packs, load_task_pack
from aidec.taskpacks.rendering import Message, Piece, answered_files, render_item

__all__ = ["Message", "Piece", "TaskPack", "answered_files", "find_task_packs", "load_task_pack", "render_item"]
