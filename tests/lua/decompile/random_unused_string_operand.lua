x(y, "j" and z, "k" and w.z, 5 + ("l" and q))
return x, "m" and nil
