#!/usr/bin/env lua5.3
print("line 2")
error("line 3")
