# SPDX-License-Identifier: MIT
"""Loops, generators, closures and arguments."""


def find_divisor(n: int) -> int:
    for d in range(2, n):
        if n % d == 0:
            break
    else:
        return n
    return d


def while_else(n: int) -> str:
    while n > 0:
        if n % 7 == 0:
            result = "seven"
            break
        n -= 2
    else:
        result = "none"
    return result


def nested_break(rows: list[list[int]], wanted: int):
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value == wanted:
                break
        else:
            continue
        return i, j
    return None


def skip(values: list[int]) -> list[int]:
    kept = []
    for v in values:
        if v < 0:
            continue
        if v > 50:
            break
        kept.append(v)
    return kept


def after_loop(n: int) -> int:
    i = -1
    for i in range(n):
        pass
    return i


def countdown(n: int) -> list[int]:
    seen = []
    while True:
        if n <= 0:
            break
        seen.append(n)
        n -= 1
        if n == 3:
            continue
        seen.append(-n)
    return seen


def changed_index(n: int) -> list[int]:
    seen = []
    for i in range(n):
        seen.append(i)
        i += 5
        seen.append(i)
    return seen


def late(n: int) -> list[int]:
    functions = []
    for i in range(n):
        functions.append(lambda: i * 10)
    return [f() for f in functions]


def early(n: int) -> list[int]:
    def maker(k: int):
        return lambda: k * 10

    functions = [maker(i) for i in range(n)]
    return [f() for f in functions]


def counter(n: int) -> int:
    count = 0

    def step(by: int = 1) -> int:
        nonlocal count
        count += by
        return count

    for _ in range(n):
        step()
        step(by=2)
    return step(5) + count


def adders(a: int, b: int) -> int:
    def adder(n: int):
        def add(m: int) -> int:
            return n + m
        return add

    return adder(a)(b) + adder(b)(1)


def compose(x: int) -> int:
    def twice(f, value):
        return f(f(value))

    return twice(lambda v: v * 3 + 1, x)


def defaults(a: int, b: int = 2, *, c: int = 3, d: str = "x") -> str:
    return d * (a + b + c)


def call_with_names(a: int) -> str:
    return defaults(a, d="y") + defaults(1, c=0, b=a) + defaults(b=1, a=0)


def many(*values: int) -> int:
    return sum(values) + len(values)


def call_many(a: int, b: int, rest: list[int]) -> int:
    return many() + many(a) + many(a, b) + many(*rest)


def optional(a: int, b: int = None):
    if b is None:
        return a
    return a + b


def evens_up_to(n: int) -> list[int]:
    def evens():
        value = 0
        while True:
            yield value
            value += 2

    found = []
    for v in evens():
        if v > n:
            break
        found.append(v)
    return found


def fibonacci_below(n: int):
    a, b = 0, 1
    while a < n:
        yield a
        a, b = b, a + b


def sum_of_generator(n: int) -> int:
    return sum(v for v in fibonacci_below(n) if v % 2 == 0)


def grid_walk(rows: list[list[int]]) -> int:
    best = 0
    for i in range(len(rows)):
        for j in range(len(rows[i])):
            value = rows[i][j]
            if i > 0 and j < len(rows[i - 1]):
                value += rows[i - 1][j]
            best = max(best, value)
    return best


def hanoi(n: int) -> list[str]:
    moves = []

    def move(k: int, a: str, b: str, c: str) -> None:
        if k <= 0:
            return
        move(k - 1, a, c, b)
        moves.append(a + c)
        move(k - 1, b, a, c)

    move(min(n, 5), "A", "B", "C")
    return moves


def ackermann(m: int, n: int) -> int:
    if m <= 0:
        return n + 1
    if n <= 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def is_even(n: int) -> bool:
    return True if n == 0 else is_odd(abs(n) - 1)


def is_odd(n: int) -> bool:
    return False if n == 0 else is_even(abs(n) - 1)


def local_keywords(end: int, repeat: int) -> int:
    local = end * 2
    then = repeat + local
    nil = then - 1
    return nil


def conditional_variable(n: int) -> str:
    if n > 5:
        word = "big"
    elif n > 0:
        word = "small"
    else:
        word = "none"
    return word


def truth_values(n: int, text: str, values: list[int], x: float):
    return not n, not text, not values, not x, bool(n), bool(values)


def choose(n: int, text: str):
    a = n or 5
    b = text or "empty"
    c = n and n + 1
    d = text if text else "none"
    return a, b, c, d


def either(flag: bool, other: bool):
    return flag or other, flag and other, not flag, flag != other


def is_none(n: int):
    value = None if n > 3 else n
    return value is None, value is not None


def multiple_targets(n: int):
    a = b = c = n
    a += 1
    b -= 1
    return a, b, c


def walk_text(text: str) -> int:
    depth = deepest = 0
    for c in text:
        if c == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif c == ")":
            depth -= 1
    return deepest if depth == 0 else -1
