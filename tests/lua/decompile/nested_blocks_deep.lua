if a0 then
  while a1 do
    for i = 1, a2 do
      do local a3
        repeat a4()
          if a5 then
            while a6 do
              for i = 1, a7 do
                do local a8
                  repeat a9()
                    if a10 then
                      while a11 do
                        for i = 1, a12 do
                          do local a13
                            repeat a14()
                              if a15 then
                                while a16 do
                                  for i = 1, a17 do
                                    do local a18
                                      repeat a19()
                                        if a20 then
                                          while a21 do
                                            for i = 1, a22 do
                                              do local a23
                                                repeat a24()
                                                  if a25 then
                                                    while a26 do
                                                      for i = 1, a27 do
                                                        do local a28
                                                          repeat a29()
                                                            if a30 then
                                                              while a31 do
                                                                for i = 1, a32 do
                                                                  do local a33
                                                                    repeat a34()
                                                                      if a35 then
                                                                        while a36 do
                                                                          for i = 1, a37 do
                                                                            do local a38
                                                                              repeat a39()
                                                                                f()
                                                                              until b
                                                                            end
                                                                          end
                                                                        end
                                                                      end
                                                                    until b
                                                                  end
                                                                end
                                                              end
                                                            end
                                                          until b
                                                        end
                                                      end
                                                    end
                                                  end
                                                until b
                                              end
                                            end
                                          end
                                        end
                                      until b
                                    end
                                  end
                                end
                              end
                            until b
                          end
                        end
                      end
                    end
                  until b
                end
              end
            end
          end
        until b
      end
    end
  end
end
