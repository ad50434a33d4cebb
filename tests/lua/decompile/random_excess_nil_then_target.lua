local b = y, nil
b[nil] = self
