a:b()
a:b(1)
a:b(...)
a:b(f())
a.b:c("x")
a:b{}
a:b"x"
a:b():c()
self.x:y(self.z)
("x"):y()
({}):z()
(function() end)()
