local t = {}
t:method_with_a_rather_long_name_that_is_more_than_forty_characters()
t["method-with-dash"](t)
t["end"](t)
t.x["y z"]:w()
