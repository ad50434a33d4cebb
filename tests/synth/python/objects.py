# SPDX-License-Identifier: MIT
"""Classes."""


class Point:
    """A point in the plane."""

    def __init__(self, x: int, y: int = 0):
        self.x = x
        self.y = y

    def moved(self, dx: int, dy: int) -> "Point":
        return Point(self.x + dx, self.y + dy)

    def distance(self, other: "Point") -> int:
        return abs(self.x - other.x) + abs(self.y - other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __str__(self):
        return f"({self.x}, {self.y})"

    def __lt__(self, other):
        return (self.x, self.y) < (other.x, other.y)


def move_point(x: int, y: int, dx: int):
    point = Point(x, y)
    other = point.moved(dx, 1)
    return point.distance(other), str(other), point == Point(x, y), point != other


def add_points(a: int, b: int) -> str:
    return str(Point(a, b) + Point(b)) + f"{Point(1)}"


def make_point(x: int, y: int) -> Point:
    return Point(x, y)


def lesser(a: int, b: int) -> str:
    one, two = Point(a, b), Point(b, a)
    return str(one if one < two else two)


def nearest(pairs: list[tuple[int, int]]) -> str:
    points = [Point(x, y) for x, y in pairs]
    if not points:
        return "none"
    origin = Point(0)
    best = min(points, key=lambda p: p.distance(origin))
    return str(best)


class Stack:
    limit = 5

    def __init__(self):
        self.items = []

    def push(self, item: int) -> None:
        if len(self.items) >= self.limit:
            raise OverflowError("full")
        self.items.append(item)

    def pop(self) -> int:
        return self.items.pop()

    def __len__(self):
        return len(self.items)

    @property
    def top(self) -> int:
        return self.items[-1]

    @staticmethod
    def double(n: int) -> int:
        return n * 2


def use_stack(values: list[int]):
    stack = Stack()
    for value in values:
        if value < 0 and stack:
            stack.pop()
        else:
            stack.push(Stack.double(value))
    return len(stack), stack.top if len(stack) > 0 else 0, stack.items


class Animal:
    def __init__(self, name: str):
        self.name = name

    def sound(self) -> str:
        return "..."

    def speak(self) -> str:
        return f"{self.name} says {self.sound()}"


class Dog(Animal):
    def __init__(self, name: str, age: int):
        super().__init__(name)
        self.age = age

    def sound(self) -> str:
        return "woof" * self.age


class Cat(Animal):
    def sound(self) -> str:
        return "meow"


def animals(name: str, age: int) -> str:
    return Dog(name, age).speak() + "; " + Cat(name).speak() + "; " + Animal(name).speak()


class Account:
    def __init__(self, balance: int = 0):
        self.balance = balance
        self.history = []

    def change(self, amount: int) -> bool:
        if self.balance + amount < 0:
            return False
        self.balance += amount
        self.history.append(amount)
        return True


def bank(amounts: list[int]):
    account = Account(10)
    done = [account.change(amount) for amount in amounts]
    return account.balance, account.history, done


class Node:
    def __init__(self, value: int, next_node=None):
        self.value = value
        self.next = next_node


def linked(values: list[int]) -> list[int]:
    head = None
    for value in values:
        head = Node(value, head)
    result = []
    node = head
    while node is not None:
        result.append(node.value)
        node = node.next
    return result


class Vector:
    def __init__(self, values: list[float]):
        self.values = values

    def __mul__(self, factor: float):
        return Vector([v * factor for v in self.values])

    def __getitem__(self, index: int) -> float:
        return self.values[index]

    def __call__(self, n: int) -> float:
        return sum(self.values) * n


def scaled(values: list[float], factor: float):
    vector = Vector(values) * factor
    return vector.values, vector(2), vector[0] if values else 0.0


class Matrix:
    def __init__(self, size: int):
        self.size = size
        self.rows = [[0] * size for _ in range(size)]

    def fill(self, start: int) -> "Matrix":
        for i in range(self.size):
            for j in range(self.size):
                self.rows[i][j] = start + i * self.size + j
        return self

    def trace(self) -> int:
        return sum(self.rows[i][i] for i in range(self.size))


def trace(size: int, start: int) -> int:
    return Matrix(size).fill(start).trace()
