# SPDX-License-Identifier: MIT
"""Exceptions."""


class EmptyError(ValueError):
    """There is nothing."""


class LargeError(Exception):
    pass


def divide(a: int, b: int):
    try:
        return a // b
    except ZeroDivisionError:
        return None


def divide_or_raise(a: float, b: float) -> float:
    return a / b


def parse(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    return value


def first(values: list[int]) -> int:
    if not values:
        raise EmptyError("nothing there")
    if values[0] > 10:
        raise LargeError
    return values[0]


def first_or(values: list[int]) -> str:
    try:
        return str(first(values))
    except EmptyError as error:
        return f"empty: {error}"
    except LargeError:
        return "large"


def any_value_error(values: list[int]) -> str:
    try:
        return str(first(values))
    except ValueError as error:
        return str(error)


def with_else(table: dict[str, int], key: str) -> int:
    try:
        value = table[key]
    except KeyError:
        return -1
    else:
        value += 1
    return value


def with_finally(values: list[int], index: int) -> list[int]:
    seen = []
    try:
        seen.append(values[index])
    except IndexError:
        seen.append(-1)
    finally:
        seen.append(0)
    return seen


def finally_alone(n: int, seen: list[int]) -> int:
    try:
        return 10 // n
    finally:
        seen.append(n)


def several(n: int, values: list[int]) -> str:
    try:
        if n < 0:
            raise TypeError("negative")
        return str(values[n] // (n - 2))
    except (IndexError, TypeError) as error:
        return "index or type"
    except ArithmeticError:
        return "arithmetic"


def again(n: int) -> int:
    try:
        if n > 3:
            raise ValueError("too large")
        return n
    except ValueError:
        if n > 5:
            raise
        return 3


def nested(text: str) -> int:
    total = 0
    for part in text.split(","):
        try:
            try:
                total += int(part)
            except ValueError:
                total += len(part)
                if part == "b":
                    raise KeyError(part)
        except KeyError:
            total += 100
    return total


def checked(n: int) -> int:
    assert n > 0, "must be positive"
    return n


def not_there(values: list[str], word: str) -> int:
    try:
        return values.index(word)
    except ValueError:
        return -1


def catch_all(a: int, b: int, text: str):
    try:
        return a % b + int(text)
    except Exception:
        return "failed"


def converted(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def unpack_two(values: list[int]) -> int:
    a, b = values
    return a * b


def retry(values: list[int]) -> list[int]:
    results = []
    for v in values:
        try:
            results.append(100 // v)
        except ZeroDivisionError:
            results.append(0)
    return results


def replaced(n: int) -> int:
    try:
        return [1, 2, 3][n]
    except IndexError as error:
        raise ValueError("no such place") from error
