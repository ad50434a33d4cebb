return {1}, {1, 2}, {a}, {a, b}, {f()}, {f(), g()}, {(f())}, {...}, {nil}, {nil, 1}, {1, nil}, {nil, nil}, {true, false}, {"a", "b"}, {1, f()}, {f(), 1}
