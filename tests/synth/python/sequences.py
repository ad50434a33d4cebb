# SPDX-License-Identifier: MIT
"""Functions over lists and tuples."""


def total(values: list[int]) -> int:
    result = 0
    for value in values:
        result += value
    return result


def last(values: list[int]) -> int:
    return values[-1]


def element(values: list[int], index: int) -> int:
    return values[index]


def set_element(values: list[int], index: int, value: int) -> list[int]:
    values[index] = value
    return values


def add_to_element(values: list[int], index: int) -> None:
    values[index] += 10


def bubble_sort(values: list[int]) -> list[int]:
    values = values[:]
    n = len(values)
    for i in range(n):
        swapped = False
        for j in range(len(values) - 1):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]
                swapped = True
        if not swapped:
            break
    return values


def insertion_sort(values):
    for i in range(1, len(values)):
        key = values[i]
        j = i - 1
        while j >= 0 and values[j] > key:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = key
    return values


def quicksort(values: list[int]) -> list[int]:
    if len(values) <= 1:
        return values
    pivot, rest = values[0], values[1:]
    return quicksort([v for v in rest if v < pivot]) + [pivot] + quicksort([v for v in rest if v >= pivot])


def merge(one: list[int], two: list[int]) -> list[int]:
    merged = []
    i = j = 0
    while i < len(one) and j < len(two):
        if one[i] <= two[j]:
            merged.append(one[i])
            i += 1
        else:
            merged.append(two[j])
            j += 1
    merged.extend(one[i:])
    merged += two[j:]
    return merged


def binary_search(values: list[int], wanted: int) -> int:
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1


def stack(values: list[int]) -> list[int]:
    kept = []
    for v in values:
        if v < 0 and kept:
            kept.pop()
        else:
            kept.append(v)
    return kept


def changes(values: list[int], at: int):
    values.insert(at, 99)
    values.reverse()
    values.append(1)
    return values, values.count(1), values.index(99)


def take_out(values: list[int], value: int) -> list[int]:
    values.remove(value)
    return values


def pop_at(values: list[int], index: int):
    taken = values.pop(index)
    return taken, values


def delete(values: list[int], index: int) -> list[int]:
    del values[index]
    return values


def delete_slice(values: list[int], start: int, stop: int) -> list[int]:
    del values[start:stop]
    return values


def replace_slice(values: list[int], start: int, stop: int) -> list[int]:
    values[start:stop] = [7, 8, 9]
    return values


def list_slices(values: list[int], n: int):
    return values[n:], values[:n], values[-n:], values[::2], values[::-1], values[1:-1]


def rotate(values: list[int], n: int) -> list[int]:
    if not values:
        return []
    n %= len(values)
    return values[n:] + values[:n]


def chunks(values: list[int], size: int = 2) -> list[list[int]]:
    if size < 1:
        raise ValueError("size must be positive")
    return [values[i:i + size] for i in range(0, len(values), size)]


def flatten(rows: list[list[int]]) -> list[int]:
    return [value for row in rows for value in row]


def transpose(rows: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*rows)] if rows else []


def unique(values: list[int]) -> list[int]:
    result = []
    for value in values:
        if value not in result:
            result.append(value)
    return result


def pairs(values: list[int]) -> list[tuple[int, int]]:
    return [(a, b) for i, a in enumerate(values) for b in values[i + 1:] if a < b]


def running_max(values: list[int]) -> list[int]:
    result: list[int] = []
    for value in values:
        result.append(value if not result else max(result[-1], value))
    return result


def largest_sum(values: list[int]) -> int:
    best = current = 0
    for value in values:
        current = max(0, current + value)
        best = max(best, current)
    return best


def two_sum(values: list[int], target: int):
    seen = {}
    for i, value in enumerate(values):
        if target - value in seen:
            return (seen[target - value], i)
        seen[value] = i
    return None


def sort_by_length(words: list[str]) -> list[str]:
    return sorted(words, key=len)


def sort_by_last(pairs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return sorted(pairs, key=lambda pair: (pair[1], -pair[0]))


def sort_down(values: list[int]) -> list[int]:
    values.sort(reverse=True)
    return values


def sort_pairs(pairs: list[tuple[int, int]]):
    return sorted(pairs), max(pairs, default=(0, 0)), sorted(pairs, key=lambda p: p[1], reverse=True)


def extremes(values: list[int]):
    return min(values), max(values), sum(values), min(values, key=abs)


def extremes_or(values: list[float]):
    return max(values, default=0.0), min(values, default=-1.0)


def any_all(values: list[int]):
    return any(values), all(values), any(v > 5 for v in values), all(v % 2 == 0 for v in values)


def mapped(values: list[int]) -> list[int]:
    return list(map(lambda v: v * v + 1, values))


def filtered(values: list[int]) -> list[int]:
    return list(filter(lambda v: v % 3 == 0, values))


def strings_of(values: list[int]) -> str:
    return ",".join(map(str, values))


def numbers_of(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.isdigit()]


def zipped(a: list[int], b: list[str]):
    return [f"{x}{y}" for x, y in zip(a, b)]


def dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b))


def numbered(words: list[str]) -> list[str]:
    return [f"{i}. {word}" for i, word in enumerate(words, 1)]


def backwards(values: list[int]) -> list[int]:
    result = []
    for value in reversed(values):
        result.append(value)
    for i in range(len(values) - 1, -1, -1):
        result.append(values[i])
    return result


def steps(start: int, stop: int, step: int) -> list[int]:
    return list(range(start, stop, step))


def swap_ends(values: list[int]) -> list[int]:
    if values:
        values[0], values[-1] = values[-1], values[0]
    return values


def unpacked(pair: tuple[int, str], triple: tuple[int, int, int]):
    a, b = pair
    x, *rest = [1, 2, 3]
    return b * a, sum(triple), x, rest


def nested(rows: list[tuple[str, tuple[int, int]]]):
    return [name + str(a - b) for name, (a, b) in rows]


def compare_lists(a: list[int], b: list[int]):
    return a == b, a != b, a < b, a >= b


def tuples_in(values: list[tuple[int, int]], pair: tuple[int, int]) -> bool:
    return pair in values


def multiply(values: list[int], n: int):
    return values * n, [0] * n, [[0] * 2 for _ in range(n)]


def matrix_product(a: list[list[int]], b: list[list[int]]) -> list[list[int]]:
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def spiral(n: int) -> list[list[int]]:
    grid = [[0] * n for _ in range(n)]
    x, y, dx, dy = 0, 0, 1, 0
    for i in range(n * n):
        grid[y][x] = i
        nx, ny = x + dx, y + dy
        if not (0 <= nx < n and 0 <= ny < n) or grid[ny][nx] != 0 or (nx, ny) == (0, 0):
            dx, dy = -dy, dx
        x, y = x + dx, y + dy
    return grid


def pascal(n: int) -> list[list[int]]:
    rows = []
    for i in range(n):
        row = [1] * (i + 1)
        for j in range(1, i):
            row[j] = rows[i - 1][j - 1] + rows[i - 1][j]
        rows.append(row)
    return rows


def permutations(values: list[int]) -> list[list[int]]:
    if len(values) > 4:
        values = values[:4]
    if not values:
        return [[]]
    return [[v] + rest for i, v in enumerate(values) for rest in permutations(values[:i] + values[i + 1:])]


def append_while_looping(values: list[int]) -> list[int]:
    for value in values:
        if value > 1 and len(values) < 20:
            values.append(value // 2)
    return values


def aliases(values: list[int]):
    other = values
    other.append(5)
    copied = list(values)
    copied.append(6)
    return values, copied, other is values
