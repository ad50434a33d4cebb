return "\a\b\f\n\r\t\v\\\"\'", '"', "'", "\z
        skipped", "one\
two", "caf\u{e9} \u{65E5}\u{672C} \u{10FFFF}", "\x3C|Proto|>", "<|Proto|>", "\\x41", "%d %%", "\u{a0}\u{200b}",
  "\xff\xfe", "\xe9", "\xed\xa0\x80", "\u{e000}"
