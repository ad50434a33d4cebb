# SPDX-License-Identifier: MIT
"""Corners: names that Lua or the runtime has, lists that change, conditions that are values, formats."""

from string import ascii_lowercase
import math


def fizz(n: int) -> str:
    return (n % 3 == 0) * "Fizz" + (n % 5 == 0) * "Buzz" or str(n)


def rot(s: str) -> int:
    return sum(ascii_lowercase.index(c) for c in s if c in ascii_lowercase)


def lg(x: float) -> float:
    return math.log(x, 2) + math.log(x) + math.exp(-x)


def rnd(x: float, n: int) -> float:
    return round(x, n)


def orchain(a: str, b: str, c: str) -> str:
    return a or b or c


def two(xs: list[int]) -> int:
    s = 0
    for i in range(len(xs)):
        s += xs[i]
    for i in range(len(xs) - 1):
        s += xs[i + 1] * i
    return s


def shrink(xs: list[int]) -> list[int]:
    for x in xs:
        if x % 2:
            xs.remove(x)
    return xs


def shrink_index(xs: list[int]) -> int:
    t = 0
    for i in range(len(xs)):
        if xs[i] > 3:
            xs.pop()
        t += 1
    return t


def shadow(table: int, string: str, type: int, next: int) -> str:
    pairs = table + type
    error = string * 2
    return f"{pairs}{error}{next}"


def runtime_names(at: int, put: list[int], get: int, split: str):
    sum = at + get
    dict = {"a": sum}
    for sorted in put:
        sum += sorted
    return sum, dict, split.split(",")


def while_cond(xs: list[int]) -> int:
    n = 0
    while xs and xs[-1] > 2 and sum(x for x in xs) > 3:
        n += xs.pop()
    return n


def try_in_loop(xs: list[int], k: int) -> int:
    for i in range(10):
        try:
            return xs[i] // k
        except IndexError:
            k += 1
        finally:
            xs.append(i)
    return -1


def nested_fn(n: int) -> int:
    total = 0
    for i in range(n):
        def f(x):
            return x + i
        total += f(i)
    return total


def closure_loop(n: int) -> list[int]:
    fs = []
    for i in range(n):
        j = i * 2
        fs.append(lambda x: x + j)
    return [f(1) for f in fs]


def neg_index(xs: list[int], i: int):
    return xs[-1], xs[i - 1], xs[i:], xs[:-i] if i else 0


def int_float_eq(a: int, b: float) -> bool:
    return a == b or a < b


def str_mul(s: str, n: int) -> str:
    return s * n + n * s


def big(a: int, b: int) -> int:
    return (a * 10 ** 15) * b % 1000007


def floor_neg(a: float) -> float:
    return -a // 3 + a % -3 + -a % 3


def cmp_chain(a: int, b: int, c: int, d: int) -> bool:
    return a < b < c < d or a == b == c or not a <= b <= c


def ternary_none(x: int):
    return None if x > 3 else (x if x else False)


def bool_ret(x: int, s: str):
    return x and s, x or s, s and x, not (x and s)


def swap3(a: int, b: int, c: int):
    a, b, c = c, a, b
    return [a, b, c]


def dict_del_iter(d: dict[str, int]) -> int:
    t = 0
    for k in d:
        t += d[k]
        if t > 5:
            break
    else:
        t = -t
    return t


def multi_except(s: str, d: dict[str, int]) -> int:
    try:
        return d[s] // len(s)
    except (KeyError, ZeroDivisionError) as e:
        return -1
    except Exception:
        return -2


def default_expr(xs: list[int], k: int = -1, sep: str = ", ") -> str:
    return sep.join(str(x) for x in xs[:k])


def walrus_less(n: int) -> int:
    i = 0
    while True:
        i += 1
        if i % 2: continue
        if i > n: return i


def str_iter(s: str) -> int:
    n = 0
    for i, c in enumerate(s):
        if c == s[len(s) - 1 - i]:
            n += 1
    for i in range(len(s) - 1, -1, -1):
        n += ord(s[i])
    return n


def tuple_cmp(a: tuple[int, str], b: tuple[int, str]) -> bool:
    return a < b or a == b


def set_of_tuples(ps: list[tuple[int, int]]) -> int:
    s = {(a, b) for a, b in ps}
    s |= {(1, 2)}
    return len(s)


def gen_list(n: int) -> list[int]:
    def g():
        for i in range(n):
            yield i * i
    return list(g()) + [x for x in g() if x > 3]


def printf(x: float, n: int) -> str:
    return "%5.2f|%d|%s|%x" % (x, n, x, abs(n))


def floats(x: float) -> str:
    return f"{x} {x:.0f} {x:.3e} {x:g} {str(x)}"


def intdiv(a: int) -> int:
    return int(a / 3) + round(a / 4) + int(-a / 2)


def is_sub(a: list[int], b: list[int]) -> bool:
    it = 0
    for x in b:
        if it < len(a) and a[it] == x:
            it += 1
    return it == len(a)


def matrix(n: int, m: int) -> list[list[int]]:
    g = [[i * j for j in range(m)] for i in range(n)]
    for row in g:
        for j in range(len(row)):
            row[j] += 1
    return g


def aug(xs: list[list[int]]) -> list[list[int]]:
    for i in range(len(xs)):
        for j in range(len(xs[i])):
            xs[i][j] *= 2
            xs[i][j] -= i
    return xs


def ret_gen(n: int):
    return sum(i for i in range(n)), max((i % 3 for i in range(1, n + 2))), any(i > 2 for i in range(n))


def del_slice(xs: list[int]) -> list[int]:
    del xs[1:3]
    xs[:0] = [4]
    return xs


def recursion(n: int) -> int:
    return 0 if n <= 0 else 1 + recursion(n - 1)


def fmt(s: str, n: int) -> str:
    return f"{s!r} {n:>5}|{n:<4}|{s:*^9}|{n:,}"
