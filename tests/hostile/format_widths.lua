-- trick: widths and precisions of string.format that no buffer has
-- verdict: ok
-- layer: interpreter

for _, template in ipairs({ "%1000d", "%.1000f", "%99.99f", "%099.99f", "%-99.99s", "%#+- 099.99a", "%99999999999s" }) do
    print(pcall(string.format, template, 1e300))
end
