# SPDX-License-Identifier: MIT
"""Functions over dicts and sets."""

from collections import Counter, defaultdict


def count_words(text: str) -> dict[str, int]:
    """How often each word is there.

    >>> count_words("a b a")
    {'a': 2, 'b': 1}
    """
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def count_letters(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for c in text:
        if c in counts:
            counts[c] += 1
        else:
            counts[c] = 1
    return counts


def look_up(table: dict[str, int], key: str) -> int:
    return table[key]


def look_up_or(table: dict[str, int], key: str):
    value = table.get(key)
    if value is None:
        return "nothing"
    return value * 2


def remove_key(table: dict[str, int], key: str) -> dict[str, int]:
    del table[key]
    return table


def pop_key(table: dict[str, int], key: str):
    taken = table.pop(key, -1)
    return taken, table


def invert(table: dict[str, int]) -> dict[int, str]:
    return {value: key for key, value in table.items()}


def group_by_length(words: list[str]) -> dict[int, list[str]]:
    groups = {}
    for word in words:
        groups.setdefault(len(word), []).append(word)
    return groups


def group_by_first(words: list[str]) -> dict[str, list[str]]:
    groups = defaultdict(list)
    for word in words:
        groups[word[:1]].append(word)
    return groups


def tally(values: list[int]) -> dict[int, int]:
    counts = defaultdict(int)
    for value in values:
        counts[value % 3] += 1
    return counts


def most_common(words: list[str]):
    counts = Counter(words)
    best = ""
    for word, count in counts.items():
        if count > counts.get(best, 0):
            best = word
    return best, len(counts)


def merge_tables(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    merged = dict(a)
    for key, value in b.items():
        merged[key] = merged.get(key, 0) + value
    return merged


def update_table(a: dict[str, int], b: dict[str, int]):
    a.update(b)
    return a, len(a), "a" in a


def keys_and_values(table: dict[str, int]):
    return list(table), list(table.keys()), list(table.values()), sum(table.values()), sorted(table)


def sort_items(table: dict[str, int]):
    return sorted(table.items(), key=lambda item: (-item[1], item[0]))


def best_key(table: dict[str, int]):
    return max(table, key=lambda k: table[k]) if table else None


def squares(n: int) -> dict[int, int]:
    return {i: i * i for i in range(n) if i % 2}


def same_tables(a: dict[str, int], b: dict[str, int]) -> bool:
    return a == b


def nested_table(rows: list[tuple[str, str, int]]):
    result = {}
    for one, two, n in rows:
        if one not in result:
            result[one] = {}
        result[one][two] = n
    return result


def grid_cells(points: list[tuple[int, int]]) -> int:
    seen = set()
    for x, y in points:
        seen.add((x, y))
        seen.add((y, x))
    return len(seen)


def memo(n: int) -> int:
    known = {0: 0, 1: 1}

    def value(k: int) -> int:
        if k not in known:
            known[k] = value(k - 1) + value(k - 2)
        return known[k]

    return value(min(max(n, 0), 60))


def paths(width: int, height: int, known=None) -> int:
    counts = {}
    for x in range(width + 1):
        for y in range(height + 1):
            if x == 0 or y == 0:
                counts[x, y] = 1
            else:
                counts[x, y] = counts[x - 1, y] + counts[x, y - 1]
    return counts.get((width, height), 0)


def has_duplicates(values: list[int]) -> bool:
    return len(set(values)) < len(values)


def set_operations(a: set[int], b: set[int]):
    return a | b, a & b, a - b, a ^ b, a <= b, a == b, a.isdisjoint(b)


def set_changes(values: set[int], n: int):
    values.add(n)
    values.discard(n + 1)
    return values, n in values, sorted(values)


def set_remove(values: set[int], n: int) -> set[int]:
    values.remove(n)
    return values


def common_letters(a: str, b: str) -> list[str]:
    return sorted(set(a) & set(b))


def remainders(values: list[int]) -> set[int]:
    return {v % 4 for v in values if v > 0}


def unique_words(text: str) -> int:
    return len({word.lower() for word in text.split()})


def reachable(edges: list[tuple[int, int]], start: int) -> list[int]:
    graph = {}
    for a, b in edges:
        graph.setdefault(a, []).append(b)
    seen = {start}
    waiting = [start]
    while waiting:
        for other in graph.get(waiting.pop(), []):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return sorted(seen)


def breadth_first(graph: dict[int, list[int]], start: int) -> list[int]:
    order = []
    queue = [start]
    seen = {start}
    while queue:
        node = queue.pop(0)
        order.append(node)
        for other in graph.get(node, []):
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return order


def delete_while(table: dict[str, int]) -> dict[str, int]:
    for key in list(table):
        if table[key] % 2:
            del table[key]
    table["end"] = 1
    return table


def clear_all(table: dict[str, int], values: list[int]):
    copied = table.copy()
    table.clear()
    values.clear()
    return copied, table, values, not table
