return a + b * c - d / e % f ^ g // h, (a + b) * c, a - (b - c), a - b - c, 2 ^ 3 ^ a, (2 ^ a) ^ 2, -a ^ 2, (-a) ^ 2, -(-a), not -a, -not a
