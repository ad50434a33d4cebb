# SPDX-License-Identifier: MIT
"""Small problems, with all that the subset has."""

from collections import deque, Counter
from functools import lru_cache
WEIGHTS = {"a": 1, "b": 2}
NAMES = ["x", "y"]
TOTAL = 3 * 4


def print_all(print: int, table: list[int]) -> int:
    for ipairs in table:
        print += ipairs
    return print


def weigh(s: str) -> int:
    return sum(WEIGHTS.get(c, 0) for c in s) + TOTAL + len(NAMES)


@lru_cache(maxsize=None)
def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def bfs(grid: list[list[int]]) -> int:
    if not grid or not grid[0]:
        return 0
    seen = {(0, 0)}
    queue = deque([(0, 0)])
    while queue:
        x, y = queue.popleft()
        for dx, dy in [(0, 1), (1, 0), (0, -1), (-1, 0)]:
            a, b = x + dx, y + dy
            if 0 <= a < len(grid) and 0 <= b < len(grid[a]) and (a, b) not in seen and grid[a][b] >= 0:
                seen.add((a, b))
                queue.append((a, b))
    return len(seen)


class Tree:
    def __init__(self, value: int):
        self.value = value
        self.left = None
        self.right = None
    def insert(self, value: int) -> None:
        if value < self.value:
            if self.left is None:
                self.left = Tree(value)
            else:
                self.left.insert(value)
        elif self.right is None:
            self.right = Tree(value)
        else:
            self.right.insert(value)
    def walk(self) -> list[int]:
        left = self.left.walk() if self.left else []
        right = self.right.walk() if self.right else []
        return left + [self.value] + right
    def depth(self) -> int:
        return 1 + max(self.left.depth() if self.left else 0, self.right.depth() if self.right else 0)


def tree_sort(xs: list[int]):
    if not xs:
        return [], 0
    root = Tree(xs[0])
    for x in xs[1:]:
        root.insert(x)
    return root.walk(), root.depth()


def knapsack(weights: list[int], values: list[int], capacity: int) -> int:
    table = [[0] * (capacity + 1) for _ in range(len(weights) + 1)]
    for i in range(1, len(weights) + 1):
        for w in range(capacity + 1):
            table[i][w] = table[i - 1][w]
            if 0 <= weights[i - 1] <= w:
                table[i][w] = max(table[i][w], table[i - 1][w - weights[i - 1]] + values[i - 1])
    return table[len(weights)][capacity]


def edit(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def top(words: list[str]):
    return Counter(words).most_common()


def queens(n: int) -> int:
    n = min(n, 5)
    count = 0
    def place(row: int, cols: set[int], d1: set[int], d2: set[int]) -> None:
        nonlocal count
        if row == n:
            count += 1
            return
        for c in range(n):
            if c in cols or row - c in d1 or row + c in d2:
                continue
            place(row + 1, cols | {c}, d1 | {row - c}, d2 | {row + c})
    place(0, set(), set(), set())
    return count


def lis(xs):
    best = []
    for i in range(len(xs)):
        best.append(1)
        for j in range(i):
            if xs[j] < xs[i]:
                best[i] = max(best[i], best[j] + 1)
    return max(best) if best else 0


def calc(text: str) -> int:
    stack = []
    ops = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
    for t in text.split():
        if t in ops:
            b, a = stack.pop(), stack.pop()
            stack.append(ops[t](a, b))
        else:
            stack.append(int(t))
    return stack[-1]


def opt(xs: list[int], start: int | None = None, stop: int | None = None) -> list[int]:
    return xs[start:stop]


def group(pairs: list[tuple[str, int]]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for k, v in pairs:
        out.setdefault(k, []).append(v)
    for k in out:
        out[k].sort()
    return {k: v for k, v in sorted(out.items())}


def floyd(n: int) -> list[str]:
    return [" ".join(str(j) for j in range(i * (i - 1) // 2 + 1, i * (i + 1) // 2 + 1)) for i in range(1, n + 1)]


def digits(n: int) -> list[int]:
    return [int(d) for d in str(abs(n))][::-1]


def avg(xs: list[float]) -> float:
    try:
        return round(sum(xs) / len(xs), 2)
    except ZeroDivisionError:
        return float("nan")


def zipdict(ks: list[str], vs: list[int]) -> dict[str, int]:
    return dict(zip(ks, vs))


def nested_comp(n: int):
    return [[j for j in range(i) if j % 2] for i in range(n) if i], {i: [k for k in range(i)] for i in range(3)}


def while_pop(xs: list[int]) -> list[int]:
    out = []
    while xs:
        x = xs.pop(0)
        if x in out:
            continue
        out.append(x)
    return out


def caps(s: str) -> str:
    return "".join(c.upper() if i % 2 == 0 else c.lower() for i, c in enumerate(s))


def tern(n: int) -> str:
    return "neg" if n < 0 else "zero" if n == 0 else "pos"


def end_repeat(end: str, until: int = 3) -> str:
    goto = end
    for nil in range(until):
        goto += end
    return goto


def maxpair(xs: list[int]):
    best = None
    for a in xs:
        if best is None or a > best:
            best = a
    return best


def gen_args(n: int):
    def pairs(k):
        for a in range(k):
            for b in range(a):
                yield a, b
    return [a * b for a, b in pairs(n)]
