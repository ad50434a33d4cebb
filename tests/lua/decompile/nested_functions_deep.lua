local function f0(a0)
  local function f1(a1)
    local function f2(a2)
      local function f3(a3)
        local function f4(a4)
          local function f5(a5)
            local function f6(a6)
              local function f7(a7)
                local function f8(a8)
                  local function f9(a9)
                    local function f10(a10)
                      local function f11(a11)
                        local function f12(a12)
                          local function f13(a13)
                            local function f14(a14)
                              local function f15(a15)
                                local function f16(a16)
                                  local function f17(a17)
                                    local function f18(a18)
                                      local function f19(a19)
                                        local function f20(a20)
                                          local function f21(a21)
                                            local function f22(a22)
                                              local function f23(a23)
                                                local function f24(a24)
                                                  local function f25(a25)
                                                    local function f26(a26)
                                                      local function f27(a27)
                                                        local function f28(a28)
                                                          local function f29(a29)
                                                            return a0, a5, a10, a29, f3, f29
                                                          end
                                                          f29(a28)
                                                        end
                                                        f28(a27)
                                                      end
                                                      f27(a26)
                                                    end
                                                    f26(a25)
                                                  end
                                                  f25(a24)
                                                end
                                                f24(a23)
                                              end
                                              f23(a22)
                                            end
                                            f22(a21)
                                          end
                                          f21(a20)
                                        end
                                        f20(a19)
                                      end
                                      f19(a18)
                                    end
                                    f18(a17)
                                  end
                                  f17(a16)
                                end
                                f16(a15)
                              end
                              f15(a14)
                            end
                            f14(a13)
                          end
                          f13(a12)
                        end
                        f12(a11)
                      end
                      f11(a10)
                    end
                    f10(a9)
                  end
                  f9(a8)
                end
                f8(a7)
              end
              f7(a6)
            end
            f6(a5)
          end
          f5(a4)
        end
        f4(a3)
      end
      f3(a2)
    end
    f2(a1)
  end
  f1(a0)
end
f0(a0)
