trunkshow_fuzz_target(stun SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/stun/fuzz_stun.c LINK media_transport
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/stun/corpus)
