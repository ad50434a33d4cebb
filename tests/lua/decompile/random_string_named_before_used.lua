f("two words" and nil)
b[{[t] = "two words"}] = nil
