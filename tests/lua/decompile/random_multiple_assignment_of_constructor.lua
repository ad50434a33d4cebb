self, ({[nil] = y})[nil] = nil
