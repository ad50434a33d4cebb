-- trick: environment variables of the caller
-- verdict: ok
-- layer: runner

for _, name in ipairs({ "AIDEC_SECRET", "PATH", "HOME", "USER" }) do
    if os.getenv(name) then print("BROKEN", os.getenv(name)) end
end
