-- 100 functions, each written for one construct of Lua. make.py makes constructs.jsonl of them, a task for each:
--
--     --- name: the construct
--     --> name(1, 2) == 3          a test: a call, and what it returns; without == it is what the function returns
--     --! old => new               a change that makes the function wrong, so that a test fails

-- Expressions

--- arithmetic: + - * on numbers
--> arithmetic(2, 3) == 1
--> arithmetic(0, 0) == 0
--> arithmetic(-4, 10) == -46
--> arithmetic(0.5, 2) == -1.5
--! a * b => a + b
function arithmetic(a, b)
    return a * b - (a + b)
end

--- integer_division: // rounds down
--> integer_division(7, 2) == 3
--> integer_division(-7, 2) == -4
--> integer_division(7, -2) == -4
--> integer_division(7.5, 2) == 3.0
--! a // b => a / b
function integer_division(a, b)
    return a // b
end

--- modulo: % has the sign of the divisor
--> modulo(7, 3) == 1
--> modulo(-7, 3) == 2
--> modulo(7, -3) == -2
--> modulo(5.5, 2) == 1.5
--! % => //
function modulo(a, b)
    return a % b
end

--- float_division: / gives a float
--> float_division(7, 2) == 3.5
--> float_division(6, 3) == 2.0
--> float_division(1, 0) == 1/0
--! total / count => total // count
function float_division(total, count)
    return total / count
end

--- power: ^ is right associative, and gives a float
--> power(2, 3) == 512.0
--> power(3, 2) == 81.0
--> power(2, 0) == 2.0
--! base ^ exponent ^ 2 => (base ^ exponent) ^ 3
function power(base, exponent)
    if exponent == 0 then return base * 1.0 end
    return base ^ exponent ^ 2
end

--- bit_mask: & | ~
--> bit_mask(12, 10) == 8, 14, 6
--> bit_mask(-1, 255) == 255, -1, -256
--> bit_mask(0, 5) == 0, 5, 5
--! a ~ b => a & ~b
function bit_mask(a, b)
    return a & b, a | b, a ~ b
end

--- bit_shift: << >>
--> bit_shift(1, 4) == 16, 0
--> bit_shift(256, 4) == 4096, 16
--> bit_shift(-1, 60) == -(1 << 60), 15
--! value >> count => value << count
function bit_shift(value, count)
    return value << count, value >> count
end

--- bit_not: ~ as unary operator
--> bit_not(0) == -1
--> bit_not(5) == -6
--> bit_not(-1) == 0
--! ~value => -value
function bit_not(value)
    return ~value
end

--- concat_chain: .. of many values, in one instruction
--> concat_chain("a", 1) == "<a=1>"
--> concat_chain("x", "y") == "<x=y>"
--> concat_chain("", 2.5) == "<=2.5>"
--! "<" .. name => name .. "<"
function concat_chain(name, value)
    return "<" .. name .. "=" .. value .. ">"
end

--- length: # of strings and of tables
--> length("hello", {1, 2}) == 7
--> length("", {}) == 0
--> length("a\0b", {3}) == 4
--! #text + => #text -
function length(text, list)
    return #text + #list
end

--- comparison: < <= > >=
--> comparison(1, 2) == "less"
--> comparison(2, 2) == "equal"
--> comparison(3, 2) == "greater"
--> comparison("b", "a") == "greater"
--! a < b => a <= b
function comparison(a, b)
    if a < b then return "less" end
    if a >= b and a <= b then return "equal" end
    if a > b then return "greater" end
end

--- equality: == between types
--> equality(1, 1.0) == true
--> equality(1, "1") == false
--> equality(nil, false) == false
--> equality("a", "a") == true
--! a == b => a ~= b
function equality(a, b)
    return a == b
end

--- logic_value: and, or as values
--> logic_value(true, "x", "y") == "x"
--> logic_value(false, "x", "y") == "y"
--> logic_value(nil, 1, 2) == 2
--> logic_value(1, false, "other") == "other"
--! a and b or c => a or b and c
function logic_value(a, b, c)
    return a and b or c
end

--- logic_nested: and, or and not, nested
--> logic_nested(1, nil, 3) == 3
--> logic_nested(nil, nil, 3) == 3
--> logic_nested(1, 2, nil) == 2
--> logic_nested(nil, 2, false) == nil
--! not a => a
function logic_nested(a, b, c)
    return (a and b) or (not a and c) or (a and c)
end

--- logic_condition: and, or in a condition
--> logic_condition(5, 1, 10) == true
--> logic_condition(0, 1, 10) == false
--> logic_condition(11, 1, 10) == false
--> logic_condition(-1, 1, 10) == true
--! value >= low and => value >= low or
function logic_condition(value, low, high)
    if value >= low and value <= high or value == -1 then
        return true
    end
    return false
end

--- short_circuit: what is not evaluated
--> short_circuit(true) == 1
--> short_circuit(false) == 0
--> short_circuit(nil) == 0
--! flag and count() => count() and flag
function short_circuit(flag)
    local calls = 0
    local function count()
        calls = calls + 1
        return true
    end
    local _ = flag and count()
    return calls
end

--- integer_and_float: when integers become floats
--> integer_and_float(3) == 3, 3.0, 1.5
--> integer_and_float(2.0) == 2.0, 2.0, 1.0
--> integer_and_float(0) == 0, 0.0, 0.0
--! n + 0.0 => n + 0
function integer_and_float(n)
    return n + 0, n + 0.0, n / 2
end

--- string_to_number: arithmetic on strings
--> string_to_number("10", 5) == 15.0
--> string_to_number("0x10", 1) == 17.0
--> string_to_number("1.5", 1) == 2.5
--> string_to_number("x", 1)
--! a + b => a .. b
function string_to_number(a, b)
    return a + b
end

--- precedence: operators without parentheses
--> precedence(2, 3, 4) == 14
--> precedence(1, 1, 1) == 2
--> precedence(-2, 3, 2) == 4
--! a + b * c => (a + b) * c
function precedence(a, b, c)
    return a + b * c
end

--- constants: numbers of all kinds
--> constants(1) == 255
--> constants(2) == math.maxinteger
--> constants(3) == 1e100
--> constants(4) == 0.1
--> constants(5) == "a\n\"\\\0z"
--! 0xFF => 0xFE
function constants(index)
    local list = { 0xFF, 9223372036854775807, 1e100, .1, "a\n\"\\\0z" }
    return list[index]
end

-- Variables and assignment

--- multiple_assignment: more variables than values
--> multiple_assignment(1, 2) == 2, 1, nil
--> multiple_assignment("a", "b") == "b", "a", nil
--> multiple_assignment(nil, 1) == 1, nil, nil
--! b, a => a, b
function multiple_assignment(a, b)
    local x, y, z
    x, y, z = b, a
    return x, y, z
end

--- swap: an assignment that exchanges
--> swap({1, 2, 3}, 1, 3) == {3, 2, 1}
--> swap({"a", "b"}, 1, 2) == {"b", "a"}
--> swap({5}, 1, 1) == {5}
--! list[i], list[j] = list[j], list[i] => list[i] = list[j]; list[j] = list[i]
function swap(list, i, j)
    list[i], list[j] = list[j], list[i]
    return list
end

--- assignment_order: all is evaluated before anything is assigned
--> assignment_order(1) == 2, {nil, 7}
--> assignment_order(2) == 3, {nil, nil, 7}
--> assignment_order(0) == 1, {7}
--! i, list[i + 1] = i + 1, 7 => i = i + 1; list[i + 1] = 7
function assignment_order(i)
    local list = {}
    i, list[i + 1] = i + 1, 7
    return i, list
end

--- shadowing: locals with the name of others
--> shadowing(1) == 10, 1
--> shadowing(0) == 0, 0
--> shadowing(5) == 50, 5
--! local x = x * 10 => x = x * 10
function shadowing(x)
    local inner
    do
        local x = x * 10
        inner = x
    end
    return inner, x
end

--- uninitialised_local: a local without a value is nil again in each turn
--> uninitialised_local(3) == "nil,nil,nil"
--> uninitialised_local(1) == "nil"
--> uninitialised_local(0) == ""
--! local last => last = last
function uninitialised_local(n)
    local seen = {}
    for i = 1, n do
        local last
        seen[i] = tostring(last)
        last = i
    end
    return table.concat(seen, ",")
end

--- global_variable: a global that is read and written
--> global_variable(5) == 5
--> global_variable(2) == 7
--> global_variable(0) == 7
--! total = (total or 0) + n => local total = (total or 0) + n
function global_variable(n)
    total = (total or 0) + n
    return total
end

--- environment: _ENV as a local variable
--> environment({x = 1}) == 1, 2
--> environment({}) == nil, 2
--> environment({x = "a", y = 3}) == "a", 2
--! y = 2 => local y = 2
function environment(_ENV)
    local before = x
    y = 2
    return before, _ENV.y
end

-- Conditions

--- if_else: two branches
--> if_else(4) == "even"
--> if_else(7) == "odd"
--> if_else(-3) == "odd"
--! == 0 => ~= 0
function if_else(n)
    if n % 2 == 0 then
        return "even"
    else
        return "odd"
    end
end

--- elseif_chain: many branches
--> elseif_chain(95) == "A"
--> elseif_chain(80) == "B"
--> elseif_chain(79) == "C"
--> elseif_chain(0) == "F"
--! points >= 80 => points > 80
function elseif_chain(points)
    local grade
    if points >= 90 then
        grade = "A"
    elseif points >= 80 then
        grade = "B"
    elseif points >= 60 then
        grade = "C"
    else
        grade = "F"
    end
    return grade
end

--- if_nested: a condition in a condition
--> if_nested(1, 1) == 1
--> if_nested(-1, 1) == 2
--> if_nested(-1, -1) == 3
--> if_nested(1, -1) == 4
--! return 2 => return 4
function if_nested(x, y)
    if y > 0 then
        if x > 0 then return 1 else return 2 end
    else
        if x < 0 then return 3 end
    end
    return 4
end

--- early_return: a return in the middle
--> early_return({3, 8, 12}, 8) == 2
--> early_return({3}, 4) == nil
--> early_return({}, 1) == nil
--> early_return({5, 5}, 5) == 1
--! return i => return value
function early_return(list, wanted)
    for i, value in ipairs(list) do
        if value == wanted then
            return i
        end
    end
    return nil
end

-- Loops

--- while_loop: a test at the top
--> while_loop(48, 18) == 6
--> while_loop(7, 0) == 7
--> while_loop(0, 5) == 5
--> while_loop(13, 5) == 1
--! b ~= 0 => b > 1
function while_loop(a, b)
    while b ~= 0 do
        a, b = b, a % b
    end
    return a
end

--- while_true: a loop that ends by break
--> while_true(6) == 8
--> while_true(1) == 0
--> while_true(27) == 111
--! n * 3 + 1 => n * 3 - 1
function while_true(n)
    local steps = 0
    while true do
        if n == 1 or steps > 1000 then break end
        if n % 2 == 0 then n = n // 2 else n = n * 3 + 1 end
        steps = steps + 1
    end
    return steps
end

--- repeat_until: a test at the bottom
--> repeat_until(0) == 1
--> repeat_until(9) == 1
--> repeat_until(10) == 2
--> repeat_until(12345) == 5
--! until n == 0 => until n <= 9
function repeat_until(n)
    local digits = 0
    repeat
        n = n // 10
        digits = digits + 1
    until n == 0
    return digits
end

--- repeat_local: a test that sees the locals of the body
--> repeat_local({1, 2, 0, 4}) == 3
--> repeat_local({0}) == 1
--> repeat_local({5}) == 2
--! until value == 0 or => until
function repeat_local(list)
    local i = 0
    repeat
        i = i + 1
        local value = list[i]
    until value == 0 or value == nil
    return i
end

--- repeat_closure: a loop whose local is captured, and tested
--> repeat_closure(3) == 6
--> repeat_closure(1) == 1
--> repeat_closure(0) == 1
--! sum + f() => sum - f()
function repeat_closure(n)
    local functions, i = {}, 0
    repeat
        i = i + 1
        local mine = i
        functions[i] = function() return mine end
    until mine >= n
    local sum = 0
    for _, f in ipairs(functions) do sum = sum + f() end
    return sum
end

--- numeric_for: a loop over integers
--> numeric_for(4) == 10
--> numeric_for(1) == 1
--> numeric_for(0) == 0
--> numeric_for(100) == 5050
--! for i = 1, n => for i = 2, n
function numeric_for(n)
    local sum = 0
    for i = 1, n do
        sum = sum + i
    end
    return sum
end

--- for_step: a step that is not 1
--> for_step(10, 1) == "10 7 4 1 "
--> for_step(3, 3) == "3 "
--> for_step(1, 2) == ""
--! -3 => -2
function for_step(from, to)
    local text = ""
    for i = from, to, -3 do
        text = text .. i .. " "
    end
    return text
end

--- for_float: a loop over floats
--> for_float(1, 0.25) == 5, 2.5
--> for_float(0, 1) == 1, 0.0
--> for_float(2, 0.5) == 5, 5.0
--! sum = sum + x => sum = sum + 1
function for_float(limit, step)
    local count, sum = 0, 0
    for x = 0.0, limit, step do
        count = count + 1
        sum = sum + x
    end
    return count, sum
end

--- for_changed_variable: the variable of a loop is a copy
--> for_changed_variable(3) == "2,3,4,"
--> for_changed_variable(1) == "2,"
--> for_changed_variable(0) == ""
--! i = i + 1 => i = i + 2
function for_changed_variable(n)
    local text = ""
    for i = 1, n do
        i = i + 1
        text = text .. i .. ","
    end
    return text
end

--- for_nested: a loop in a loop
--> for_nested(2, 3) == "11 12 13 21 22 23 "
--> for_nested(1, 1) == "11 "
--> for_nested(0, 5) == ""
--! for j = 1, columns => for j = i, columns
function for_nested(rows, columns)
    local text = ""
    for i = 1, rows do
        for j = 1, columns do
            text = text .. i .. j .. " "
        end
    end
    return text
end

--- break_inner: a break that ends the inner loop alone
--> break_inner({{1, 2, 0, 4}, {5, 0}, {0}}) == 8
--> break_inner({{1, 1}, {1}}) == 3
--> break_inner({}) == 0
--! if value == 0 then break end => if value == 0 then return sum end
function break_inner(rows)
    local sum = 0
    for _, row in ipairs(rows) do
        for _, value in ipairs(row) do
            if value == 0 then break end
            sum = sum + value
        end
    end
    return sum
end

--- goto_continue: goto as continue
--> goto_continue(10) == 25
--> goto_continue(1) == 1
--> goto_continue(4) == 4
--! i % 2 == 0 => i % 2 == 1
function goto_continue(n)
    local sum = 0
    for i = 1, n do
        if i % 2 == 0 then goto continue end
        sum = sum + i
        ::continue::
    end
    return sum
end

--- goto_loop: a loop made of goto
--> goto_loop(5) == 120
--> goto_loop(1) == 1
--> goto_loop(0) == 1
--! product * n => product + n
function goto_loop(n)
    local product = 1
    ::again::
    if n > 1 then
        product = product * n
        n = n - 1
        goto again
    end
    return product
end

--- goto_out: goto out of nested loops
--> goto_out({{1, 2}, {3, 4}}, 3) == 2, 1
--> goto_out({{1, 2}, {3, 4}}, 2) == 1, 2
--> goto_out({{1}}, 9) == nil, nil
--! row, column = i, j => row, column = j, i
function goto_out(matrix, wanted)
    local row, column
    for i = 1, #matrix do
        for j = 1, #matrix[i] do
            if matrix[i][j] == wanted then
                row, column = i, j
                goto found
            end
        end
    end
    ::found::
    return row, column
end

--- pairs_loop: a loop over all keys
--> pairs_loop({a = 1, b = 2, 3}) == 6, 3
--> pairs_loop({}) == 0, 0
--> pairs_loop({[true] = 10}) == 10, 1
--! sum + value => sum - value
function pairs_loop(t)
    local sum, count = 0, 0
    for _, value in pairs(t) do
        sum, count = sum + value, count + 1
    end
    return sum, count
end

--- ipairs_loop: a loop over a list, up to the first nil
--> ipairs_loop({1, 2, nil, 4}) == 2
--> ipairs_loop({}) == 0
--> ipairs_loop({"a", "b", "c"}) == 3
--! count + 1 => count + 2
function ipairs_loop(list)
    local count = 0
    for _ in ipairs(list) do
        count = count + 1
    end
    return count
end

--- stateless_iterator: an iterator without a state
--> stateless_iterator(4) == "1 4 9 16 "
--> stateless_iterator(0) == ""
--> stateless_iterator(1) == "1 "
--! i < limit => i <= limit
function stateless_iterator(n)
    local function squares(limit, i)
        if i < limit then
            return i + 1, (i + 1) * (i + 1)
        end
    end
    local text = ""
    for _, square in squares, n, 0 do
        text = text .. square .. " "
    end
    return text
end

--- closure_iterator: an iterator that keeps its state in upvalues
--> closure_iterator({3, 1, 2}) == "2 1 3 "
--> closure_iterator({}) == ""
--> closure_iterator({"x"}) == "x "
--! i = i - 1 => i = i - 2
function closure_iterator(list)
    local function backwards(values)
        local i = #values + 1
        return function()
            i = i - 1
            return values[i]
        end
    end
    local text = ""
    for value in backwards(list) do
        text = text .. value .. " "
    end
    return text
end

-- Functions

--- multiple_results: a function of many results
--> multiple_results({4, 1, 3}) == 1, 4
--> multiple_results({5}) == 5, 5
--> multiple_results({}) == nil, nil
--> multiple_results({-1, -2}) == -2, -1
--! return low, high => return high, low
function multiple_results(list)
    local low, high = list[1], list[1]
    for i = 2, #list do
        if list[i] < low then low = list[i] end
        if list[i] > high then high = list[i] end
    end
    return low, high
end

--- cut_results: parentheses and places cut results
--> cut_results(1, 2, 3) == 1, 1, 1, 2, 3
--> cut_results("a") == "a", "a", "a"
--> cut_results(nil, 5) == nil, nil, nil, 5
--! (all()), all() => all(), (all())
function cut_results(...)
    local values = table.pack(...)
    local function all() return table.unpack(values, 1, values.n) end
    local first = all()
    return first, (all()), all()
end

--- vararg_count: how many arguments there are
--> vararg_count() == 0
--> vararg_count(nil, nil) == 2
--> vararg_count(1, 2, 3) == 3
--! select("#", ...) => #{...}
function vararg_count(...)
    return select("#", ...)
end

--- vararg_loop: each of the arguments
--> vararg_loop(1, 2, 3) == 6
--> vararg_loop() == 0
--> vararg_loop(10, -10, 5) == 5
--! sum + (select(i, ...)) => sum - (select(i, ...))
function vararg_loop(...)
    local sum = 0
    for i = 1, select("#", ...) do
        sum = sum + (select(i, ...))
    end
    return sum
end

--- vararg_passed_on: arguments that are handed on
--> vararg_passed_on(math.max, 3, 9, 4) == 9
--> vararg_passed_on(select, "#", 1, 2) == 2
--> vararg_passed_on(string.rep, "ab", 3) == "ababab"
--! f(...) => f(..., nil)
function vararg_passed_on(f, ...)
    return f(...)
end

--- vararg_in_table: arguments in a table constructor
--> vararg_in_table(1, 2) == {0, 1, 2}, 1
--> vararg_in_table() == {0}, nil
--> vararg_in_table("x", nil, "y") == {0, "x", nil, "y"}, "x"
--! { 0, ... } => { ..., 0 }
function vararg_in_table(...)
    local list = { 0, ... }
    local first = ...
    return list, first
end

--- recursion: a function that calls itself
--> recursion(10) == 55
--> recursion(1) == 1
--> recursion(0) == 0
--! n - 2 => n - 3
function recursion(n)
    if n < 2 then return math.max(n, 0) end
    return recursion(n - 1) + recursion(n - 2)
end

--- local_recursion: a local function that calls itself
--> local_recursion({1, {2, {3}}, 4}) == 10
--> local_recursion({}) == 0
--> local_recursion({{{{7}}}}) == 7
--! sum + total(value) => sum + #value
function local_recursion(list)
    local function total(values)
        local sum = 0
        for _, value in ipairs(values) do
            sum = type(value) == "table" and sum + total(value) or sum + value
        end
        return sum
    end
    return total(list)
end

--- mutual_recursion: two functions that call each other
--> mutual_recursion(10) == true
--> mutual_recursion(7) == false
--> mutual_recursion(0) == true
--! return n ~= 0 and => return n == 0 or
function mutual_recursion(n)
    local is_odd
    local function is_even(n)
        return n == 0 or is_odd(n - 1)
    end
    function is_odd(n)
        return n ~= 0 and is_even(n - 1)
    end
    return is_even(n)
end

--- tail_call: calls that leave nothing on the stack
--> tail_call(100000, 0) == 5000050000
--> tail_call(3, 1) == 7
--> tail_call(0, 9) == 9
--! sum + n => sum + 1
function tail_call(n, sum)
    if n == 0 then return sum end
    return tail_call(n - 1, sum + n)
end

--- function_argument: a function as an argument
--> function_argument({1, 2, 3}, function(x) return x * x end) == {1, 4, 9}
--> function_argument({}, print) == {}
--> function_argument({"a"}, string.upper) == {"A"}
--! f(value) => value
function function_argument(list, f)
    local made = {}
    for i, value in ipairs(list) do
        made[i] = f(value)
    end
    return made
end

--- called_at_once: a function that is called where it is written
--> called_at_once(2) == 5
--> called_at_once(0) == 1
--> called_at_once(-3) == 10
--! x * x + 1 => x * x - 1
function called_at_once(n)
    return (function(x) return x * x + 1 end)(n)
end

--- table_argument: calls with a table, and with a string, without parentheses
--> table_argument("a") == "a:2"
--> table_argument("") == ":2"
--> table_argument("x y") == "x y:2"
--! count { 1, 2 } => count { 1 }
function table_argument(name)
    local function count(t) return #t end
    local function same(text) return text end
    return name .. same ":" .. count { 1, 2 }
end

-- Closures

--- counter: an upvalue that changes
--> counter(3) == 3
--> counter(0) == 0
--> counter(10) == 10
--! count = count + 1 => local count = count + 1
function counter(n)
    local count = 0
    local function step() count = count + 1 end
    for _ = 1, n do step() end
    return count
end

--- shared_upvalue: two functions that share a variable
--> shared_upvalue(5, 3) == 8
--> shared_upvalue(0, 0) == 0
--> shared_upvalue(1, -4) == -3
--! local function get() return value end => local function get() return start end
function shared_upvalue(start, change)
    local value = start
    local function add(n) value = value + n end
    local function get() return value end
    add(change)
    return get()
end

--- upvalue_in_loop: a new variable in each turn
--> upvalue_in_loop(3) == "1 2 3 "
--> upvalue_in_loop(0) == ""
--> upvalue_in_loop(1) == "1 "
--! function() return i end => function() return n end
function upvalue_in_loop(n)
    local functions = {}
    for i = 1, n do
        functions[i] = function() return i end
    end
    local text = ""
    for _, f in ipairs(functions) do text = text .. f() .. " " end
    return text
end

--- upvalue_of_upvalue: a variable of a function further out
--> upvalue_of_upvalue(2) == 12
--> upvalue_of_upvalue(0) == 10
--> upvalue_of_upvalue(-1) == 9
--! base + n => n
function upvalue_of_upvalue(n)
    local base = 10
    local function outer()
        return function() return base + n end
    end
    return outer()()
end

--- parameter_as_upvalue: a parameter that is captured and changed
--> parameter_as_upvalue(1) == 2, 3
--> parameter_as_upvalue(0) == 1, 2
--> parameter_as_upvalue(-5) == -4, -3
--! n = n + 1 return n => return n + 1
function parameter_as_upvalue(n)
    local function next_one() n = n + 1 return n end
    local first = next_one()
    return first, next_one()
end

--- memoize: a table that a closure keeps
--> memoize(4) == 16, 16, 1
--> memoize(0) == 0, 0, 1
--> memoize("2") == 4.0, 4.0, 1
--! known[x] = => known[0] =
function memoize(n)
    local known, calls = {}, 0
    local function square(x)
        if known[x] == nil then
            calls = calls + 1
            known[x] = x * x
        end
        return known[x]
    end
    local first = square(n)
    return first, square(n), calls
end

--- compose: a function made of two others
--> compose(3) == 8
--> compose(0) == 2
--> compose(-1) == 0
--! f(g(x)) => g(f(x))
function compose(n)
    local function composed(f, g)
        return function(x) return f(g(x)) end
    end
    local function double(x) return x * 2 end
    local function increment(x) return x + 1 end
    return composed(double, increment)(n)
end

-- Tables

--- record_constructor: fields with names
--> record_constructor(1, 2) == {x = 1, y = 2, kind = "point"}
--> record_constructor(nil, 0) == {y = 0, kind = "point"}
--> record_constructor("a", "b") == {x = "a", y = "b", kind = "point"}
--! y = y => y = x
function record_constructor(x, y)
    return { x = x, y = y, kind = "point" }
end

--- mixed_constructor: items, fields and computed keys
--> mixed_constructor("k", 5) == {1, 2, k = 5, [10] = 3}
--> mixed_constructor(1, 0) == {1, 2, [10] = 3}
--> mixed_constructor("", "") == {1, 2, [""] = "", [10] = 3}
--! [10] = 3 => [11] = 3
function mixed_constructor(key, value)
    return { [key] = value, 1, [10] = 3, 2 }
end

--- constructor_with_call: a last item that has many values
--> constructor_with_call("a,b,c") == {0, "a", "b", "c"}
--> constructor_with_call("x,y,z") == {0, "x", "y", "z"}
--> constructor_with_call("none") == {0}
--! text:match("(%w),(%w),(%w)") } => (text:match("(%w),(%w),(%w)")) }
function constructor_with_call(text)
    return { 0, text:match("(%w),(%w),(%w)") }
end

--- long_constructor: more items than are stored at once
--> long_constructor(1) == 1
--> long_constructor(50) == 50
--> long_constructor(51) == 51
--> long_constructor(60) == 60
--> long_constructor(61) == nil
--! 50, 51, => 51, 50,
function long_constructor(index)
    local list = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
        31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60,
    }
    return list[index]
end

--- nested_table: fields of fields
--> nested_table({a = {b = {c = 5}}}) == 5
--> nested_table({a = {b = {}}}) == nil
--> nested_table({a = {}})
--! t.a.b.c => t.a.c
function nested_table(t)
    return t.a.b.c
end

--- field_assignment: fields that are set, and removed
--> field_assignment({x = 1, y = 2}) == {x = 2, z = 3}
--> field_assignment({x = -1}) == {x = 0, z = 3}
--> field_assignment({x = 1.5, y = {}}) == {x = 2.5, z = 3}
--! t.y = nil => t.y = false
function field_assignment(t)
    t.x = t.x + 1
    t.y = nil
    t["z"] = 3
    return t
end

--- table_as_set: keys that are members
--> table_as_set({"a", "b", "a"}) == 2, {a = true, b = true}
--> table_as_set({}) == 0, {}
--> table_as_set({1, 1, 1}) == 1, {true}
--! if not seen[value] then => if seen[value] then
function table_as_set(list)
    local seen, count = {}, 0
    for _, value in ipairs(list) do
        if not seen[value] then
            seen[value] = true
            count = count + 1
        end
    end
    return count, seen
end

--- sort_with_function: sorting by a comparison
--> sort_with_function({"ccc", "a", "bb"}) == {"a", "bb", "ccc"}
--> sort_with_function({"xx", "y"}) == {"y", "xx"}
--> sort_with_function({}) == {}
--! #a < #b => #a > #b
function sort_with_function(list)
    table.sort(list, function(a, b) return #a < #b end)
    return list
end

--- unpacked: the items of a table as values
--> unpacked({1, 2, 3}) == 2, 3
--> unpacked({1}) == nil, nil
--> unpacked({nil, 5, nil}) == 5, nil
--! list, 2, 3 => list, 1, 2
function unpacked(list)
    return table.unpack(list, 2, 3)
end

--- matrix: tables in a table
--> matrix({{1, 2}, {3, 4}}) == {{1, 3}, {2, 4}}
--> matrix({{5}}) == {{5}}
--> matrix({{1, 2, 3}}) == {{1}, {2}, {3}}
--! turned[j][i] = => turned[j][1] =
function matrix(rows)
    local turned = {}
    for i = 1, #rows do
        for j = 1, #rows[i] do
            turned[j] = turned[j] or {}
            turned[j][i] = rows[i][j]
        end
    end
    return turned
end

--- linked_list: a list of tables that hold the next
--> linked_list({1, 2, 3}) == "3 2 1 "
--> linked_list({}) == ""
--> linked_list({"x"}) == "x "
--! rest = node => rest = nil
function linked_list(values)
    local node
    for _, value in ipairs(values) do
        node = { value = value, rest = node }
    end
    local text = ""
    while node do
        text = text .. node.value .. " "
        node = node.rest
    end
    return text
end

--- cyclic_table: a table that holds itself
--> cyclic_table(1) == true, 1
--> cyclic_table("a") == true, "a"
--> cyclic_table(nil) == true, nil
--! t.self = t => t.self = { value = value }
function cyclic_table(value)
    local t = { value = value }
    t.self = t
    return t.self.self == t, t.self.self.self.value
end

-- Methods and metatables

--- method_call: a call with a colon
--> method_call("hello") == "HELLO", 5
--> method_call("") == "", 0
--> method_call("aB") == "AB", 2
--! text:upper() => text:lower()
function method_call(text)
    return text:upper(), text:len()
end

--- method_definition: a function with a colon
--> method_definition(5) == 15
--> method_definition(0) == 10
--> method_definition(-10) == 0
--! self.balance + amount => self.balance - amount
function method_definition(amount)
    local account = { balance = 10 }
    function account:deposit(amount)
        self.balance = self.balance + amount
        return self
    end
    return account:deposit(amount).balance
end

--- index_function: __index as a function
--> index_function("known") == 1
--> index_function("other") == "no other"
--> index_function(7) == "no 7"
--! "no " .. key => "no"
function index_function(key)
    local t = setmetatable({ known = 1 }, {
        __index = function(_, key) return "no " .. key end,
    })
    return t[key]
end

--- newindex_function: __newindex as a function
--> newindex_function("a", 1) == nil, 1
--> newindex_function("old", 2) == 2, nil
--> newindex_function(1, "x") == nil, "x"
--! rawset(log, key, value) => rawset(t, key, value)
function newindex_function(key, value)
    local log = {}
    local t = setmetatable({ old = 0 }, {
        __newindex = function(t, key, value) rawset(log, key, value) end,
    })
    t[key] = value
    return t[key], log[key]
end

--- arithmetic_metamethod: __add, __mul and __unm
--> arithmetic_metamethod(1, 2) == -5
--> arithmetic_metamethod(0, 0) == 0
--> arithmetic_metamethod(3, -1) == -1
--! a.n + b.n => a.n - b.n
function arithmetic_metamethod(x, y)
    local metatable = {}
    local function number(n) return setmetatable({ n = n }, metatable) end
    metatable.__add = function(a, b) return number(a.n + b.n) end
    metatable.__mul = function(a, factor) return number(a.n * factor) end
    metatable.__unm = function(a) return number(-a.n) end
    return (-(number(x) + number(y) * 2)).n
end

--- comparison_metamethod: __eq, __lt and __le
--> comparison_metamethod(1, 2) == false, true, true
--> comparison_metamethod(2, 2) == true, false, true
--> comparison_metamethod(3, 2) == false, false, false
--! a.size < b.size => a.size > b.size
function comparison_metamethod(x, y)
    local metatable = {
        __eq = function(a, b) return a.size == b.size end,
        __lt = function(a, b) return a.size < b.size end,
        __le = function(a, b) return a.size <= b.size end,
    }
    local a, b = setmetatable({ size = x }, metatable), setmetatable({ size = y }, metatable)
    return a == b, a < b, a <= b
end

--- call_metamethod: a table that is called
--> call_metamethod(1, 2) == 103
--> call_metamethod(0, 0) == 100
--> call_metamethod(-100, 0) == 0
--! self.base + a + b => a + b
function call_metamethod(x, y)
    local adder = setmetatable({ base = 100 }, {
        __call = function(self, a, b) return self.base + a + b end,
    })
    return adder(x, y)
end

--- text_metamethod: __tostring, __concat and __len
--> text_metamethod("a") == "<a>", "a!", 1
--> text_metamethod("") == "<>", "!", 0
--> text_metamethod("xyz") == "<xyz>", "xyz!", 3
--! self.text .. ">" => self.text
function text_metamethod(text)
    local object = setmetatable({ text = text }, {
        __tostring = function(self) return "<" .. self.text .. ">" end,
        __concat = function(self, other) return self.text .. other end,
        __len = function(self) return #self.text end,
    })
    return tostring(object), object .. "!", #object
end

--- inheritance: classes by __index
--> inheritance("rex") == "rex says woof", "rex moves"
--> inheritance("") == " says woof", " moves"
--> inheritance("a") == "a says woof", "a moves"
--! "woof" => "meow"
function inheritance(name)
    local Animal = {}
    Animal.__index = Animal
    function Animal.new(class, name) return setmetatable({ name = name }, class) end
    function Animal:move() return self.name .. " moves" end
    function Animal:speak() return self.name .. " says nothing" end
    local Dog = setmetatable({}, { __index = Animal })
    Dog.__index = Dog
    function Dog:speak() return self.name .. " says " .. "woof" end
    local dog = Animal.new(Dog, name)
    return dog:speak(), dog:move()
end

-- Errors

--- protected_call: pcall, and the message of an error
--> protected_call(4) == true, 2.0
--> protected_call(-1) == false, "negative"
--> protected_call(0) == true, 0.0
--! n < 0 => n <= 0
function protected_call(n)
    return pcall(function()
        if n < 0 then error("negative", 0) end
        return n ^ 0.5
    end)
end

--- error_value: an error that is a table
--> error_value("x") == false, "x", 42
--> error_value(nil) == false, nil, 42
--> error_value(1) == false, 1, 42
--! code = 42 => code = 41
function error_value(reason)
    local ok, problem = pcall(error, { reason = reason, code = 42 })
    return ok, problem.reason, problem.code
end

--- error_handler: xpcall with a handler
--> error_handler("a") == false, "handled a"
--> error_handler("") == false, "handled "
--> error_handler(5) == false, "handled 5"
--! "handled " .. => "not handled " ..
function error_handler(message)
    return xpcall(error, function(problem) return "handled " .. problem end, message, 0)
end

--- assertion: assert with a message, and its values
--> assertion(1, "x") == 1, "x"
--> assertion(false, "is wrong")
--> assertion(nil, "is nil")
--! assert(value, message) => value, message
function assertion(value, message)
    return assert(value, message)
end

--- uncaught_error: an error that reaches the caller
--> uncaught_error(1) == 10
--> uncaught_error(0)
--> uncaught_error("x")
--! error("zero is not allowed") => error("no zero")
function uncaught_error(n)
    if n == 0 then error("zero is not allowed") end
    return 10 // n
end

-- Coroutines

--- generator: coroutine.wrap and yield
--> generator(4) == "1 1 2 3 "
--> generator(0) == ""
--> generator(1) == "1 "
--! a, b = b, a + b => a, b = a, a + b
function generator(n)
    local numbers = coroutine.wrap(function()
        local a, b = 1, 1
        while true do
            coroutine.yield(a)
            a, b = b, a + b
        end
    end)
    local text = ""
    for _ = 1, n do text = text .. numbers() .. " " end
    return text
end

--- exchange: values that go into and out of a coroutine
--> exchange(1, 10) == 2, 30, "dead"
--> exchange(0, 0) == 1, 2, "dead"
--> exchange(-1, 5) == 0, 5, "dead"
--! second * (first + 2) => second + first
function exchange(x, y)
    local thread = coroutine.create(function(first)
        local second = coroutine.yield(first + 1)
        return second == 0 and 2 or second * (first + 2)
    end)
    local _, a = coroutine.resume(thread, x)
    local _, b = coroutine.resume(thread, y)
    return a, b, coroutine.status(thread)
end

-- Strings and output

--- replacement: gsub with a function
--> replacement("a1b22") == "a<1>b<22>", 2
--> replacement("none") == "none", 0
--> replacement("7") == "<7>", 1
--! "%d+" => "%d"
function replacement(text)
    return text:gsub("%d+", function(digits) return "<" .. digits .. ">" end)
end

--- words: a loop over the matches of a pattern
--> words("one two one") == {one = 2, two = 1}
--> words("") == {}
--> words("A-b") == {A = 1, b = 1}
--! or 0) + 1 => or 1) + 1
function words(text)
    local counts = {}
    for word in text:gmatch("%a+") do
        counts[word] = (counts[word] or 0) + 1
    end
    return counts
end

--- printing: print and io.write
--> printing("a", 2) == 2
--> printing("", 0) == 0
--> printing("x", 1) == 1
--! print(name, i) => print(i, name)
function printing(name, times)
    for i = 1, times do
        print(name, i)
    end
    io.write("done\n")
    return times
end
