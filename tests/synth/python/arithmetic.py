# SPDX-License-Identifier: MIT
"""Functions over numbers."""

import math
from math import isqrt

PHI = 1.618
LIMIT = 1000


def gcd(a: int, b: int) -> int:
    """The greatest common divisor.

    >>> gcd(12, 18)
    6
    """
    while b:
        a, b = b, a % b
    return a


def lcm(a: int, b: int) -> int:
    if a == 0 or b == 0:
        return 0
    return abs(a * b) // gcd(a, b)


def floor_and_rest(a: int, b: int) -> tuple[int, int]:
    return a // b, a % b


def float_floor(a: float, b: float) -> float:
    return a // b


def float_rest(a: float, b: float) -> float:
    return a % b


def mixed(a: int, b: float):
    return a // b + a % b


def both_divisions(a: int, b: int):
    quotient, rest = divmod(a, b)
    return quotient * b + rest == a, quotient, rest


def true_division(a: int, b: int) -> float:
    return a / b


def halves(n: int):
    return n / 2, n // 2, n % 2, -n // 2, -n % 2


def power(base: int, exponent: int):
    result = 1
    for _ in range(exponent):
        result *= base
    return result


def square_or_cube(n: int, cube: bool = False) -> int:
    return n ** 3 if cube else n ** 2


def float_power(x: float) -> float:
    return x ** 2 + x ** 0.5 if x >= 0 else x ** 3


def negative_power(n: int):
    return n ** -1


def is_prime(n: int) -> bool:
    if n < 2:
        return False
    for d in range(2, isqrt(n) + 1):
        if n % d == 0:
            return False
    return True


def primes_below(n: int) -> list[int]:
    sieve = [True] * max(n, 2)
    found = []
    for i in range(2, n):
        if sieve[i]:
            found.append(i)
            for j in range(i * i, n, i):
                sieve[j] = False
    return found


def factors(n: int) -> list[int]:
    found = []
    d = 2
    while n > 1:
        while n % d == 0:
            found.append(d)
            n //= d
        d += 1
    return found


def collatz(n: int) -> int:
    steps = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def digits_sum(n: int) -> int:
    n = abs(n)
    total = 0
    while n:
        total += n % 10
        n //= 10
    return total


def reverse_digits(n: int) -> int:
    sign = -1 if n < 0 else 1
    result = 0
    rest = abs(n)
    while rest > 0:
        result = result * 10 + rest % 10
        rest //= 10
    return sign * result


def is_perfect(n: int) -> bool:
    return n > 1 and sum(d for d in range(1, n) if n % d == 0) == n


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def fibonacci_again(n: int) -> int:
    return n if n < 2 else fibonacci_again(n - 1) + fibonacci_again(n - 2)


def factorial(n: int) -> int:
    if n < 0:
        raise ValueError("negative")
    return 1 if n == 0 else n * factorial(n - 1)


def binomial(n: int, k: int) -> int:
    if k < 0 or k > n:
        return 0
    result = 1
    for i in range(min(k, n - k)):
        result = result * (n - i) // (i + 1)
    return result


def clamp(x: float, low: float = 0.0, high: float = 1.0) -> float:
    return max(low, min(high, x))


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def variance(values: list[float]) -> float:
    middle = mean(values)
    return sum((v - middle) ** 2 for v in values) / len(values)


def hypotenuse(a: float, b: float) -> float:
    return math.sqrt(a * a + b * b)


def celsius(fahrenheit: float) -> float:
    return round((fahrenheit - 32) * 5 / 9, 1)


def rounded(x: float):
    return round(x), int(x), math.floor(x), math.ceil(x)


def bits(n: int) -> int:
    count = 0
    while n > 0:
        count += n & 1
        n >>= 1
    return count


def bit_tricks(a: int, b: int):
    return a & b, a | b, a ^ b, ~a, a << 2, a >> 1


def shifts(a: int, n: int):
    return a << n, a >> n


def sign(n: int) -> int:
    return (n > 0) - (n < 0)


def count_true(a: bool, b: bool, c: bool) -> int:
    return a + b + c


def between(a: int, b: int, c: int) -> bool:
    return a < b <= c


def ordered(a: int, b: int, c: int) -> bool:
    return a <= b <= c or a >= b >= c


def to_binary(n: int) -> str:
    if n == 0:
        return "0"
    digits = ""
    while n > 0:
        digits = str(n % 2) + digits
        n //= 2
    return digits


def bases(n: int):
    return bin(n), hex(n), oct(n)


def from_text(text: str) -> int:
    return int(text)


def float_from_text(text: str) -> float:
    return float(text) * 2


def newton(n: float, steps: int = 6) -> float:
    if n <= 0:
        return 0.0
    guess = n
    for _ in range(steps):
        guess = (guess + n / guess) / 2
    return guess


def modular_power(base: int, exponent: int, modulus: int) -> int:
    result = 1
    base %= modulus
    while exponent > 0:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


def overflowing(n: int) -> int:
    product = 1
    for i in range(1, n + 1):
        product *= i * i
    return product


def triangle_kind(a: int, b: int, c: int) -> str:
    if a <= 0 or b <= 0 or c <= 0 or a + b <= c or b + c <= a or a + c <= b:
        return "none"
    elif a == b == c:
        return "equilateral"
    elif a == b or b == c or a == c:
        return "isosceles"
    return "scalene"


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def close(a: float, b: float, tolerance: float = 1e-9) -> bool:
    return abs(a - b) <= tolerance * max(abs(a), abs(b), 1.0)


def infinite(x: float):
    return x < math.inf, x > float("-inf"), math.isnan(x)
