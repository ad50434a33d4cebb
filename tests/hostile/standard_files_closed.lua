-- trick: closing the standard files, and using them
-- verdict: error
-- layer: interpreter

for _, file in ipairs({ io.stdin, io.stdout, io.stderr }) do
    print(pcall(file.close, file))
end
print(pcall(io.close))
io.output():close()
print("still here")
io.input():close()
print(pcall(io.read))
error("the end")
