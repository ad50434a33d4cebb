"""Conversations: chat formats as templates, rendered to ids and a loss mask."""

from aidec.chat.conversation import Chat
from aidec.tokenizers.chat_format import ChatFormat, load_format

__all__ = ["Chat", "ChatFormat", "load_format"]
