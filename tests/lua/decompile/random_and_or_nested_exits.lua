local a = (x or g and not e) and nil
f((x and not (g or not e)) or h)
(nil)[nil] = (x or not y and nil) and g
