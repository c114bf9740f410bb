trunkshow_fuzz_target(rtcp SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/rtcp/fuzz_rtcp.c LINK media_rtp
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/rtcp/corpus)
