trunkshow_fuzz_target(bandwidth SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/bandwidth/fuzz_bandwidth.c LINK media_rtp
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/bandwidth/corpus)
