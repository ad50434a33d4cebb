local t, x, o = {}, ...
for _, name in ipairs {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11", "n12", "n13", "n14", "n15", "n16", "n17", "n18", "n19", "n20", "n21", "n22", "n23", "n24", "n25", "n26", "n27", "n28", "n29", "n30", "n31", "n32", "n33", "n34", "n35", "n36", "n37", "n38", "n39", "n40", "n41", "n42", "n43", "n44", "n45", "n46", "n47", "n48", "n49", "n50", "n51", "n52", "n53", "n54", "n55", "n56", "n57", "n58", "n59", "n60", "n61", "n62", "n63", "n64", "n65", "n66", "n67", "n68", "n69", "n70", "n71", "n72", "n73", "n74", "n75", "n76", "n77", "n78", "n79", "n80", "n81", "n82", "n83", "n84", "n85", "n86", "n87", "n88", "n89", "n90", "n91", "n92", "n93", "n94", "n95", "n96", "n97", "n98", "n99", "n100", "n101", "n102", "n103", "n104", "n105", "n106", "n107", "n108", "n109", "n110", "n111", "n112", "n113", "n114", "n115", "n116", "n117", "n118", "n119", "n120", "n121", "n122", "n123", "n124", "n125", "n126", "n127", "n128", "n129", "n130", "n131", "n132", "n133", "n134", "n135", "n136", "n137", "n138", "n139", "n140", "n141", "n142", "n143", "n144", "n145", "n146", "n147", "n148", "n149", "n150", "n151", "n152", "n153", "n154", "n155", "n156", "n157", "n158", "n159", "n160", "n161", "n162", "n163", "n164", "n165", "n166", "n167", "n168", "n169", "n170", "n171", "n172", "n173", "n174", "n175", "n176", "n177", "n178", "n179", "n180", "n181", "n182", "n183", "n184", "n185", "n186", "n187", "n188", "n189", "n190", "n191", "n192", "n193", "n194", "n195", "n196", "n197", "n198", "n199", "n200", "n201", "n202", "n203", "n204", "n205", "n206", "n207", "n208", "n209", "n210", "n211", "n212", "n213", "n214", "n215", "n216", "n217", "n218", "n219", "n220", "n221", "n222", "n223", "n224", "n225", "n226", "n227", "n228", "n229", "n230", "n231", "n232", "n233", "n234", "n235", "n236", "n237", "n238", "n239", "n240", "n241", "n242", "n243", "n244", "n245", "n246", "n247", "n248", "n249", "n250", "n251", "n252", "n253", "n254", "n255", "n256", "n257", "n258", "n259"} do
  t[name] = true
end
local y = x + 1000
local z = 1001 + x
local w = 1002 - x * 1003
t.later = "value"
t["even later"], t.last = 1004, "x"
o:method("argument", 1005)
o.field:method_of_field()
local s = o.another:chained(1006):call("a").field
if x == 1007 then y = x end
if 1008 == x then y = x end
if x == "string" then y = x end
if "other string" == x then y = x end
if x < 1009 then y = x end
if 1010 < x then y = x end
if x > 1011.5 and x ~= 1012 then y = x end
local u = {field = 1013, ["a b"] = x, [1014] = "z", x .. "suffix"}
local v = x == "nothing" and "something" or "anything"
local c = "prefix" .. x .. 1015
globalname = otherglobal.name
globalname, t.x = t.y, globalname
local function f() return t.later, globalname, "upvalue string" end
if x == nil then y = nil end
if x == true or x == false then y = true end
t.nothing = nil
t.no, t.yes = false, true
return f(x == 1016, 1017 // x, x // 1018, -1019, not 1020)
