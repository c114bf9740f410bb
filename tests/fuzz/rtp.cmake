trunkshow_fuzz_target(rtp SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/rtp/fuzz_rtp.c LINK media_forward
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/rtp/corpus)
