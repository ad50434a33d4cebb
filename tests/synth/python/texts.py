# SPDX-License-Identifier: MIT
"""Functions over strings."""

VOWELS = "aeiou"


def is_palindrome(text: str) -> bool:
    """Whether a text reads the same backwards.

    >>> is_palindrome("A man, a plan")
    False
    >>> is_palindrome("Level")
    True
    """
    letters = [c.lower() for c in text if c.isalnum()]
    return letters == letters[::-1]


def reverse_words(text: str) -> str:
    return " ".join(reversed(text.split()))


def reverse_each(text: str) -> str:
    return " ".join(word[::-1] for word in text.split(" "))


def count_vowels(text: str) -> int:
    return sum(1 for c in text.lower() if c in VOWELS)


def caesar(text: str, shift: int) -> str:
    result = ""
    for c in text:
        if c.isupper():
            result += chr((ord(c) - ord("A") + shift) % 26 + ord("A"))
        elif c.islower():
            result += chr((ord(c) - 97 + shift) % 26 + 97)
        else:
            result += c
    return result


def run_length(text: str) -> str:
    if not text:
        return ""
    parts = []
    current = text[0]
    count = 1
    for c in text[1:]:
        if c == current:
            count += 1
        else:
            parts.append(f"{current}{count}")
            current, count = c, 1
    parts.append(f"{current}{count}")
    return "".join(parts)


def acronym(phrase: str) -> str:
    return "".join(word[0].upper() for word in phrase.split())


def camel_to_snake(name: str) -> str:
    result = []
    for i, c in enumerate(name):
        if c.isupper() and i > 0:
            result.append("_")
        result.append(c.lower())
    return "".join(result)


def snake_to_camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def is_balanced(text: str) -> bool:
    pairs = {")": "(", "]": "[", "}": "{"}
    stack = []
    for c in text:
        if c in "([{":
            stack.append(c)
        elif c in pairs:
            if not stack or stack.pop() != pairs[c]:
                return False
    return not stack


def slices(text: str):
    return text[:3], text[1:], text[-2:], text[:-1], text[1:-1], text[::-1], text[::2]


def slice_between(text: str, start: int, stop: int) -> str:
    return text[start:stop]


def slice_step(text: str, start: int, stop: int, step: int) -> str:
    return text[start:stop:step]


def char_at(text: str, index: int) -> str:
    return text[index]


def first_and_last(text: str):
    return text[0] + text[-1]


def middle(text: str) -> str:
    if not text:
        return text
    half = len(text) // 2
    return text[half] if len(text) % 2 else text[half - 1:half + 1]


def strip_all(text: str):
    return text.strip(), text.lstrip(), text.rstrip(), text.strip("ab ")


def split_all(text: str):
    return text.split(), text.split(","), text.split(",", 1), text.splitlines()


def split_right(text: str):
    return text.rsplit(" ", 1), text.partition("="), text.rpartition(" ")


def replace_all(text: str, old: str, new: str):
    return text.replace(old, new), text.replace(old, new, 1)


def search(text: str, part: str):
    return text.find(part), text.rfind(part), text.count(part), part in text


def where(text: str, part: str) -> int:
    return text.index(part)


def cases(text: str):
    return text.upper(), text.lower(), text.title(), text.capitalize(), text.swapcase()


def tests_of(text: str):
    return text.isdigit(), text.isalpha(), text.isalnum(), text.isspace(), text.isupper(), text.islower()


def ends(text: str, part: str):
    return text.startswith(part), text.endswith(part), text.startswith(("a", "b")), text.removeprefix(part), text.removesuffix(part)


def padded(text: str, width: int):
    return text.ljust(width, "."), text.rjust(width), text.center(width, "*"), text.zfill(width)


def formatted(name: str, count: int, price: float) -> str:
    return f"{name}: {count:3d} at {price:.2f} = {count * price:8.3f}"


def formatted_more(name: str, n: int):
    return f"{name:>8}|{name:<8}|{name:^8}|{n:05d}|{n:x}|{n}"


def formatted_commas(n: int) -> str:
    return f"{n * 1234567:,}"


def percent(name: str, n: int, x: float) -> str:
    return "%s has %d items, %5.1f%%" % (name, n, x)


def show_numbers(n: int, x: float, flag: bool) -> str:
    return str(n) + " " + str(x) + " " + str(flag)


def show_list(values: list[int], words: list[str]) -> str:
    return f"{values} {words}"


def show_floats(values: list[float]) -> str:
    return ", ".join(str(v) for v in values)


def show_pair(a: int, b: str) -> str:
    return str((a, b))


def show_dict(table: dict[str, int]) -> str:
    return str(table)


def repeat(text: str, n: int) -> str:
    return text * n + "-" * 3


def compare(a: str, b: str):
    return a < b, a <= b, a == b, a != b, a > b


def anagrams(a: str, b: str) -> bool:
    return sorted(a.lower()) == sorted(b.lower())


def longest_word(text: str) -> str:
    best = ""
    for word in text.split():
        if len(word) > len(best):
            best = word
    return best


def word_lengths(text: str) -> list[int]:
    return [len(word) for word in text.split()]


def unique_letters(text: str) -> str:
    seen = set()
    result = ""
    for c in text:
        if c not in seen:
            seen.add(c)
            result += c
    return result


def roman(text: str) -> int:
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
    total = 0
    for i in range(len(text)):
        if i + 1 < len(text) and values[text[i]] < values[text[i + 1]]:
            total -= values[text[i]]
        else:
            total += values[text[i]]
    return total


def to_roman(n: int) -> str:
    symbols = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
               (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    result = ""
    for value, symbol in symbols:
        while n >= value:
            result += symbol
            n -= value
    return result


def hamming(a: str, b: str) -> int:
    if len(a) != len(b):
        raise ValueError("lengths differ")
    return sum(x != y for x, y in zip(a, b))


def common_prefix(words: list[str]) -> str:
    if not words:
        return ""
    prefix = words[0]
    for word in words[1:]:
        while not word.startswith(prefix):
            prefix = prefix[:-1]
    return prefix


def parse_pairs(text: str) -> dict[str, str]:
    result = {}
    for part in text.split(";"):
        if "=" in part:
            key, value = part.split("=", 1)
            result[key.strip()] = value.strip()
    return result


def or_default(text: str, default: str = "none") -> str:
    return text or default


def and_length(text: str):
    return text and text[0]


def tokens(text: str) -> list[str]:
    found = []
    i = 0
    while i < len(text):
        c = text[i]
        if c.isdigit():
            start = i
            while i < len(text) and text[i].isdigit():
                i += 1
            found.append(text[start:i])
            continue
        if not c.isspace():
            found.append(c)
        i += 1
    return found
