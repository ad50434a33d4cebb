local v4 = "s100" and nil
(nil)[nil] = nil and x

